"""How values look on pages: days and times in Shanghai, money in yuan, a value on its reference range."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Protocol

from flask import Flask

from bot import clock
from bot.plot.layout import plot

WEEKDAYS = "一二三四五六日"
FLAGS = {"H": "↑ 偏高", "L": "↓ 偏低", "HH": "↑↑ 明显偏高", "LL": "↓↓ 明显偏低", "N": "正常", "": ""}
TAGS = {"H": "high", "HH": "high", "L": "low", "LL": "low", "N": "ok"}
# The bar is 100 wide and its middle half is the normal range; marks outside stay visible at the edges.
BAR_LOW, BAR_HIGH, BAR_EDGE = 25.0, 75.0, 3.0


class Measured(Protocol):
    """What the bar needs of a bot.his.port.Observation."""

    value: str
    low: float | None
    high: float | None


def day(value: date) -> str:
    """11月23日 周一, with its year where that is not this one."""
    year = "" if value.year == clock.today().year else f"{value.year}年"
    return f"{year}{value.month}月{value.day}日 周{WEEKDAYS[value.weekday()]}"


def near(value: date) -> str:
    """今天, 明天, 后天, else 周五."""
    close = {0: "今天", 1: "明天", 2: "后天"}
    return close.get((value - clock.today()).days, f"周{WEEKDAYS[value.weekday()]}")


def hour(moment: datetime) -> str:
    """08:30 of a naive UTC moment."""
    return f"{clock.local(moment):%H:%M}"


def moment(value: datetime) -> str:
    """11月23日 周一 08:30 of a naive UTC moment."""
    local = clock.local(value)
    return f"{day(local.date())} {local:%H:%M}"


def stamp(value: datetime) -> str:
    """Naive UTC → ISO with Z, for `<time datetime>`."""
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"


def yuan(fen: int) -> str:
    """12.50 元; whole yuan without decimals."""
    whole, rest = divmod(fen, 100)
    return f"{whole} 元" if not rest else f"{whole}.{rest:02d} 元"


def flag(value: str) -> str:
    return FLAGS.get(value, "")


def tag(value: str) -> str:
    """The class of a flag's tag."""
    return TAGS.get(value, "")


def date_of(moment: datetime) -> str:
    """2026-11-23 of a naive UTC moment."""
    return f"{clock.local(moment):%Y-%m-%d}"


def bar(item: Measured) -> float | None:
    """Where a value stands on its range's bar (0–100); None where the range or the value is words."""
    if item.low is None or item.high is None or item.high <= item.low:
        return None
    try:
        share = (float(item.value) - item.low) / (item.high - item.low)
    except ValueError:
        return None
    if not math.isfinite(share):
        return None
    return round(min(max(BAR_LOW + share * (BAR_HIGH - BAR_LOW), BAR_EDGE), 100 - BAR_EDGE), 1)


def register(app: Flask) -> None:
    filters = {"day": day, "hour": hour, "moment": moment, "stamp": stamp, "yuan": yuan, "flag": flag, "bar": bar}
    app.jinja_env.filters.update(filters, tag=tag, date_of=date_of, plot=plot, near=near)
