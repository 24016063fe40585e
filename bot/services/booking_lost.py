"""Numbers that the hospital takes away: their holders are told, once, in the transaction that writes it down.

The hospital tells of it by its news, which are read while a number stands. Of one that is on its way (asked for, being
moved, given back or paid for) they are not: whoever takes it to `booked` has the hospital's word of that moment, and
writes down here what else it says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.his.port import Appointment
from bot.ports import Ports
from bot.push import outbox, quiet
from bot.services import booking_steps, guards, payment_refunds, privacy


def taken_away(
    ports: Ports, session: Session, booking_id: int, says: Appointment | None, *, moved_now: bool = False
) -> bool:
    """Write down that a booked number stands no more; False = it stands, as far as the hospital says, or did not here.

    `moved_now`: its holder has not heard yet that it is his instead of another. What was paid for it is owed.
    """
    if says is not None and says.state == "stopped":
        return _stopped(ports, session, booking_id)
    if says is not None and says.state == "cancelled":
        return _given_away(ports, session, booking_id, "moved_and_cancelled" if moved_now else "cancelled_at_desk")
    return False


def _stopped(ports: Ports, session: Session, booking_id: int) -> bool:
    """The hospital called the clinic off."""
    at = ports.now()
    if not booking_steps.move(session, booking_id, {"booked"}, state="stopped", settled_at=at, **guards.FREED):
        return False
    row = _fresh(session, booking_id)
    payment_refunds.owe(ports, session, booking_id=row.id, cause="stopped")
    booking_steps.audit(session, row, "booking.stopped", at)
    _tell_stopped(ports, session, row)
    return True


def _given_away(ports: Ports, session: Session, booking_id: int, view: str) -> bool:
    """The desk gave it away, for instance because the visitor's name was not the card's."""
    at = ports.now()
    facts = {"cancelled_at": at, "cancelled_by": "hospital", "settled_at": at, **guards.FREED}
    if not booking_steps.move(session, booking_id, {"booked"}, state="cancelled", **facts):
        return False
    row = _fresh(session, booking_id)
    payment_refunds.owe(ports, session, booking_id=row.id, cause="desk")
    subject = f"{row.patient_id}/{row.ref}"
    who: dict[str, Any] = {"actor_kind": "system", "actor_id": "attendance", "subject": subject}
    privacy.audit(session, action="booking.cancelled_at_desk", at=at, **who)
    _tell(ports, session, row, kind="booking_cancelled", view=view, key=f"desk:{row.ref}", due_at=at)
    return True


def _fresh(session: Session, booking_id: int) -> Any:
    """The row as this transaction has left it."""
    return session.get(Booking, booking_id, populate_existing=True)


def _tell_stopped(ports: Ports, session: Session, row: Any) -> None:
    """At once by day; at night in the morning, unless the clinic begins early."""
    now, soon = ports.now(), row.start - timedelta(hours=ports.rules["stopped_notice_hours"])
    due_at = max(now, min(quiet.waking(ports.rules, now), soon))
    _tell(ports, session, row, kind="stopped", view="stopped", key=f"stopped:{row.ref}", due_at=due_at)


def _tell(ports: Ports, session: Session, row: Any, *, kind: str, view: str, key: str, due_at: datetime) -> None:
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind=kind,
        payload={"view": view, "ref": row.ref},
        dedupe_key=key,
        due_at=due_at,
        expires_at=max(row.end, ports.now() + timedelta(hours=1)),
    )
