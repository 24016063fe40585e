"""Numbers that were begun and finished in the chat, and notices that reached nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.db.messages import Inbox
from bot.db.push import Notice
from bot.ports import Ports
from bot.push import kinds
from bot.push.outbox import TO_EVERYBODY
from bot.services.insight_window import Window

BEGINS = ("book", "book_same_day")
IN_CHAT = "%:book"  # a booking's key there: the message it was finished with, and the use case
LOST = ("undelivered", "expired")


@dataclass(frozen=True)
class Bookings:
    """`begun`, `finished`: patients who asked for a number in the chat and who got one there, each once a day.

    `begun` None = not told for one department, as most name theirs later. `made`: all numbers, the pages' too.
    """

    begun: int | None
    finished: int
    made: int


@dataclass(frozen=True)
class Notices:
    """Notices to single patients; `lost`: what was refused by every way or came too late, by what they are called."""

    sent: int
    lost: int
    kinds: tuple[tuple[str, int], ...]


def bookings(session: Session, wanted: Window) -> Bookings:
    """Counted on the days on which the patient asked."""
    got = sa.and_(wanted.during(Booking.asked_at), Booking.appointment_id.is_not(None))
    here = (got, Booking.department_id == wanted.department) if wanted.department else (got,)
    made = session.scalar(sa.select(sa.func.count()).select_from(Booking).where(*here))
    day = wanted.day_of(Booking.asked_at).label("day")
    finished = sa.select(Booking.person_id, day).where(*here, Booking.key.like(IN_CHAT)).distinct()
    return Bookings(_begun(session, wanted), _count(session, finished), int(made or 0))


def _begun(session: Session, wanted: Window) -> int | None:
    if wanted.department:
        return None
    day = wanted.day_of(Inbox.received_at, machine=True).label("day")
    asked = (wanted.during(Inbox.received_at, machine=True), Inbox.wish.in_(BEGINS))
    return _count(session, sa.select(Inbox.person_id, day).where(*asked).distinct())


def _count(session: Session, rows: Any) -> int:
    return int(session.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0)


def notices(ports: Ports, session: Session, wanted: Window) -> Notices:
    """Those made in these days; to everybody ones are counted on their own page."""
    lost = sa.func.sum(sa.case((Notice.state.in_(LOST), 1), else_=0))
    query = sa.select(Notice.kind, sa.func.count(), lost).where(
        wanted.during(Notice.created_at), Notice.kind != TO_EVERYBODY
    )
    rows = session.execute(query.group_by(Notice.kind)).all()
    by_kind = [(kinds.of(ports.rules, kind).what, int(failed)) for kind, _all, failed in rows if failed]
    ranked = tuple(sorted(by_kind, key=lambda one: (-one[1], one[0])))
    return Notices(sum(int(row[1]) for row in rows), sum(failed for _what, failed in ranked), ranked)
