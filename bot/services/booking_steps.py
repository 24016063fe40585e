"""What every step of a booking is made of: a conditional UPDATE, the hospital's word, the audit trail, a notice."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.errors import HisRefused, HisUnavailable, OddAnswer
from bot.his.port import Appointment
from bot.ports import Ports
from bot.push import outbox
from bot.services import privacy

log = logging.getLogger(__name__)
OPEN = frozenset({"asked", "unknown"})
UNWANTED = OPEN | {"refused", "cancelled"}  # states of a number to which a kept place is of no use
WAITLIST_KEYS = "wait:"  # keys of places that were held and offered: their patients have said yes
NOT_DONE = "his_unavailable"  # refusal of a booking that never reached the hospital


def move(session: Session, booking_id: int, before: Collection[str], **values: Any) -> bool:
    """Take one step if the booking still stands where we saw it; False = somebody was faster."""
    done = session.execute(
        sa.update(Booking)
        .where(Booking.id == booking_id, Booking.state.in_(before))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def row(ports: Ports, booking_id: int) -> Any:
    with ports.transaction() as session:
        return session.get(Booking, booking_id)


def check(asked: Any, answer: Appointment) -> None:
    """Somebody else's appointment is no answer; it is an alarm."""
    if (answer.key, answer.patient_id, answer.slot_id) != (asked.key, asked.patient_id, asked.slot_id):
        log.error("the HIS answered booking %s with another appointment", asked.ref)
        raise HisUnavailable


def says(ports: Ports, row: Any) -> Appointment | None:
    """What the hospital says of a number now, None = it has forgotten it. Raises HisUnavailable, OddAnswer."""
    try:
        answer = ports.his.appointment(row.appointment_id)
    except HisRefused:
        return None
    if (answer.id, answer.patient_id) != (row.appointment_id, row.patient_id):
        log.error("HIS ALARM booking %s was answered with another appointment", row.ref)
        raise OddAnswer
    return answer


def tell(ports: Ports, session: Session, row: Any, view: str, *, expires_at: datetime | None = None) -> None:
    """One word to whoever booked, once a booking and view."""
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind=view,
        payload={"view": view, "ref": row.ref},
        dedupe_key=f"{view}:{row.ref}",
        due_at=ports.now(),
        expires_at=expires_at,
    )


def audit(session: Session, row: Any, action: str, at: Any, reason: str = "") -> None:
    """One step of a booking, in the audit trail."""
    privacy.audit(
        session,
        actor_kind="person",
        actor_id=row.person_id,
        action=action,
        subject=f"{row.patient_id}/{row.ref}",
        reason=reason,
        at=at,
    )
