"""Numbers that the hospital takes away: their holders are told, once, in the transaction that writes it down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.ports import Ports
from bot.push import outbox
from bot.services import booking_steps, guards, payment_refunds, quiet


def stop(ports: Ports, row: Any) -> bool:
    """The hospital called the clinic of a booked number off: its holder is told, once, with this change.

    What was paid through us is owed back with it, in this transaction.
    """
    at = ports.now()
    with ports.transaction() as session:
        done = booking_steps.move(session, row.id, {"booked"}, state="stopped", settled_at=at, **guards.FREED)
        if done:
            payment_refunds.owe(ports, session, booking_id=row.id, cause="stopped")
            booking_steps.audit(session, row, "booking.stopped", at)
            _tell_stopped(ports, session, row)
    return done


def _tell_stopped(ports: Ports, session: Session, row: Any) -> None:
    """At once by day; at night in the morning, unless the clinic begins early."""
    now, soon = ports.now(), row.start - timedelta(hours=ports.rules["stopped_notice_hours"])
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind="stopped",
        payload={"view": "stopped", "ref": row.ref},
        dedupe_key=f"stopped:{row.ref}",
        due_at=max(now, min(quiet.waking(ports.rules, now), soon)),
        expires_at=max(row.end, now + timedelta(hours=1)),
    )
