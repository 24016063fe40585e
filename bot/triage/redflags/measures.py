"""Numbers that alarm: temperature, blood sugar, blood pressure, oxygen, pills; each becomes a concept hit."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from bot.triage.matcher import Hit
from bot.triage.numerals import HAN, NUMBER, parse_number
from bot.triage.text import Normal

_HAN_TENS = rf"[{HAN}]{{2,5}}"  # two at least: 一直, 一下 are no readings
_HAN_SOME = rf"[{HAN}]{{1,5}}"
_BETWEEN = r"[^0-9,，。]{0,8}?"
_TEMPERATURE = re.compile(
    r"(?P<n>3[3-9](?:\.[0-9]+)?|4[0-3](?:\.[0-9]+)?|三十[三四五六七八九]|四十[一二三]?)(?:(?P<unit>度|摄氏度|c(?!m))|点)?(?P<rest>[0-9]|[一二三四五六七八九])?(?![0-9/个岁天周年月号点片块斤公元次米厘毫%]|高温|的天)"
)
_FEVER_NEAR = re.compile(
    r"体温|发烧|发热|高烧|低烧|烧到|烧了|烧得|烧|热到|(?<![定数含])量|探热|化疗|温度|腋温|耳温|额温|肛温|发高烧|最高"
)
_FEVER_AFTER = re.compile(
    r"[,，]?(?:这|应该|好像|也|都|还)?(?:不算|不是很|不|算|没)(?:很|太|多)?(?:高|烧|热)"
)  # 才38.1, 不算高
_ROOM = re.compile(r"水温|室温")
_BABY_NEAR = re.compile(r"(?:月|天|宝|孩|娃|婴)[^围高长重斤]*$")
_SUGAR = re.compile(
    rf"(?:血[糖唐塘堂汤]|餐后|空腹|随机糖|测糖){_BETWEEN}(?P<n>[0-9]{{1,3}}(?:\.[0-9]+)?|{_HAN_SOME}(?![直下次]))(?![0-9岁天周年月小时分次颗片粒个袋包碗杯瓶])"
)
_SUGARED = r"(?:糖|可乐|雪碧|果汁|饼干|蜂蜜水|巧克力)"
_SUGAR_FELT = "手抖|发抖|心慌|发慌|冒汗|出汗|冷汗|虚汗|眼前黑|眼前发黑|饿得慌|发软"
_SUGAR_TOLD = re.compile(  # a low reading told without its name, beside what was eaten for it or felt
    rf"{_SUGARED}[^。]{{0,12}}?(?:还是|才|只有|就|测|到|仍)(?:了|出来)?(?P<n>[123]\.[0-9])(?![0-9])"
    rf"|(?:测|显示|只有|掉到|才)(?:出来|了|是)?(?P<m>[123]\.[0-9])(?![0-9])[^。]{{0,8}}?{_SUGARED}"
    rf"|(?:{_SUGAR_FELT})[^。]{{0,12}}?(?:测|量|扎)(?:了|出来|得|一下|手指){{0,2}}(?:只有|才)?(?P<o>[123]\.[0-9])(?![0-9厘公毫])"
)
_ROUGHLY = re.compile(r"^([三四五六七八])[四五六七八九]$")  # 六七点 is 6 or 7, never 67
_PRESSURE = re.compile(
    r"(?<![0-9])(?P<a>[0-9]{2,3})(?:[/比到至和,|\\-]|压)?(?P<sep>[/比到至和])(?P<b>[0-9]{2,3})(?![0-9.])"
)
_SYSTOLIC = re.compile(
    rf"(?:高压|收缩压|上压|血压|降压药|xueya|高(?=[0-9]{{3}}[,，]?低)){_BETWEEN}(?P<n>[0-9]{{2,3}}|{_HAN_TENS})(?P<more>多|几|出头)?(?![0-9岁天周年月片粒号])"
)
_DIASTOLIC = re.compile(
    rf"(?:低压|舒张压|下压|(?<=[0-9])[,，]?低(?=[0-9])){_BETWEEN}(?P<n>[0-9]{{2,3}}|{_HAN_TENS})(?![0-9岁天周年月片粒号])"
)
_MORE = re.compile("[0-9]{2,}|[一二三四五六七八九十百两几]{2,}|[飙飚冲窜爆超升涨刚]|报警|突然|现在|越来越")
_OXYGEN = re.compile(rf"(?:血氧饱和度|血氧|氧饱和度|氧饱|spo2){_BETWEEN}(?P<n>[0-9]{{2,3}}|{_HAN_TENS})(?![0-9])")
_BREATH = re.compile(rf"(?:呼吸|喘气|出气){_BETWEEN}(?P<n>[0-9]{{2,3}}|{_HAN_TENS})(?:多|几)?(?:次|下)")
_HEART = re.compile(rf"(?:心率|心跳|脉搏|脉率){_BETWEEN}(?P<n>[0-9]{{2,3}}|{_HAN_TENS})(?![0-9岁天周年月/])")
_SMALL = re.compile(r"胎|宝宝|婴|孩")
_PILL = re.compile(r"[片粒颗丸]")
_PILLS = re.compile(rf"(?P<n>{NUMBER}|几十|十几|上百)(?:多|几|来)?(?:片|粒|颗|丸)")

_LONG = re.compile(
    rf"(?P<n>{NUMBER}|几|半|数|好几|十几|几十)(?:多|来|余)?(?:个)?(?:半)?(?:多)?(?P<unit>年|月|周|星期|礼拜|天)(?![0-9级纪轻龄代初底末份经子亮])"
)
_AGE_BEFORE = re.compile(
    r"孕|怀|胎|产|生|宝|孩|娃|婴|儿|女|男|闺|孙|停经|移植|姨妈|月经|例假|岁|满|龄|周岁|今年|去年|[年月]$"
)
_RISK_BEFORE = re.compile(r"(?:术|开刀|骨折|卧床|石膏|躺|手数)了?$")  # days and weeks since then are no long illness
_LYING_BEFORE = re.compile(r"(?:卧床|石膏)了?$")  # for however many months: a risk
_AGE_AFTER = re.compile(r"大|的?(?:宝|孩|娃|婴|胎|孕|身孕|小)|岁|没来|不来|未来|龄")
_DAYS_LONG = 10  # from which days are no acute illness

PILLS = 10  # taken at once; a smaller number is an ordinary prescription
FEVER, FEVER_CHILD, FEVER_HIGH, FEVER_GRAVE, COLD = 38.0, 39.0, 40.0, 41.0, 36.0  # °C
SUGAR_HIGH, SUGAR_LOW = 16.7, 3.9  # mmol/L
SUGAR_MG = 40.0  # larger numbers are mg/dl; 1 mmol/L is 18
SYSTOLIC, DIASTOLIC = 180, 120  # mmHg, above which it is a crisis when symptoms stand beside it
SYSTOLIC_PREGNANT, DIASTOLIC_PREGNANT = 160, 110  # mmHg, severe in pregnancy
SYSTOLIC_LOW = 90  # mmHg
OXYGEN_LOW = 92  # %
HEART_FAST, HEART_SLOW = 160, 40  # beats a minute at rest
HEART_FEVER = 130  # beats a minute, alarming beside a fever
BREATHS, BREATHS_CHILD = 30, 60  # breaths a minute


def measure(normal: Normal) -> list[Hit]:
    """Hits of concepts `m_…`, in order of the text."""
    text = normal.text
    if not any(char.isdigit() or char in HAN for char in text):
        return []
    hits = [
        *_temperature(normal),
        *_sugar(text),
        *_pressure(text),
        *_oxygen(text),
        *_heart(normal),
        *_breath(text),
        *_pills(text),
        *_long(text),
    ]
    return sorted(hits, key=lambda hit: (hit.start, -hit.end))


def _temperature(normal: Normal) -> Iterator[Hit]:
    """38.5, 38度5, 三十八度五; without a degree sign only beside a fever word."""
    text = normal.text
    for match in _TEMPERATURE.finditer(text):
        if _goes_on(normal, match.start()):
            continue
        before = text[max(match.start() - 10, 0) : match.start()]
        bare = "." in match["n"] and _BABY_NEAR.search(before)  # "2个月，38.9", but neither a length nor a weight
        judged = "." in match["n"] and _FEVER_AFTER.match(text, match.end())
        if not (bare or judged or _FEVER_NEAR.search(before) or (match["unit"] and not _ROOM.search(before))):
            continue
        value = (parse_number(match["n"]) or 0) + (parse_number(match["rest"] or "零") or 0) / 10
        for concept in _temperature_names(value):
            yield Hit(match.start(), match.end(), concept)


def _goes_on(normal: Normal, at: int) -> bool:
    """Does a position stand inside a number (42.9 in 242.9), with nothing left out before it?"""
    if at == 0 or not (normal.text[at - 1].isdigit() or normal.text[at - 1] == "."):
        return False
    return normal.starts[bisect_right(normal.starts, at) - 1] < at


def _temperature_names(value: float) -> list[str]:
    """Names of one body temperature in °C."""
    if value < COLD:
        return ["m_temp_cold"]
    if value < FEVER:
        return ["m_temp_low_fever"]
    steps = (
        (FEVER, "m_fever38"),
        (FEVER_CHILD, "m_fever39"),
        (FEVER_HIGH, "m_fever40"),
        (FEVER_GRAVE, "m_fever41"),
    )
    return [name for least, name in steps if value >= least]


def _sugar(text: str) -> Iterator[Hit]:
    """Blood sugar in mmol/L (or mg/dl)."""
    for match in _SUGAR.finditer(text):
        value = parse_number(_ROUGHLY.sub(r"\1", match["n"])) or 0
        value = value / 18 if value > SUGAR_MG else value
        if value > SUGAR_HIGH:
            yield Hit(match.start(), match.end(), "m_sugar_high")
        elif 1 <= value < SUGAR_LOW:
            yield Hit(match.start(), match.end(), "m_sugar_low")
    for match in _SUGAR_TOLD.finditer(text):
        if float(match["n"] or match["m"] or match["o"]) < SUGAR_LOW:
            yield Hit(match.start(), match.end(), "m_sugar_low")


def no_crisis(normal: Normal) -> bool:
    """Is one blood pressure told, as a pair, that is no crisis, and beside it neither another number nor a rise?"""
    found = list(_PRESSURE.finditer(normal.text))
    if len(found) != 1:
        return False
    (match,) = found
    high, low = sorted((float(match["a"]), float(match["b"])), reverse=True)
    calm = SYSTOLIC_LOW <= high <= SYSTOLIC and 40 <= low <= DIASTOLIC  # noqa: PLR2004 - what a cuff can show
    return calm and not _MORE.search(normal.text[: match.start()]) and not _MORE.search(normal.text[match.end() :])


def _pressure(text: str) -> Iterator[Hit]:
    """180/120 in either order, or 高压/低压 with one number."""
    for match in _PRESSURE.finditer(text):
        high, low = sorted((float(match["a"]), float(match["b"])), reverse=True)
        if 40 <= low < high <= 300:  # noqa: PLR2004 - what a cuff can show
            yield from _pressure_names(match, high, low)
    for match in _SYSTOLIC.finditer(text):
        yield from _pressure_names(match, (parse_number(match["n"]) or 0) + bool(match["more"]), 0)
    for match in _DIASTOLIC.finditer(text):
        yield from _pressure_names(match, 0, parse_number(match["n"]) or 0)


def _pressure_names(match: re.Match[str], high: float, low: float) -> Iterator[Hit]:
    """Names of one reading in mmHg; 0 = not said."""
    if high > 300 or low > 200:  # noqa: PLR2004 - no cuff shows that
        return
    if high > SYSTOLIC or low > DIASTOLIC:
        yield Hit(match.start(), match.end(), "m_bp_crisis")
    if high >= SYSTOLIC_PREGNANT or low >= DIASTOLIC_PREGNANT:
        yield Hit(match.start(), match.end(), "m_bp_160")
    if 40 <= high < SYSTOLIC_LOW:  # noqa: PLR2004 - what a cuff can show
        yield Hit(match.start(), match.end(), "m_bp_low")


def _oxygen(text: str) -> Iterator[Hit]:
    """Oxygen saturation in percent."""
    for match in _OXYGEN.finditer(text):
        if 40 <= (parse_number(match["n"]) or 0) < OXYGEN_LOW:  # noqa: PLR2004 - what the clip can show
            yield Hit(match.start(), match.end(), "m_spo2_low")


def _heart(normal: Normal) -> Iterator[Hit]:
    """Heart rate in beats a minute; a baby's heart is fast, an unborn one's faster."""
    for match in _HEART.finditer(normal.text):
        rate = parse_number(match["n"]) or 0
        sentence = normal.sentences[normal.sentence(match.start())]
        small = _SMALL.search(normal.text, max(match.start() - 10, sentence), match.start())
        if not small and (HEART_FAST <= rate <= 300 or 20 <= rate < HEART_SLOW):  # noqa: PLR2004 - believable
            yield Hit(match.start(), match.end(), "m_heart_rate")
        if not small and HEART_FEVER <= rate <= 300:  # noqa: PLR2004 - believable
            yield Hit(match.start(), match.end(), "m_heart_130")


def _breath(text: str) -> Iterator[Hit]:
    """Breaths a minute."""
    for match in _BREATH.finditer(text):
        rate = parse_number(match["n"]) or 0
        if BREATHS <= rate <= 200:  # noqa: PLR2004 - believable
            yield Hit(match.start(), match.end(), "m_breath_fast")
        if BREATHS_CHILD <= rate <= 200:  # noqa: PLR2004 - believable
            yield Hit(match.start(), match.end(), "m_breath_child")


def _pills(text: str) -> Iterator[Hit]:
    """Many pills at once."""
    if not _PILL.search(text):
        return
    for match in _PILLS.finditer(text):
        if match["n"] in ("几十", "十几", "上百") or (parse_number(match["n"]) or 0) >= PILLS:
            yield Hit(match.start(), match.end(), "m_pills_many")


def _long(text: str) -> Iterator[Hit]:
    """How long an illness lasts or how long ago it was, from weeks on; ages and weeks of pregnancy are none."""
    for match in _LONG.finditer(text):
        if _AGE_BEFORE.search(text, max(match.start() - 6, 0), match.start()):
            continue
        if _AGE_AFTER.match(text, match.end()):
            continue
        risk = _RISK_BEFORE if match["unit"] not in "年月" else _LYING_BEFORE
        if risk.search(text, max(match.start() - 6, 0), match.start()):
            continue
        amount = parse_number(match["n"]) or (0 if match["unit"] == "天" else 1)
        if match["unit"] != "天" or match["n"] == "十几" or amount >= _DAYS_LONG:
            yield Hit(match.start(), match.end(), "m_long")
