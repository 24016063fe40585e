"""Numbers given back at the hospital: by their patients, or because nobody counts on them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bot.errors import HisRefused, HisUnavailable, Refused
from bot.ports import Ports
from bot.services import booking_lost, booking_steps, guards, outcome_notices, payment_refunds, returned


def cancel_at_his(ports: Ports, row: Any, *, key: str) -> None:
    """Give the number back at the hospital and settle. Raises Refused, HisUnavailable (still cancelling)."""
    keep_back(ports, row, "cancelling")
    try:
        ports.his.cancel(appointment_id=row.appointment_id, key=key)
    except HisRefused:
        if row.pay_until is None and not _gone(ports, row):  # what was only held, the hospital lets go by itself
            raise Refused("not_cancellable") from None
    cancelled(ports, row)


def _gone(ports: Ports, row: Any) -> bool:
    """Whether the hospital has cancelled what it does not take back; else it stands again, or its clinic is called off.

    Its news were not read while it was to be given back. Raises HisUnavailable.
    """
    says = booking_steps.says(ports, row)
    if says is not None and says.state == "cancelled":
        return True
    with ports.transaction() as session:
        returned.stays(session, cause=row.ref)
        again = booking_steps.move(session, row.id, {"cancelling"}, state="booked")
        if again and not booking_lost.taken_away(ports, session, row.id, says):
            outcome_notices.tell(ports, session, row, "not_given_back")
    return False


def keep_back(ports: Ports, row: Any, state: str) -> None:
    """From before the hospital frees the place on, it is nobody's but the waitlist's."""
    facts = {"slot_id": row.slot_id, "patient_id": row.patient_id, "start": row.start}
    with ports.transaction() as session:
        if booking_steps.move(session, row.id, {state}, state=state):
            returned.note(ports, session, cause=row.ref, **facts)


def cancelled(ports: Ports, row: Any) -> None:
    """Write down that a number was given back; what was paid for it is owed."""
    at = ports.now()
    facts = {"cancelled_at": at, "cancelled_by": "patient", "settled_at": at, **guards.FREED}
    with ports.transaction() as session:
        if booking_steps.move(session, row.id, {"cancelling"}, state="cancelled", **facts):
            payment_refunds.owe(ports, session, booking_id=row.id, cause="cancelled")
            booking_steps.audit(session, row, "booking.cancel", at)
            outcome_notices.tell(ports, session, row, "given_back")


def put_back(ports: Ports, asked: Any, appointment_id: str) -> None:
    """Give back a place that nobody counts on: a yes after our no. What a faster call of this key settled stands."""
    if booking_steps.row(ports, asked.id).state in booking_steps.UNWANTED:
        let_go(ports, asked, appointment_id)


def let_go(ports: Ports, row: Any, appointment_id: str) -> None:
    """Give a place back that was only kept; a hospital that does not answer now lets it go by itself."""
    with suppress(HisRefused, HisUnavailable):
        ports.his.cancel(appointment_id=appointment_id, key=f"{row.ref}:cancel")
