"""Tries: the intention first, then what came of it. Whoever dies in between leaves a try that nobody repeats.

The claim on the notice is looked at again in the transaction that writes the intention: a worker whose lease ran out
while he was slow sends nothing any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.push import Notice as NoticeRow
from bot.db.push import NoticeTry as Row

if TYPE_CHECKING:
    from bot.ports import Ports
    from bot.push.outbox import Notice

DOUBTFUL = ("asked", "unknown")  # it may have arrived
PAUSED = "paused"  # the way rested, so nothing was tried: one row says since when, and it counts as none
LONGEST_REASON = 80  # characters, as the column


class Now(NamedTuple):
    """A try of this very trip, as its row will read."""

    rung: str
    at: datetime
    state: str
    reason: str


def of(ports: Ports, notice: Notice) -> list[Any]:
    """The tries so far, oldest first; what another worker left open stands as `asked`."""
    with ports.transaction() as session:
        found = sa.select(Row.rung, Row.at, Row.state, Row.reason).where(Row.notice_id == notice.id)
        return list(session.execute(found.order_by(Row.id)))


def begin(ports: Ports, notice: Notice, rung: str) -> int | None:
    """Write the intention; gives the try's id, None = the notice is another worker's by now."""
    with ports.transaction() as session:
        mine = (NoticeRow.id == notice.id, NoticeRow.claim == notice.claim, NoticeRow.claimed_until > clock.wire())
        until = clock.wire() + timedelta(seconds=ports.rules["notice_lease_seconds"])
        if not _update(session, NoticeRow, mine, {"rung": rung, "claimed_until": until}):
            return None
        facts = {"notice_id": notice.id, "person_id": notice.person_id, "rung": rung, "at": ports.now()}
        return int(session.execute(sa.insert(Row).values(**facts, state="asked")).inserted_primary_key[0])


def end(session: Session, try_id: int, *, state: str, reason: str = "", message_id: str = "") -> None:
    """Write down what came of it, in the caller's transaction."""
    values = {"state": state, "reason": reason[:LONGEST_REASON], "message_id": message_id or None}
    _update(session, Row, (Row.id == try_id,), values)


def rested(session: Session, try_id: int, notice: Notice, rung: str, *, reason: str) -> None:
    """Nothing was tried after all: the first such row stays and says since when, in the caller's transaction."""
    earlier = (Row.notice_id == notice.id, Row.rung == rung, Row.state == PAUSED)
    if session.scalar(sa.select(Row.id).where(*earlier).limit(1)) is None:
        end(session, try_id, state=PAUSED, reason=reason)
    else:
        session.execute(sa.delete(Row).where(Row.id == try_id).execution_options(synchronize_session=False))


def of_notices(session: Session, ids: list[int]) -> dict[int, list[Any]]:
    """The tries of these notices, oldest first, by notice."""
    found: dict[int, list[Any]] = {notice_id: [] for notice_id in ids}
    for row in session.scalars(sa.select(Row).where(Row.notice_id.in_(ids)).order_by(Row.id)):
        found[row.notice_id].append(row)
    return found


def _update(session: Session, table: Any, conditions: tuple[Any, ...], values: dict[str, Any]) -> bool:
    statement = sa.update(table).where(*conditions).values(**values).execution_options(synchronize_session=False)
    return bool(session.execute(statement).rowcount == 1)
