"""Taking people out of a text before it becomes an entry that everybody reads. Pure.

Rules of words and numbers, no learning: what it replaced is listed for the editor, who reads the text anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.faq import cleaners
from bot.faq.board import GONE, Board, Keep, Mark
from bot.faq.invisible import visible
from bot.faq.segments import frequency
from bot.faq.surnames import NEVER

HAN = "〇\u3400-\u9fff"
COLON, COMMA = "\uff1a", "\uff0c"  # the wide ones
# Wide digits and letters are read as their narrow twins; wide marks stay as they are.
NARROW = {wide: wide - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for wide in range(ord(first), ord(last) + 1)}
GAP = r"[\s\-‐–—]?"  # people group digits with spaces and dashes
ID_NUMBER = re.compile(rf"(?<![0-9A-Za-z])(?:[0-9]{GAP}){{17}}[0-9Xx×](?![0-9])|(?<![0-9A-Za-z])[0-9]{{15}}(?![0-9])")
PHONE = re.compile(rf"(?<![0-9])(?:\+?86{GAP})?1(?:{GAP}[0-9]){{10}}(?![0-9])")
LANDLINE = re.compile(rf"(?<![0-9])0[0-9]{{2,3}}{GAP}[0-9]{{7,8}}(?![0-9])")
LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z.])(?<!准字)[A-Za-z]{0,3}[0-9]{8,}(?![0-9])")
EMAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,64}\.[A-Za-z0-9.-]{1,64}")
CONTACT = re.compile(
    rf"(?P<lead>(?:微信号?|QQ号?|qq号?|weixin|wx)\s*[:{COLON}是]?\s*)(?P<value>[A-Za-z0-9_\-]{{5,20}})"
)
# The commonest surnames; a lead such as 我是 makes a name only before one of them (我是孕妇 is none). Fewer than in
# surnames.py on purpose: `clean` looks for no borders of words, and 阳, 单, 全 would make names of 我是阳性, 我是单身.
DOUBLE = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|长孙|宇文|端木|南宫|独孤|轩辕"
SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚"
    "沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛郝顾龚邵覃武钱戴严莫孔汤常温康施牛"
    "樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟申殷詹欧耿关焦左俞甘祝包宁尚符舒阮纪梅童凌毕裴霍涂成苗谷曲盛骆柳蓝游靳"
    "辛管柴蒙鲍华喻祁房滕屈饶解牟艾尤时穆古司卓桑简车项季迟瞿戚闵卜窦占路宫冉边"
)
PERSON = rf"(?:(?:{DOUBLE})[{HAN}]{{1,2}}|[{SINGLE}][{HAN}]{{1,2}})"
END = rf"(?=[^{HAN}]|$|今年|现在|是|的|男|女|想|有|最近|请|医|咨|住|电话|手机|身份)"
# 我叫, 名字是: whatever follows up to a mark is the name. 我是: only a surname and a clear end make one.
SAID = re.compile(
    rf"(?P<lead>(?:我|他|她|孩子|宝宝|患者|病人|本人|老公|老婆|爱人|老伴|[妈爸爷奶公婆哥弟姐妹叔姨姑舅]|母亲|父亲|儿子|女儿)的?(?:大名|小名)?(?:就?叫做?)\s*"
    rf"|(?:姓名|名字|患者名|病人名)\s*[是叫为:{COLON}]?\s*)(?P<value>{PERSON}|[{HAN}·]{{2,15}}?)(?=[^{HAN}·]|$|今年|现在|是|男|女|想|有|最近)"
)
IS = re.compile(rf"(?P<lead>(?:我是|本人|患者|病人)\s*[是:{COLON}]?\s*)(?P<value>{PERSON}){END}")
TITLED = re.compile(
    rf"(?P<value>(?:{DOUBLE})[{HAN}]{{0,2}}|(?<![主任如对由关院明])[{SINGLE}][{HAN}]{{0,2}}?)(?P<tail>医生|大夫|主任|教授|医师|护士长?|先生|女士)"
)
# 钱宇您好: a name with which a sentence begins, spoken to.
GREETED = re.compile(
    rf"(?P<lead>(?<![{HAN}])(?:亲爱的|尊敬的)?)(?P<value>{PERSON}(?:先生|女士|小姐|阿姨|叔叔|大爷|大妈|同学|家属)?[{COMMA},\s]*)"
    r"(?P<tail>[您你]好)"
)
# 我叫钱宇，电话139…，: who one is and how to be reached says nothing about the illness, and goes as a whole.
REACHED = rf"(?:我的)?(?:联系)?(?:电话|手机号?|方式|身份证号?|身份证|微信|号码)\s*(?:号码?)?\s*[是为:{COLON}]?\s*"
ANY_NUMBER = (
    rf"(?:(?:[0-9]{GAP}){{17}}[0-9Xx×]|(?:\+?86{GAP})?1(?:{GAP}[0-9]){{10}}|[A-Za-z]{{0,3}}[0-9]{{8,}})(?![0-9])"
)
BREAK = rf"[{COMMA},;；。.\s]"
SELF = re.compile(
    rf"(?<![{HAN}])(?:我|本人)(?:叫|是|姓名是|名字[是叫])\s*[{HAN}·]{{2,6}}{BREAK}*(?:{REACHED}{ANY_NUMBER}{BREAK}*)+"
)
UNLINKED = re.compile("(?:姓名|名字)$")
LONGEST_NAME = 4  # characters, without the dot of other peoples' names
ILLNESS = re.compile(r"[血压病炎症孕糖肿痛疼烧癌脂]")
NOT_PERSONS = re.compile(r"[的了在有是做要去看找问过和与跟科级院家]")


@dataclass(frozen=True)
class Replacement:
    """What stood there, what stands there now, and why (`card_name`, `doctor`, `id_number`, `self`, …)."""

    before: str
    after: str
    kind: str


def clean(text: str, *, names: Iterable[str], doctors: Iterable[str]) -> tuple[str, list[Replacement]]:
    """Give the text without people, and the list of what was replaced in the order of the rules.

    `names`: the names on the person's cards; `doctors`: the names in the hospital's directory. Places and days stay,
    and names that nothing introduces: for texts that only staff read and programs learn from.
    """
    board = Board(text.translate(NARROW))
    _introduced(board, names, doctors)
    return board.written(), [Replacement(mark.before, mark.after, mark.kind) for mark in board.marks]


def scrub(text: str, *, names: Iterable[str], doctors: Iterable[str]) -> tuple[str, tuple[Mark, ...]]:
    """Give the text as everybody may read it, and every replacement with its place in `plain(text)`.

    Beside what `clean` takes: names that stand alone, forms of address, nicknames, numbers in words, contacts,
    addresses, places, schools, companies, beds, days.
    """
    board = Board(plain(text))
    board.sweep(SELF, "", "self")
    cleaners.numbers(board)
    _introduced(board, names, doctors, no_name=_surely_no_name)
    cleaners.everything(board)
    return board.written(), tuple(sorted(board.marks, key=lambda mark: mark.start))


def plain(text: str) -> str:
    """Give the text as it is looked at: wide letters narrow, line ends one way, nothing invisible."""
    return visible(text).translate(NARROW)


def _introduced(board: Board, names: Iterable[str], doctors: Iterable[str], *, no_name: Keep | None = None) -> None:
    """Names that are known, numbers, and names that the sentence introduces."""
    board.sweep(SELF, "", "self")
    for name in sorted({n for n in doctors if n}, key=len, reverse=True):
        board.sweep(re.compile(_spaced(name) + r"(?:医生|大夫|主任|教授|医师)?"), "医生", "doctor")
    for name in sorted({n for n in names if n}, key=len, reverse=True):
        board.sweep(re.compile(_spaced(name)), "患者", "card_name")
    for pattern, word, kind in _NUMBERS:
        board.sweep(pattern, word, kind)
    board.sweep(CONTACT, "[联系方式]", "contact")
    board.sweep(SAID, "某某", "said_name", keep=no_name or _no_name)
    board.sweep(IS, "某某", "said_name", keep=no_name or _no_name)
    if no_name is None:  # else by the borders of words
        board.sweep(TITLED, "", "doctor", keep=lambda found: bool(NOT_PERSONS.search(found["value"])))
    board.sweep(GREETED, "", "greeted", keep=no_name or _no_name)


def _no_name(found: re.Match[str]) -> bool:
    """An illness (高血压，您好), or somebody who calls: 我妈叫我来问."""
    value = found["value"]
    return GONE in value or value.startswith(tuple("我你您他她")) or bool(ILLNESS.search(value))


def _surely_no_name(found: re.Match[str]) -> bool:
    """A sentence that goes on (叫也叫不醒) is none either: names that stand there are found by their make."""
    value = found["value"]
    if UNLINKED.search(found["lead"]) and (frequency(value) or not re.fullmatch(PERSON, value)):
        return True  # 名字大气, 姓名简单: talk of a name
    return _no_name(found) or bool(NEVER & set(value)) or (len(value) > LONGEST_NAME and "·" not in value)


_NUMBERS = (
    (EMAIL, "[邮箱]", "email"),
    (ID_NUMBER, "[身份证号]", "id_number"),
    (PHONE, "[电话]", "phone"),
    (LANDLINE, "[电话]", "phone"),
    (LONG_NUMBER, "[号码]", "number"),
)


def _spaced(name: str) -> str:
    """Match the name also with spaces between its characters."""
    return r"\s*".join(map(re.escape, name))
