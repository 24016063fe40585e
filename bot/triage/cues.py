"""Who and how long, from the patient's own words: age, sex, pregnancy, duration."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.triage.numerals import NUMBER, PAIRS, parse_number
from bot.triage.text import Normal, normalise

MONTHS = 12
OLDEST = 120 * MONTHS
CLAUSES = 100  # of a message in which an age that stands alone is looked for
_DAYS = {"分钟": 1 / 1440, "小时": 1 / 24, "钟头": 1 / 24, "天": 1, "日": 1, "晚": 1, "周": 7, "星期": 7, "礼拜": 7,
         "月": 30, "年": 365}  # fmt: skip

_MONTH_AGE = re.compile(
    rf"(?P<n>{NUMBER}|半|[{PAIRS}])个?多?(?P<half>半)?(?P<unit>月|周|天|星期)(?:零{NUMBER}天)?(?P<after>大的?|龄|的?(?:宝宝|婴儿|孩子|娃|小孩|男宝|女宝|儿子|女儿|新生儿|孙子|孙女))"
)
_ALONE = re.compile(rf"(?P<n>{NUMBER})个(?P<half>半)?(?P<unit>月)大?")
_DAYS_ALONE = re.compile(r"(?P<n>[2-9]\d)(?P<unit>天)大?")  # nothing but an age is told in so many days and no words
_LASTING = re.compile(r"[痛疼咳烧痒晕吐泻肿胀麻酸闷喘血痰]$")  # what stands before says what has lasted so long
_AFTER_CHILD = re.compile(
    rf"(?:宝宝|婴儿|孩子|娃|宝贝|小孩|儿子|女儿|孙子|孙女|新生儿|男宝|女宝|出生|月龄|生下来)(?:现在|才|刚|今年|已经|快|是|有|到|满|了)*(?P<n>{NUMBER}|半|[{PAIRS}])个?多?(?P<half>半)?(?P<unit>月|周|天|星期|岁)"
)
_YEAR_AGE = re.compile(
    rf"(?:年龄|今年|现年|年纪|我|他|她|人|妈|爸|男|女|性|已经|都|快|才|刚|是|有|患者|病人|老人|，|^)?(?P<n>{NUMBER})(?P<half>岁半|周岁半)?(?:多|来|几)?(?:周岁|岁|週歲)(?:零?(?P<months>{NUMBER})个?月)?"
)
_LABELLED = re.compile(r"年龄(?:是|为)?(?P<n>[0-9]{1,3})")
_WHOLE = re.compile(rf"(?:我|今年|他|她|孩子)?(?P<n>{NUMBER})(?:了|吧|多)?")
_DECADE = re.compile(r"(?P<n>[二三四五六七八九]十|[2-9]0)(?:多岁|来岁|几岁|出头|好几)")
_HALF_YEAR = re.compile(r"(?<![一二三四五六七八九十0-9岁])半岁")
_NEWBORN = re.compile(r"新生儿|刚出生|刚满月|未满月|没满月|满月宝宝|刚生下来")
_NOT_AGE = re.compile(r"(?:怀孕|孕|停经|手术|术后|结婚|产后|病程|咳嗽|断奶)$")

_FEMALE = re.compile(
    r"(?:^|[^男儿孙])女(?!儿|朋友|友|婿|孩的爸)|我是女|女士|女性|女孩|女宝|妈|奶奶|外婆|姥姥|老婆|妻子|媳妇|女儿|闺女|孙女|外孙女|姐|妹|阿姨|姑|婶|婆婆|"
    r"月经|例假|大姨妈|怀孕|孕妇|孕|白带|阴道|子宫|卵巢|宫颈|乳腺|产后|胎动|哺乳|痛经|停经|外阴|绝经|丈母娘|母亲"
)
_MALE = re.compile(
    r"(?:^|[^女])男(?!朋友|友|科)|我是男|先生|男性|男孩|男宝|爸|爷爷|外公|姥爷|老公|丈夫|儿子|孙子|外孙(?!女)|哥|弟|叔|伯|舅|岳父|公公|"
    r"睾丸|阴茎|前列腺|包皮|阴囊|龟头|早泄|阳痿|勃起|遗精|精子|父亲|蛋蛋"
)
_PREGNANT = re.compile(
    r"怀孕|怀了|孕(?:[0-9一二三四五六七八九十]|妇|周|期|早|中|晚|吐|检)|身孕|胎动|胎儿|预产期|产检|怀着|怀上|大肚子|保胎"
)
_NOT_PREGNANT = re.compile(
    r"备孕|避孕|没怀孕|没有怀孕|不是怀孕|想怀孕|不孕|未孕|怀孕前|孕前|生完|产后|能怀孕|是不是怀孕|是否怀孕"
)
_DURATION = re.compile(
    rf"(?P<n>{NUMBER}|半|好几|几|一两|两三|三四|四五|五六|七八|十几)(?P<ge>个)?(?:多)?(?P<half>半)?(?P<unit>分钟|小时|钟头|天|日|晚上|晚|周|星期|礼拜|月|年)(?!前男|前女|龄|纪|轻|级|大|生|经|光|亮|子|报|底|初)"
)
_VAGUE = {"刚才": 1 / 24, "刚刚": 1 / 24, "今天": 1, "今早": 1, "早上开始": 1, "昨晚": 1, "昨天": 1, "前天": 2,
          "这两天": 2, "这几天": 3, "最近": 14, "近来": 14, "上周": 7, "上个月": 30, "好久": 90, "长期": 365,
          "多年": 1095, "老毛病": 1095, "从小": 3650, "一直": 30}  # fmt: skip
_ROUGH = {"好几": 4, "几": 4, "一两": 2, "两三": 3, "三四": 4, "四五": 5, "五六": 6, "七八": 8, "十几": 15}


def parse_age_months(text: str) -> int | None:
    """Age in months from free text or a form answer; None when none is said. Never more than 120 years."""
    folded = normalise(text).text
    if _NEWBORN.search(folded):
        return 0
    if _HALF_YEAR.search(folded):
        return MONTHS // 2
    for pattern in (_MONTH_AGE, _AFTER_CHILD):
        for match in pattern.finditer(folded):
            if not _NOT_AGE.search(folded[: match.start()]):
                return _months(match)
    said = _YEAR_AGE.search(folded) or _LABELLED.search(folded) or _DECADE.search(folded)
    return _years(said) if said else None


def age_months_alone(normal: Normal) -> int | None:
    """Months or many days that are a clause of their own (七个月，不喝奶): an age where that is safer."""
    borders = (*normal.clauses, len(normal.text))
    for start, end in pairwise(borders[:CLAUSES]):
        alone = _ALONE.fullmatch(normal.text, start, end) or _DAYS_ALONE.fullmatch(normal.text, start, end)
        if alone and not _LASTING.search(normal.text[:start]):
            return _months(alone)
    return None


def parse_age(text: str) -> int | None:
    """Age in whole years; a bare number (`34`) is an age as well, for the form that asked for it."""
    months = parse_age_months(text)
    if months is None:
        bare = _WHOLE.fullmatch(normalise(text).text)
        months = _years(bare) if bare else None
    return None if months is None else months // MONTHS


def _months(match: re.Match[str]) -> int | None:
    """Months, weeks, days or years of a small child."""
    number = parse_number(match["n"])
    if number is None:
        return None
    number += 0.5 if match.groupdict().get("half") else 0
    return int(number * {"月": 1, "周": 0.23, "星期": 0.23, "天": 0.033, "岁": MONTHS}[match["unit"]])


def _years(match: re.Match[str]) -> int | None:
    """Years (and months) → months; None outside 0–120 years."""
    number = parse_number(match["n"])
    if number is None or number * MONTHS > OLDEST:
        return None
    groups = match.groupdict()
    extra = parse_number(groups["months"]) if groups.get("months") else 0
    return int(number * MONTHS + (extra or 0) + (MONTHS // 2 if groups.get("half") else 0))


def parse_sex(text: str) -> str | None:
    """`m`, `f`, or None when the words name neither or both."""
    folded = normalise(text).text
    female, male = bool(_FEMALE.search(folded)), bool(_MALE.search(folded))
    return None if female == male else ("f" if female else "m")


def parse_pregnant(text: str) -> bool | None:
    """True when a present pregnancy is said, False when denied, None when not spoken of."""
    folded = normalise(text).text
    if _NOT_PREGNANT.search(folded):
        return False
    return True if _PREGNANT.search(folded) else None


def parse_duration(text: str) -> float | None:
    """How long it has been so, in days; the longest span said counts."""
    folded = normalise(text).text
    spans = [_span(match) for match in _DURATION.finditer(folded)]
    vague = [days for word, days in _VAGUE.items() if word in folded]
    return max((days for days in spans if days is not None), default=max(vague, default=None))


def _span(match: re.Match[str]) -> float | None:
    """One duration in days; `三月` (March) is none, `三个月` is one."""
    if match["unit"] == "月" and not match["ge"] and match["n"] not in _ROUGH:
        return None
    number = _ROUGH.get(match["n"], parse_number(match["n"]))
    unit = _DAYS.get(match["unit"].replace("晚上", "晚"))
    return None if number is None or unit is None else (number + (0.5 if match["half"] else 0)) * unit
