"""A number that the hospital moved within itself: another half hour or another room, told to its owner once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.db.booking import Booking
from bot.his.port import Appointment
from bot.ports import Ports
from bot.push import outbox, quiet
from bot.services import booking_steps


def differs(row: Any, answer: Appointment) -> bool:
    """Whether the hospital says another moment or room than we told; no room is no other room."""
    return answer.start != row.start or bool(answer.room and answer.room != row.room)


def change(ports: Ports, row: Any, answer: Appointment) -> bool:
    """Write the new moment and room down and tell of them; False = another worker did."""
    new: dict[str, Any] = {"start": answer.start, "end": answer.start + (row.end - row.start), "day": answer.day}
    new |= {"room": answer.room or row.room, "number": answer.number}
    seen = (Booking.id == row.id, Booking.state == "booked", Booking.start == row.start, Booking.room == row.room)
    statement = sa.update(Booking).where(*seen).values(new).execution_options(synchronize_session=False)
    with ports.transaction() as session:
        done = bool(session.execute(statement).rowcount == 1)
        if done:
            booking_steps.audit(session, row, "booking.changed_by_hospital", ports.now())
            _tell(ports, session, row, answer)
        return done


def _tell(ports: Ports, session: Any, row: Any, answer: Appointment) -> None:
    """By day at once; at night in the morning, unless it begins early."""
    now, first = ports.now(), min(row.start, answer.start)
    soon = first - timedelta(hours=ports.rules["stopped_notice_hours"])
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind="visit_changed",
        payload={"view": "visit_changed", "ref": row.ref},
        dedupe_key=f"changed:{row.ref}:{answer.start:%m%d%H%M}:{answer.room}"[:80],
        due_at=max(now, min(quiet.waking(ports.rules, now), soon)),
        expires_at=max(answer.start, now + timedelta(hours=1)),
    )
