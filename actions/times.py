"""Days and half hours in patients' words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot import clock
from bot.services.booking import Offer

WEEKDAYS = "一二三四五六日"
NOON, EVENING = 12, 18


def day_label(day: date) -> str:
    """今天（11月21日 周六)."""
    near = {0: "今天 ", 1: "明天 ", 2: "后天 "}.get((day - clock.today()).days, "")
    return f"{near}{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


def half_hour_label(offer: Offer) -> str:
    """08:30-09:00."""
    return f"{clock.local(offer.start):%H:%M}-{clock.local(offer.end):%H:%M}"


def holds(offer: Offer, wish: str) -> bool:
    """Whether a half hour meets `09:10` (lies in it) or `14:00/16:00` (begins in it)."""
    first, _, last = wish.partition("/")
    begin, end = half_hour_label(offer).split("-")
    return first <= begin < last if last else begin <= first < end


def in_period(start: datetime, period: str | None) -> bool:
    """Whether a moment falls into am, pm or evening; None takes all."""
    hour = clock.local(start).hour
    spans = {"am": (0, NOON), "pm": (NOON, EVENING), "evening": (EVENING, 24)}
    low, high = spans.get(period or "", (0, 24))
    return low <= hour < high


def first_open_day(wish: str, open_days: Sequence[date]) -> str:
    """The first day with places inside `2026-11-25` or `2026-11-25/2026-11-27`, else the wish's first day."""
    first, _, last = wish.partition("/")
    begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    span = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    return next((d for d in span if d in open_days), begin).isoformat()
