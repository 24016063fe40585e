"""Reading what people type as a name, an ID number or a phone number."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from bot import clock
from bot.errors import BadInput

OLDEST_YEAR = 1900  # nobody alive was born before
LONGEST_TEXT = 100  # characters; nothing longer is one name or one number
HAN = "〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
NAME = re.compile(f"[{HAN}]+(?:·[{HAN}]+)*")
NAME_LENGTHS = range(2, 21)
DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅.", "·"))
NAME_LEADS = re.compile(
    r"^(?:(?:我|他|她|患者|病人|就诊人)(?:的?(?:姓名|名字))?(?:就?是|叫做?)|(?:姓名|名字)(?:是|叫|为)?):?"
)
# Characters and words that no name of a patient holds, but sentences do.
NOT_IN_NAMES = re.compile(
    r"[我你您他她它们吗呢吧啊呀哦嗯哪怎啥谁的这很]"
    r"|什么|不[要是会想能用对行好知可]|没有|知道|[好行对完]了|取消|返回|退出|算了|帮助|菜单|绑定|挂号|预约|报告|医院|医生|大夫|护士|科室"
    r"|身份证|手机|电话|号码|姓名|名字|看病|就诊|患者|谢谢|你好|您好|再见|人工|客服|多少|可以|随便|稍等|等等|上一步|重新|继续"
    r"|[头肚胃腰腿胸牙][疼痛晕胀闷]|发烧|咳嗽|难受|查询|缴费|[内外儿妇眼肤]科"
)
ID_LEADS = re.compile(r"^(?:我的?)?(?:身份证)?(?:件?号码?|件)?(?:是|为)?:?")
ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
PHONE_LEADS = re.compile(r"^(?:我的?)?(?:手机|电话|联系方式)?(?:号码?)?(?:是|为)?:?(?:\+86|0086|86(?=1[0-9]{10}$))?")
PHONE = re.compile(r"1[3-9][0-9]{9}")
FILLERS = re.compile(r"[\s\-‐‑‒–—_\u200b-\u200f\ufeff,。.]+")


def parse_name(text: str) -> str:
    """Give 2 to 20 Han characters, parts joined by `·`. Raises BadInput('bad_name')."""
    plain = _plain(text, "bad_name").translate(DOTS).rstrip("·。!~")
    plain = _without(NAME_LEADS, re.sub(r"\s+", "", plain))
    if len(plain) not in NAME_LENGTHS or not NAME.fullmatch(plain) or NOT_IN_NAMES.search(plain):
        raise BadInput("bad_name")
    return plain


def parse_id_number(text: str) -> str:
    """Give 18 characters: check digit, past birth date, known region. Raises BadInput('bad_id_number')."""
    plain = _without(ID_LEADS, FILLERS.sub("", _plain(text, "bad_id_number"))).upper()
    if not ID_NUMBER.fullmatch(plain):
        raise BadInput("bad_id_number")
    try:
        ric.validate(plain)
        born = ric.get_birth_date(plain)
    except ValidationError:
        raise BadInput("bad_id_number") from None
    if born.year < OLDEST_YEAR or born > clock.today():
        raise BadInput("bad_id_number")
    return plain


def born_on(id_number: str) -> date:
    """The birth date in a number that `parse_id_number` gave."""
    return datetime.strptime(id_number[6:14], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone


def parse_phone(text: str) -> str:
    """Give the 11 digits of a mainland mobile number. Raises BadInput('bad_phone')."""
    plain = _without(PHONE_LEADS, FILLERS.sub("", _plain(text, "bad_phone")))
    if not PHONE.fullmatch(plain):
        raise BadInput("bad_phone")
    return plain


def _plain(text: str, code: str) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise BadInput(code)
    return unicodedata.normalize("NFKC", text).strip()


def _without(lead: re.Pattern[str], text: str) -> str:
    return lead.sub("", text, count=1)
