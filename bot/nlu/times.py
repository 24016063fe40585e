"""Parts of the day (`period`: am | pm | evening) and clock times (`time`: `14:30` or `14:30/16:00`)."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.nlu.numerals import number
from bot.nlu.respell import respell
from bot.nlu.spans import Span

PERIODS = {
    "am": "上午|早上|早晨|清晨|一早|早间|凌晨|明早|今早|朝早|一大早|大清早|头晌|前晌|上半[天日](?!班)|上昼"
    "|(?<=[天日号一二三四五六末]) ?早(?![点产期就已饭餐晚])",
    "pm": "下午|午后|中午|下晌|后晌|晌午头?|过晌|下半[天日](?!身)|下昼|晏昼",
    "evening": "晚上|傍晚|夜里|夜间|晚间|今晚|明晚|夜门诊|擦黑儿?|傍黑|天黑|晚黑|夜晚"
    "|(?<=[天日号一二三四五六末])晚(?![点期])",
}
_PERIOD = re.compile("|".join(f"(?P<{name}>{words})" for name, words in PERIODS.items()))
_HOUR = r"(?:\d{1,2}|十[一二]?|[一二两三四五六七八九])"
_MINUTE = r"半|[一三]刻|[0-5]?\d分?|[一二三四五]?十[一二三四五六七八九]?分?|零[一二三四五六七八九]分?"
_CLOCK = re.compile(
    rf"(?:(?<=[周期拜][一二三四五六])|(?<![\d第.:一二三四五六七八九十]))(?P<h>{_HOUR})(?:[点时](?P<m>{_MINUTE})?(?P<tail>钟|整|左右|多|前|后|的号|开始|开门|上班)?|"
    r"(?<=\d):(?P<colon>[0-5]\d)(?![\d:]))"
)
_AFTER_DAY = re.compile("(?:[今明后]天|[周期拜][一二三四五六日天]|[号日])的?$")
_TO = re.compile(r"[到至~\-–—]")
NOON, DAY = 12, 24
MORNING_FROM = 7  # hours 1 to 6 without a word mean the afternoon: hospitals are closed before 7


def find(text: str) -> list[Span]:
    """Periods and times in a folded text."""
    read = respell(text)
    periods = [Span(m.start(), m.end(), "period", str(m.lastgroup)) for m in _PERIOD.finditer(read.text)]
    spans = sorted(periods + _times(read.text, periods), key=lambda s: (s.start, s.end))
    return [
        replace(span, start=place[0], end=place[1]) for span in spans for place in [read.place(span.start, span.end)]
    ]


def _times(text: str, periods: list[Span]) -> list[Span]:
    out: list[Span] = []
    for match in _CLOCK.finditer(text):
        period = _just_before(text, match.start(), periods)
        joins = bool(out) and _TO.fullmatch(text[out[-1].end : match.start()]) is not None
        minutes = _minutes(match, period, after=_start(out[-1]) if joins else None)
        if minutes is None or not (period or joins or _certain(match) or _on_a_day(text, match)):
            continue
        if joins:
            out[-1] = Span(out[-1].start, match.end(), "time", f"{out[-1].value}/{_clock(minutes)}")
        else:
            out.append(Span(match.start(), match.end(), "time", _clock(minutes)))
    return out


def _certain(match: re.Match[str]) -> bool:
    """有一点疼 is no time: without a period, a spoken hour needs a minute or a tail word."""
    digits = match["h"].isdecimal() and "时" not in match[0] and match["h"] not in {"1", "2"}
    return bool(match["colon"] or match["m"] or match["tail"] or digits)


def _on_a_day(text: str, match: re.Match[str]) -> bool:
    """明天十点 is a time; 明天一点都不想去 is not."""
    return match["h"] != "一" and _AFTER_DAY.search(text, max(0, match.start() - 4), match.start()) is not None


def _just_before(text: str, start: int, periods: list[Span]) -> str:
    near = [p for p in periods if p.end <= start and text[p.end : start].strip(" 的大概约") == ""]
    return str(near[-1].value) if near else ""


def _minutes(match: re.Match[str], period: str, *, after: int | None) -> int | None:
    """Minutes since midnight; `after` is the start of a range that this ends."""
    hour, minute = number(match["h"]), _minute(match["colon"] or match["m"] or "")
    if hour is None or minute is None or hour > DAY:
        return None
    if hour < NOON and (period in {"pm", "evening"} or (not period and hour < MORNING_FROM)):
        hour += NOON if hour >= 1 else 0
    total = hour * 60 + minute
    if after is not None and total <= after and hour < NOON:
        total += NOON * 60
    return total if total < DAY * 60 and (after is None or total > after) else None


def _minute(text: str) -> int | None:
    if text in {"半", "一刻", "三刻", ""}:
        return {"半": 30, "一刻": 15, "三刻": 45, "": 0}[text]
    return number(text.removesuffix("分"))


def _start(span: Span) -> int:
    hours, minutes = str(span.value).split("/")[0].split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
