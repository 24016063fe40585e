"""Who of our own staff is there for patients: whoever has the console's page of waiting patients open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new
from bot.db.handoff import Duty, Handoff
from bot.db.staff import StaffMember
from bot.ports import Ports

ROLE = "service"
WRITTEN_EVERY = timedelta(seconds=20)  # the page asks every few seconds; most of its polls need no write


class ConsoleStaff:
    """HandoffPort over our own console."""

    way = "console"

    def __init__(self, transaction: Callable[[], AbstractContextManager[Session]], rules: Mapping[str, Any]) -> None:
        self._transaction, self._rules = transaction, rules

    def free(self) -> str | None:
        """'' = somebody is there with room for one more, None = nobody."""
        busy = sa.select(sa.func.count(Handoff.id)).where(
            Handoff.way == self.way, Handoff.state.in_(("queued", "open"))
        )
        with self._transaction() as session:
            places = self._looking(session) * int(self._rules["handoff_cases_each"])
            return "" if int(session.scalar(busy) or 0) < places else None

    def there(self) -> bool:
        with self._transaction() as session:
            return self._looking(session) > 0

    def _looking(self, session: Session) -> int:
        """How many have the page open."""
        since = clock.wire() - timedelta(seconds=int(self._rules["handoff_seen_seconds"]))
        there = sa.select(sa.func.count()).select_from(Duty).join(StaffMember, StaffMember.id == Duty.staff_id)
        there = there.where(Duty.seen_at >= since, StaffMember.active, StaffMember.role == ROLE)
        return int(session.scalar(there) or 0)


def seen(ports: Ports, *, staff_id: int) -> None:
    """Write down that this member of staff has the page open."""
    now = clock.wire()
    with ports.transaction() as session:
        last = session.scalar(sa.select(Duty.seen_at).where(Duty.staff_id == staff_id))
        if last is None:
            insert_new(session, Duty, staff_id=staff_id, seen_at=now)
        elif now - last > WRITTEN_EVERY:
            session.execute(sa.update(Duty).where(Duty.staff_id == staff_id).values(seen_at=now))
