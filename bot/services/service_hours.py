"""When the hospital's people answer: the service hours of the rules, and the next of them in words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bot import clock
from bot.ports import Ports
from bot.services.words import WEEKDAYS

LOOKED = 8  # days ahead; hours that come once a week are found
MORNING, NOON, EVENING = 11, 13, 18
WEEK = 7
HALF_HOUR = timedelta(minutes=30)


def next_opening(ports: Ports) -> datetime | None:
    """The hospital's local moment at which somebody is there again; None = now is one, or the rules name no hours."""
    now = clock.local(ports.now())
    spans = [span for n in range(LOOKED) for span in _spans(ports, now.date() + timedelta(days=n))]
    if any(first <= now.replace(tzinfo=None) < last for first, last in spans):
        return None
    return next((first for first, _last in spans if first > now.replace(tzinfo=None)), None)


def before_closing(ports: Ports) -> str:
    """今天下午5点半前: by when somebody comes who should be here now; 过一会儿 where the rules name no hours."""
    now = clock.local(ports.now())
    here = now.replace(tzinfo=None)
    closing = max((last for first, last in _spans(ports, now.date()) if first <= here < last), default=None)
    if closing is None:
        return "过一会儿"
    return "今天之内" if closing.date() > now.date() else f"今天{_hour(closing.time())}前"


def in_words(ports: Ports) -> str:
    """今天下午2点, 明天早上8点半, 周一早上8点; 一会儿 while somebody should be there."""
    opening = next_opening(ports)
    if opening is None:
        return "一会儿"
    today = clock.local(ports.now()).date()
    return f"{_day(opening.date(), today)}{_hour(opening.time())}"


def moment_in_words(ports: Ports, moment: datetime) -> str:
    """今天下午3点, 明天早上9点半, 12月3日 周四上午10点 of a naive UTC moment; whole half hours, rounded up."""
    whole = datetime.combine(moment.date(), time())
    local = clock.local(moment + (whole - moment) % HALF_HOUR).replace(tzinfo=None)
    away = (local.date() - clock.local(ports.now()).date()).days
    day = f"{local.month}月{local.day}日 周{WEEKDAYS[local.weekday()]}" if away >= WEEK else ""
    return f"{day or _day(local.date(), clock.local(ports.now()).date())}{_hour(local.time())}"


def _spans(ports: Ports, day: date) -> list[tuple[datetime, datetime]]:
    """The hours of one day, naive local, earliest first."""
    found = [hours for hours in ports.rules["service_hours"] if day.isoweekday() in hours["days"]]
    return sorted((_at(day, hours["from"]), _at(day, hours["until"])) for hours in found)


def _at(day: date, text: str) -> datetime:
    if text == "24:00":
        return datetime.combine(day + timedelta(days=1), time())
    return datetime.combine(day, time.fromisoformat(text))


def _day(day: date, today: date) -> str:
    named = {0: "今天", 1: "明天"}.get((day - today).days)
    return named or f"周{WEEKDAYS[day.weekday()]}"


def _hour(at: time) -> str:
    part = "早上" if at.hour < MORNING else "中午" if at.hour < NOON else "下午" if at.hour < EVENING else "晚上"
    minute = {0: "", 30: "半"}.get(at.minute, f"{at.minute}分")
    return f"{part}{at.hour if at.hour < NOON else at.hour - 12}点{minute}"
