"""Date phrases that start from a month: 下个月5号, 月底, 12月的第二个星期二, 这个月最后一天."""

from __future__ import annotations

import re
from datetime import date

from bot.nlu import calendar as cal
from bot.nlu.calendar import Days
from bot.nlu.dateforms import form
from bot.nlu.numerals import NUMBER, number

REL_MONTH = "(?P<rel>下下个?月|(?<!一)下个?月|次月|这个?月|本月|当月)"
MONTH = r"(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})月份?"
MONTH_OFFSET = {"下下": 2, "下": 1, "次": 1, "这": 0, "本": 0, "当": 0}
WEEKDAYS = {c: i for i, c in enumerate("一二三四五六日")} | {c: i for i, c in enumerate("1234567")} | {"天": 6}
LAST = 9  # of 最后一个; no month has so many of any weekday
_NTH = "的?(?:第(?P<n>[一二三四五1-5])|头一|首|(?P<last>最后一))个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天1-7])"


@form(rf"{REL_MONTH}份?的?(?P<day>{NUMBER})[号日]")
@form(rf"{REL_MONTH}份?的?(?P<day>\d{{1,2}})(?![\d天个次点月年岁楼号日:.%/元块])")
def _day_of_month(match: re.Match[str], today: date) -> Days | None:
    first, day = _named_month(match["rel"], today), number(match["day"])
    return None if day is None else cal.one(cal.make(first.year, first.month, day), today)


@form(rf"{REL_MONTH}(?P<part>初|中旬?|底|末|上旬|下旬)(?!药)")
@form(rf"{MONTH}(?P<part>初|中旬?|底|末|上旬|下旬)(?!药)")
@form(r"(?<![个\d一二三四五六七八九十])月(?P<part>初|中旬?|底|末)|(?<!月)(?P<part2>[上中下]旬)")
def _month_part(match: re.Match[str], today: date) -> Days | None:
    groups = match.groupdict()
    part = groups["part"] or groups["part2"]
    if groups.get("rel"):
        return cal.ahead(cal.part_of_month(_named_month(groups["rel"], today), part), today)
    if groups.get("month"):
        return _part_of_named(number(groups["month"]) or 0, part, today)
    return cal.next_part(part, today)


def _part_of_named(month: int, part: str, today: date) -> Days | None:
    first = cal.month_named(month, today)
    if first is None:
        return None
    days = cal.ahead(cal.part_of_month(first, part), today)
    return days or cal.part_of_month(first.replace(year=first.year + 1), part)


@form(rf"{REL_MONTH}(?:份|里|内)?(?!经|子|饼|嫂|中)")
@form(r"(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})月份")
def _whole_month(match: re.Match[str], today: date) -> Days | None:
    groups = match.groupdict()
    rel, month = groups.get("rel"), groups.get("month")
    first = _named_month(rel, today) if rel else cal.month_named(number(month or "") or 0, today)
    return None if first is None else cal.ahead((first, cal.month_end(first)), today)


def _named_month(rel: str, today: date) -> date:
    return cal.month_start(today, next(n for word, n in MONTH_OFFSET.items() if rel.startswith(word)))


@form(rf"{REL_MONTH}份?{_NTH}")
@form(rf"{MONTH}{_NTH}")
def _nth_weekday(match: re.Match[str], today: date) -> Days | None:
    first = _first(match, today)
    if first is None:
        return None
    wanted, count = WEEKDAYS[match["day"]], LAST if match["last"] else number(match["n"] or "1") or 1
    days = [cal.plus(first, n) for n in range(cal.month_end(first).day) if cal.plus(first, n).weekday() == wanted]
    return (
        cal.one(days[-1] if match["last"] else days[count - 1], today) if match["last"] or count <= len(days) else None
    )


@form(rf"{REL_MONTH}份?的?(?:(?P<end>最后一天)|(?P<start>第一天|头一天))")
@form(rf"{MONTH}的?(?:(?P<end>最后一天)|(?P<start>第一天|头一天))")
def _edge_of_month(match: re.Match[str], today: date) -> Days | None:
    first = _first(match, today)
    return None if first is None else cal.one(cal.month_end(first) if match["end"] else first, today)


@form(rf"{REL_MONTH}的?(?:今天|同一天|这一?天)")
def _same_day(match: re.Match[str], today: date) -> Days | None:
    months = (_named_month(match["rel"], today) - cal.month_start(today)).days // 28
    return cal.one(cal.later_by_months(today, months), today)


def _first(match: re.Match[str], today: date) -> date | None:
    """The first of the month that the phrase names."""
    groups = match.groupdict()
    if groups.get("rel"):
        return _named_month(groups["rel"], today)
    return cal.month_named(number(match["month"]) or 0, today)
