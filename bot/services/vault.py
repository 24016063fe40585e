"""The vault: personal values leave a message before rasa sees it and come back by reference.

`hide` turns numbers (ID, phone, card) anywhere in a message, and a whole message that answers a form's question,
into placeholders `⟦kind:ref⟧`; names of the person's own cards become `⟦card:c_…⟧`.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import timedelta

import sqlalchemy as sa

from bot import clock
from bot.db.base import insert_new
from bot.db.messages import Vault
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import access, cards, codes
from bot.services.leaving import leaves

KEPT_HOURS = 24
MIN_NAME = 2

# What people put between digits: blanks, dashes, dots, and signs that nobody sees.
GAP = r"[\s\-._·‐‑–—\u200b-\u200f\u2060\ufeff]{0,2}"
# Order matters: eighteen digits hold eleven, a card number may hold both. Letters on either side change nothing
# (`tel138…`), digits do. Looked for in one pass: a placeholder's own hex digits must not be taken for a number.
NUMBERS = tuple(
    (kind, re.compile(rf"(?<!\d)(?:{pattern})(?!\d)"))
    for kind, pattern in (
        ("id_number", rf"\d(?:{GAP}\d){{16}}{GAP}[\dXx]"),
        ("id_number", r"\d{6}[ \-](?:19|20)?\d{6}[ \-]?\d{2,4}[Xx]?"),  # one digit short, or of the old kind
        ("phone", rf"(?:\+?86{GAP})?1{GAP}[3-9](?:{GAP}\d){{9}}"),
        ("card_no", r"[A-Za-z]{0,3}(?!1[3-9]\d{9}(?!\d)|\d{17}[\dXx](?!\d))\d{8,}"),
        ("card_no", r"[A-Za-z]{1,3} ?\d{4} \d{4,}|\d{4}(?:[ \-]\d{4}){2,}(?:[ \-]\d{1,4})?"),
    )
)
ANY_NUMBER = re.compile("|".join(f"(?P<n{n}>{pattern.pattern})" for n, (_, pattern) in enumerate(NUMBERS)))
SAID_NAME = re.compile(
    r"(?:(?:我|患者|病人|孩子|老人|[爸妈爷奶公婆哥弟姐妹叔姨姑舅]|爱人|老伴|先生|太太|媳妇|儿子|女儿)(?:名字)?"
    r"(?:叫|姓名是|姓名[:： ])|(?:姓名|名字)(?:是|叫|[:： ]))\s*"
    # As short as what follows allows, so that a wish behind a name (我叫李雷想挂号) stays a wish.
    r"(?P<name>[\u4e00-\u9fff·]{2,6}?(?=$|[^\u4e00-\u9fff·]|想|要[挂看查约问预]|来[挂看查]|我|今年|身份证|电话|手机|需要|挂号|预约)"
    r"|[\u4e00-\u9fff·]{2,4})"
)
# 孩子叫肚子疼, 我叫不出来: said with the same verb, and no name; 我叫李雷肚子疼: a name and what runs on from it.
NEVER_IN_A_NAME = re.compile(r"[不了着疼痛救]|医生|难受|什么|怎么")
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧司诸上"
)
# 我是李雷, 患者李雷想查报告: only a surname and a clear end make a name of it, and no illness is one (我是高血压).
SAID_TO_BE = re.compile(
    rf"(?:我是|本人(?:是|叫)?|患者(?:是)?|病人(?:是)?)\s*(?P<name>[{''.join(sorted(SURNAMES))}]"
    r"(?![\u4e00-\u9fff]?[血压病炎症孕糖肿痛烧癌脂])[\u4e00-\u9fff]{1,2}?)(?=$|[^\u4e00-\u9fff]|想|要|来|需要|今年|我)"
)
# A short wish for something else of ours, sent where a question to a doctor is expected.
PLAIN_WISH = re.compile(
    r"(?:我|想|要|请|帮|先|还是|那|对了|你们|麻烦|再)*(?:返回|回到|上一步|转?人工|菜单|帮助|挂号|挂个号|排队|停车|(?:查|看)(?:一?下)?(?:我的)?报告"
    r"|(?:我的|看|查)(?:预约|提问)|医院地址|医院在哪|绑定|价格|再说一遍|重复)(?!.*(?:疼|痛|吃药|能不能|可以吗|怎么办)).{0,8}"
)
LONGEST_PLAIN_NAME = 3
A_WORD = frozenset({"detail", "reply"})
LONGEST_NAME = 20
FEWEST_DIGITS = {"id_number": 12, "phone": 7, "sms_code": 4}  # an attempt at one, right or wrong
LONGEST_CODE_TEXT = 20  # characters; 验证码是123456
# Full-width letters, plus, dash and blank.
WIDE = frozenset(map(chr, (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0B, 0xFF0D, 0x3000)))
# Words that a name never holds; a message with one of them is something else than the name we asked for.
NOT_A_NAME = re.compile(
    r"[?？!！。，,\d]|吗|呢|怎么|什么|多少|哪|挂号|报告|取消|返回|帮助|人工|菜单|医生|科室|科$|为什么|可以|不想|不要|不用"
    r"|谢谢|你好|您好|算了|等等|等一下|没有|退出|绑定|预约|排队|检查|怎样|几点|查|问|号码|身份证|电话|手机|上一步"
)
CARD_FIELDS = frozenset({"person_name", "id_number", "phone", "sms_code"})
# Nothing but digits, in any field of the card form: an attempt at an answer, right or wrong, and never small talk;
# unless it reads as another field, sent early.
ONLY_NUMBERS = re.compile(r"[\s+.\-]*\d[\d\s+.\-]*[Xx]?\s*")


# Six digits alone: a code, whenever one is on its way to this person.
LOOSE_CODE = re.compile(rf"(?<![\da-zA-Z_:])\d(?:{GAP}\d){{5}}(?![\da-zA-Z⟧])")
# 给小明挂号: what stands before a given name alone, which may be a word like any other (安然, 健康).
FOR_SOMEBODY = r"(?:(?<=给)|(?<=帮)|(?<=替)|(?<=换成)|(?<=换到)|(?<=切到)|(?<=改成)|(?<=是))"


class Hidden:
    """What is left of a message for rasa: `text`, and whether the whole of it is one placeholder."""

    def __init__(self, text: str, *, whole: bool) -> None:
        self.text, self.whole = text, whole


def put(ports: Ports, *, person_id: int, kind: str, value: str, ref: str = "") -> str:
    """Keep one value; returns its ref `v_<12 hex>`. A `ref` that is known (`named_after`) keeps what it has."""
    ref = ref or f"v_{secrets.token_hex(6)}"
    ends = {"created_at": clock.wire(), "expires_at": clock.wire() + timedelta(hours=KEPT_HOURS)}
    with ports.transaction() as session:
        sealed = ports.crypto.seal(value)
        insert_new(session, Vault, ref=ref, person_id=person_id, kind=kind, value_sealed=sealed, **ends)
    return ref


def named_after(ports: Ports, kind: str, inbox_id: int | str) -> str:
    """The ref of what one message (or one form, by its key) brings: worked on again, it is the same value."""
    return f"v_{ports.crypto.digest(kind, str(inbox_id))[:12]}"


def get(ports: Ports, *, person_id: int, ref: str) -> str:
    """A value of this person. Raises PeizhenError('expired') when unknown, somebody else's or too old."""
    with ports.transaction() as session:
        row = session.scalar(sa.select(Vault).where(Vault.ref == ref, Vault.person_id == person_id))
        if row is None or row.expires_at < clock.wire():
            raise PeizhenError("expired")
        return ports.crypto.open(row.value_sealed)


def holds(ports: Ports, *, person_id: int, ref: str) -> bool:
    """Whether this value is here, this person's, and not too old."""
    wanted = sa.select(Vault.ref).where(
        Vault.ref == ref, Vault.person_id == person_id, Vault.expires_at >= clock.wire()
    )
    with ports.transaction() as session:
        return session.scalar(wanted) is not None


def hide(ports: Ports, *, person_id: int, text: str, expects: str | None, inbox_id: int | None = None) -> Hidden:
    """The message as rasa may see it; the answer to what was asked for is named after its message."""
    if expects and _answers(expects, _plain_digits(text)):
        known = named_after(ports, expects, inbox_id) if inbox_id else ""
        ref = put(ports, person_id=person_id, kind=expects, value=text, ref=known)
        return Hidden(f"⟦{expects}:{ref}⟧", whole=True)
    text = ANY_NUMBER.sub(
        lambda m: _placed(ports, person_id, NUMBERS[int(str(m.lastgroup)[1:])][0], m.group()), _plain_digits(text)
    )
    if LOOSE_CODE.search(text) and codes.waiting(ports, person_id=person_id):
        text = LOOSE_CODE.sub(lambda m: _placed(ports, person_id, "sms_code", m.group()), text)
    for said in (SAID_NAME, SAID_TO_BE):
        text = said.sub(lambda m: _without_name(ports, person_id, m), text)
    return Hidden(_own_names(ports, person_id, text), whole=False)


def _plain_digits(text: str) -> str:
    """１３８ Ｘ → 138 X, and nothing else: a full-width slash stays what it is."""
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else unicodedata.normalize("NFKC", c) if c in WIDE else c
        for c in text
    )


def _without_name(ports: Ports, person_id: int, found: re.Match[str]) -> str:
    whole, name = found.group(), found["name"]
    if NEVER_IN_A_NAME.search(name):
        if name[0] not in SURNAMES:
            return whole
        name = name[:LONGEST_PLAIN_NAME]
    before = whole[: found.start("name") - found.start()]
    return before + _placed(ports, person_id, "person_name", name) + whole[len(before) + len(name) :]


def _placed(ports: Ports, person_id: int, kind: str, value: str) -> str:
    return f"⟦{kind}:{put(ports, person_id=person_id, kind=kind, value=value)}⟧"


def _own_names(ports: Ports, person_id: int, text: str) -> str:
    """Names of the person's own cards become card references."""
    if not re.search(r"[\u4e00-\u9fff]{2}", text):
        return text
    with access.unseen():
        mine = cards.mine(ports, person_id=person_id)
    for card in mine:
        if len(card.name) >= MIN_NAME:
            text = text.replace(card.name, f"⟦card:{card.ref}⟧")
            text = re.sub(_called(card.name), f"⟦card:{card.ref}⟧", text)
    return text


def _called(name: str) -> str:
    """How a family calls somebody whose whole name this is: 王小明 is 小明, 李明 is 小明 or 明明."""
    given = name[1:] if len(name) <= LONGEST_PLAIN_NAME else name[2:]
    short = [given] if len(given) >= MIN_NAME else [f"小{given}", f"阿{given}", given * 2]
    return FOR_SOMEBODY + f"(?:{'|'.join(map(re.escape, short))})(?![\u4e00-\u9fff]?科|医生|大夫|主任)"


def _answers(expects: str, text: str) -> bool:
    """Whether a whole message is the answer that the last prompt asked for, unless it is plainly something else."""
    if leaves(text):
        return False
    if expects in CARD_FIELDS and ONLY_NUMBERS.fullmatch(text):
        return not any(pattern.fullmatch(text) for kind, pattern in NUMBERS if kind in CARD_FIELDS - {expects})
    if expects == "person_name":
        return (
            not NOT_A_NAME.search(text)
            and len(text) <= LONGEST_NAME
            and bool(re.search(r"[\u4e00-\u9fffA-Za-z]", text))
        )
    if expects in FEWEST_DIGITS:
        fits = expects != "sms_code" or len(text) <= LONGEST_CODE_TEXT
        return fits and sum(c.isdigit() for c in text) >= FEWEST_DIGITS[expects]
    if expects in A_WORD:  # is enough: 三天, 没有
        return not PLAIN_WISH.fullmatch(text.strip())
    # Shorter is a command or a slip.
    return expects == "question" and len(text.strip()) >= 5 and not PLAIN_WISH.fullmatch(text.strip())  # noqa: PLR2004


def purge(ports: Ports) -> int:
    """Delete values whose time is over; returns how many."""
    with ports.transaction() as session:
        gone = session.execute(
            sa.delete(Vault).where(Vault.expires_at < clock.wire()).execution_options(synchronize_session=False)
        )
        return int(gone.rowcount)
