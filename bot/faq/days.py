"""Days that somebody could be known by: a birthday, the day of an operation. Pure."""

from __future__ import annotations

import re

from bot.faq.board import Board

YEAR = r"(?:(?:19|20)[0-9]{2}|(?<![0-9])[0-9]{2})"
NUMERAL = "〇零一二三四五六七八九"
SPOKEN_YEAR = rf"(?:[{NUMERAL}]{{4}}|[{NUMERAL}]{{2}})"
MONTH, NUMBER = "(?:1[0-2]|0?[1-9])", "(?:3[01]|[12][0-9]|0?[1-9])"
SPOKEN_MONTH = "(?:十[一二]?|[正一二三四五六七八九冬腊])"
SPOKEN_NUMBER = "(?:[二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|初?[一二三四五六七八九十])"
# 11.26出生: a day with a dot, told by what happened on it.
BORN = "(?:出生|生的|生[，,。]|顺产|剖腹?产?|分娩|生下|生日)"
DONE = "(?:手术|做的|做了手术|开刀|入院|出院|住院|确诊|取精|移植|打的|接种|末次)"
TOLD_DAY = rf"(?<![0-9.]){MONTH}[.．]{NUMBER}(?![0-9.])[日号]?(?:那天|当天)?"
DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{YEAR}\s*年\s*)?(?<![0-9.]){MONTH}\s*月\s*{NUMBER}\s*[日号]",
        rf"(?:{SPOKEN_YEAR}年)?{SPOKEN_MONTH}月{SPOKEN_NUMBER}[日号]",
        r"(?:农历|阴历)?(?:[正冬腊]|十?[一二三四五六七八九十])月(?:初[一二三四五六七八九十]|廿[一二三四五六七八九]|[二三]十)(?![一二三四五六七八九])",
        rf"(?<![0-9])(?:19|20)[0-9]{{2}}\s*[-/.年]\s*{MONTH}\s*[-/.月]\s*{NUMBER}(?:[日号]|(?![0-9]))",
        r"(?<![0-9])(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9])",
        rf"(?:{YEAR}年){MONTH}月(?:份)?",
        rf"(?:上上?|这|本|下)个?月(?:{NUMBER}|{SPOKEN_NUMBER})[日号]",
        r"(?:农历|阴历)?[正冬腊]月(?:二?十[一二三四五六七八九]|二十)",
        "(?<![一二三四五六七八九十])(?:元旦|五一|国庆节?|清明节?|春节|劳动节)(?=(?:那天|当天|前一天|早上|晚上|凌晨)|[^，。,.]{0,3}[了过])",
        rf"{TOLD_DAY}(?={BORN})",
        rf"(?:(?<=[年月日我他她于在是从妈爸娃宝])|(?<![^，,。；;、\s（(])){TOLD_DAY}(?={DONE})",
        "大年(?:初[一二三四五六七八九十]|三十)|除夕|元宵节|端午节|中秋节|重阳节|古尔邦节|开斋节|腊八节",
    )
)


def sweep(board: Board) -> None:
    """Take out every day with a month; years alone, weekdays and 昨天 stay."""
    for pattern in DAYS:
        board.sweep(pattern, "[日期]", "day")
