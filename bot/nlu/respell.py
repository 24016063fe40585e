"""Pinyin, misheard and dialect words about time → the plain word, keeping every position of what was typed.

`respell("mingtian shangwu")` reads 明天 上午; finders of dates and times look at that and give spans of the original.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DAYS = {"yi": "一", "er": "二", "san": "三", "si": "四", "wu": "五", "liu": "六", "ri": "日", "tian": "天", "mo": "末"}
_SYLLABLES = {
    "jintian": "今天",
    "mingtian": "明天",
    "houtian": "后天",
    "dahoutian": "大后天",
    "shangwu": "上午",
    "zaoshang": "早上",
    "zhongwu": "中午",
    "xiawu": "下午",
    "bangwan": "傍晚",
    "wanshang": "晚上",
    "jinwan": "今晚",
    "mingzao": "明早",
    "mingwan": "明晚",
    "zhoumo": "周末",
    "yuedi": "月底",
}
_WEEK = {"zhou": "周", "libai": "礼拜", "xingqi": "星期"}
_PRE = {"": "", "xia": "下", "xiaxia": "下下", "zhe": "这", "ben": "本"}
_PINYIN = {
    **_SYLLABLES,
    **{pre + ge + week + day: _PRE[pre] + _WEEK[week] + _DAYS[day]
       for pre in _PRE for ge in ("", "ge") if pre or not ge for week in _WEEK for day in _DAYS},
    **{pre + ge + week: _PRE[pre] + _WEEK[week] for pre in _PRE if pre for ge in ("", "ge") for week in _WEEK},
}  # fmt: skip

# What voice recognition and hasty thumbs make of the words; looks around keep other words whole.
_MISHEARD = {
    "名天(?!下)": "明天",
    "明添": "明天",
    "民天": "明天",
    "明夭": "明天",
    "后夭": "后天",
    "今夭": "今天",
    "后添": "后天",
    "大候天": "大后天",
    "(?<!气)候天(?!气)": "后天",
    "星其": "星期",
    "星七(?=[一二三四五六日天])": "星期",
    "礼摆": "礼拜",
    "里拜": "礼拜",
    "[舟州洲粥](?=[一二三四五六日末](?!船))": "周",
    "(?<=周)尔": "二",
    "(?<=周)[曰目]": "日",
    "尚午": "上午",
    "下舞": "下午",
    "中舞": "中午",
    "(?<=点)中(?!间|午|心|医)": "钟",
    "(?<=点)办(?!理|公|卡|手|住|出)": "半",
}
_DIALECT = {
    "大后儿个?": "大后天",
    "外后[天日]": "大后天",
    "(?<![以之最然今往先])后儿个?(?!子|女)": "后天",
    "(?<![文开])明朝(?!历|皇|代|的?(?:人|事))": "明天",
    "今朝": "今天",
    "(?<![礼拜])拜(?=[一二三四五六](?![下拜个]))": "礼拜",
    "元月": "一月",
    "廿": "二十",
    "卅": "三十",
    "从?现在(?=[到至])": "今天",
    "双十二": "12月12号",
    "双十一": "11月11号",
    "平安夜": "12月24号",
    "(?<=[今明后]年)的?第一天": "1月1号",
    "(?<=[今明后]年)的?最后一天": "12月31号",
}
_HOUR = re.compile(r"(?<=\d)\s*dian(?P<half>\s*ban)?(?![a-z])")


def _spaced(word: str) -> str:
    return r"\s*".join(re.findall(r"[bcdfghjklmnpqrstwxyz]*[aeiou]+(?:ng?(?![aeiou]))?", word)) or word


_BY_LENGTH = sorted(_PINYIN, key=len, reverse=True)
_ONE = "|".join(f"(?P<p{i}>{_spaced(word)})" for i, word in enumerate(_BY_LENGTH))
_RUN = re.compile(rf"(?<![a-z])(?:(?:{re.sub('[?]P<p[0-9]+>', '?:', _ONE)})\s*)+(?![a-z])")
_WORD = re.compile(_ONE)
_RULES = list((_MISHEARD | _DIALECT).items())
_ODD = re.compile("|".join(f"(?P<o{i}>{pattern})" for i, (pattern, _) in enumerate(_RULES)))


@dataclass(frozen=True)
class Respelled:
    """`text` as read; `starts[i]` and `ends[i]` are where its i-th character stood in the original."""

    text: str
    starts: list[int]
    ends: list[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Positions in the original of `text[start:end]`."""
        return self.starts[start], self.ends[end - 1]


def respell(text: str) -> Respelled:
    """Read a folded text with its odd spellings made plain.

    >>> respell("xiazhousan xiawu").text
    '下周三 下午'
    """
    edits = [(m.start(), m.end(), _RULES[int(str(m.lastgroup)[1:])][1]) for m in _ODD.finditer(text)]
    if any("a" <= char <= "z" for char in text):
        edits += _latin(text)
    out, starts, ends, at = [], list[int](), list[int](), 0
    for start, end, plain in [*sorted(edits), (len(text), len(text), "")]:
        if start < at:
            continue
        out += [text[at:start], plain]
        starts += [*range(at, start), *[start] * len(plain)]
        ends += [*range(at + 1, start + 1), *[end] * len(plain)]
        at = end
    return Respelled("".join(out), starts, ends)


def _latin(text: str) -> list[tuple[int, int, str]]:
    words = [
        (m.start(), m.end(), _PINYIN[_BY_LENGTH[int(str(m.lastgroup)[1:])]])
        for run in _RUN.finditer(text)
        for m in _WORD.finditer(text, run.start(), run.end())
    ]
    hours = [(m.start(), m.end(), "点半" if m["half"] else "点") for m in _HOUR.finditer(text)]
    return words + hours
