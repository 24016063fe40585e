"""Age, sex and duration as patients say them, for the triage form (text must be folded).

`age`: years (0.25 for 三个月大). `sex`: `m` or `f`. `duration`: the phrase, with `days` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.nlu.numerals import NUMBER, number
from bot.nlu.spans import Span, longest

MAX_AGE = 120
N = NUMBER
_TENS = "[一二三四五六七八九]?十|[1-9]0"
_AGE = [
    re.compile(rf"(?P<n>{N})周?岁(?P<half>半)?(?:零?(?P<m>{N})个月)?"),
    re.compile(rf"(?P<n>{_TENS})(?:多|几|来|出头)(?:岁|(?=了|的人|的老|,|。|$))"),
    re.compile(rf"(?P<m>{N})个(?P<half>半)?月(?:大|龄|(?=的?(?:宝宝|婴儿|孩子|娃|小孩|小宝|女宝|男宝|女婴|男婴)))"),
    re.compile(rf"(?:刚|快|才)?(?P<full>满月|出生)(?P<d>{N})天"),
    re.compile(rf"(?:今年|年龄|年纪|虚岁|周岁|我|患者)(?:是|有|:|快|刚)?(?P<n>{N})(?=了|,|。|\.|;|、|\s|女|男|$)"),
    re.compile(
        r"(?<!\d)(?P<n>\d{1,3})(?=[,\s]?(?:男|女)(?!科|医|朋|方|厕))|(?:(?<=[男女])|(?<=[男女][,\s]))(?P<n2>\d{1,3})(?![\d:号点次天个])"
    ),
]
_SEX = [
    (
        "f",
        re.compile(
            r"(?<!男)女(?:的|性|士|孩|宝|生|童|患者|(?=[,。\s\d]|$))|女儿|闺女|奶奶|外婆|姥姥|[妈娘](?!的)|老婆|妻子|媳妇"
        ),
    ),
    (
        "m",
        re.compile(r"男(?:的|性|士|孩|宝|生|童|患者|(?=[,。\s\d]|$))|先生|儿子|爷爷|外公|姥爷|爸|老公|丈夫"),
    ),
]
_NOT_SEX_AFTER = re.compile(r"医生|大夫|科|厕|护士|专家|主任")
UNIT_DAYS = {
    "分钟": 1 / 1440, "小时": 1 / 24, "钟头": 1 / 24, "天": 1, "日": 1, "晚": 1, "夜": 1,
    "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365,
}  # fmt: skip
_COUNT = rf"(?:十几|好?几|{N}|[一二两三四五六七八九]{{2}}|半)"
_DURATION = re.compile(
    rf"(?<![\d第年月.:])(?P<n>\d{{1,2}}[-~到]\d{{1,2}}|{_COUNT})(?P<more>多|来)?"
    r"(?P<unit>分钟|个?半?小时|个?半?钟头|天|晚上?|夜|周|个?星期|个?礼拜|个半?多?月|年)(?P<half>半|多)?"
    r"(?P<tail>以?前|之前|左右|以上)?(?!后|之后|以后|内|之内|以内|级|龄|大|的?(?:宝|婴|娃)|[几一二两三四五六\d]+[次回顿粒片包遍])"
)
_SINCE = re.compile(
    r"从?(?P<day>大?前天|昨[天晚日]|今[早晨天]|上周|上个?星期|上个?月|去年)(?:早上|上午|下午|晚上|夜里|半夜)?(?:就|才)?(?:开始|起)"
)
SINCE_DAYS = {
    "大前天": 3,
    "前天": 2,
    "昨": 1,
    "今": 0.5,
    "上周": 7,
    "上星期": 7,
    "上个星期": 7,
    "上月": 30,
    "上个月": 30,
    "去年": 365,
}
FEW, ROUGHLY_TEN = 3, 15  # 几天, 十几天: in the middle of what people mean


def find(text: str) -> list[Span]:
    """Ages, sexes and durations, left to right; an age wins over a duration in the same place."""
    ages = longest(_ages(text))
    durations = [d for d in _durations(text) if not any(d.overlaps(a) for a in ages)]
    return sorted(ages + durations + _sexes(text), key=lambda s: s.start)


def _ages(text: str) -> Iterator[Span]:
    for pattern in _AGE:
        for match in pattern.finditer(text):
            years = _years(match)
            if years is not None and years <= MAX_AGE:
                yield Span(match.start(), match.end(), "age", years)


def _years(match: re.Match[str]) -> float | None:
    found = match.groupdict()
    if found.get("d"):
        days = number(found["d"])
        return None if days is None else round((days + 30 * (found["full"] == "满月")) / 365, 2)
    whole = number(found.get("n") or found.get("n2") or "零")
    months = number(found.get("m") or "零")
    if whole is None or months is None:
        return None
    half = bool(found.get("half"))
    if not (found.get("n") or found.get("n2")):
        return round((months + half / 2) / 12, 2)
    years = round(whole + (6 * half + months) / 12, 2)
    return int(years) if years == int(years) else years


def _sexes(text: str) -> list[Span]:
    """Nothing when both are named: 男女都可以 says nothing about the patient."""
    spans = [
        Span(m.start(), m.end(), "sex", value)
        for value, pattern in _SEX
        for m in pattern.finditer(text)
        if not _NOT_SEX_AFTER.match(text, m.end())
    ]
    return spans[:1] if len({s.value for s in spans}) == 1 else []


def _durations(text: str) -> Iterator[Span]:
    for match in _DURATION.finditer(text):
        days = _days(match)
        if 0 < days <= MAX_AGE * 365:
            yield Span(match.start(), match.end(), "duration", match[0], {"days": days})
    for match in _SINCE.finditer(text):
        days = next(d for word, d in SINCE_DAYS.items() if match["day"].startswith(word))
        yield Span(match.start(), match.end(), "duration", match[0], {"days": days})


def _days(match: re.Match[str]) -> float:
    unit = match["unit"]
    scale = next(days for name, days in UNIT_DAYS.items() if unit.rstrip("上").endswith(name))
    count = _count(match["n"]) + (0.5 if "半" in unit or match["half"] == "半" else 0)
    return round(count * scale, 2)


def _count(text: str) -> float:
    """Two numbers (三四天, 3-5天) count as the larger."""
    if text == "半":
        return 0.5
    if text.endswith("几"):
        return ROUGHLY_TEN if text.startswith("十") else FEW
    digits = re.split("[-~到]", text)[-1]
    if all(c in "一二两三四五六七八九" for c in digits):
        digits = digits[-1:]
    return float(number(digits) or 0)
