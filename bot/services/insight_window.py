"""Which days, which department and which figures one look at the insight is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.errors import BadInput, Refused
from bot.ports import Ports
from bot.services.staff import Staff

SPANS = (7, 30, 90)  # days
ALL = frozenset({"talks", "topics", "answers", "bookings", "notices"})
# Figures by role; a head sees those of his department alone.
SECTIONS = {
    "head": frozenset({"topics", "answers", "bookings"}),
    "editor": frozenset({"talks", "topics"}),
    "operator": ALL,
    "auditor": ALL,
}
EPOCH = date(1970, 1, 1)
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Window:
    """Whole hospital days, `until` the last; naive UTC bounds `begins` ≤ x < `ends` on the hospital's clock.

    `ahead`: how far the hospital's clock is before the machine's, on which messages are counted.
    """

    since: date
    until: date
    begins: datetime
    ends: datetime
    ahead: timedelta
    department: str | None
    sections: frozenset[str]

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]

    def during(self, column: Any, *, machine: bool = False) -> Any:
        """The condition that a moment lies in these days; `machine`: the column is on the machine's clock."""
        off = self.ahead if machine else timedelta()
        return sa.and_(column >= self.begins - off, column < self.ends - off)

    def day_of(self, column: Any, *, machine: bool = False) -> Any:
        """The hospital day of a moment, counted from 1970; the same on both engines."""
        off = self.ahead if machine else timedelta()
        shift = int((clock.local(self.begins).utcoffset() or timedelta()).total_seconds() + off.total_seconds())
        return (sa.cast(sa.extract("epoch", column), sa.BigInteger) + shift) / DAY_SECONDS


def window(ports: Ports, *, staff: Staff, days: int, department: str | None) -> Window:
    """What this member may look at. Raises Refused (role, a head without a department), BadInput('bad_span')."""
    sections = SECTIONS.get(staff.role)
    if sections is None or (staff.role == "head" and not staff.department_id):
        raise Refused
    if days not in SPANS:
        raise BadInput("bad_span")
    chosen = staff.department_id if staff.role == "head" else department or None
    now = ports.now()
    today = clock.local(now).date()
    since = today - timedelta(days=days - 1)
    begins = clock.utc(datetime.combine(since, time()))
    return Window(since, today, begins, begins + timedelta(days=days), now - clock.wire(), chosen, sections)


def as_date(number: int) -> date:
    """The day of `Window.day_of`."""
    return EPOCH + timedelta(days=int(number))
