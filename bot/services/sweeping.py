"""Asking the hospital about bookings whose outcome is unknown, until each has found its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.db.booking import Booking
from bot.errors import HisUnavailable, Refused
from bot.his.port import hospital_of
from bot.ports import Ports
from bot.services import booking_steps, giving_back, settling

FAILURES_BEFORE_STOP = 3


def settle_open(ports: Ports) -> int:
    """Ask the hospital about every open booking and cancelling; gives how many found their end.

    Stops when the hospital gave no answer three times: the next run goes on. Called by bot.jobs.
    """
    settled = failures = 0
    for row in _overdue(ports):
        if failures == FAILURES_BEFORE_STOP:
            break
        try:
            settled += _settle_one(ports, row)
        except HisUnavailable:
            failures += 1
        except Refused:  # a cancelling that the hospital refused stands as booked again: that is its end
            settled += 1
    return settled


def _overdue(ports: Ports) -> list[Any]:
    before = ports.now() - timedelta(minutes=ports.rules["settle_after_minutes"])
    with ports.transaction() as session:
        return list(
            session.scalars(
                sa.select(Booking)
                .where(Booking.state.in_([*booking_steps.OPEN, "cancelling"]), Booking.asked_at <= before)
                .order_by(Booking.id)
            )
        )


def _settle_one(ports: Ports, row: Any) -> bool:
    if row.state == "cancelling":
        giving_back.cancel_at_his(ports, row, key=f"{row.ref}:cancel")
        return True
    answer = ports.his.appointment_by_key(row.key, hospital_id=hospital_of(row.slot_id))
    if answer is None:
        return settling.refuse(ports, row, booking_steps.NOT_DONE)
    booking_steps.check(row, answer)
    # One that was kept and is cancelled may have run out, which is no desk's doing: the confirmation says which.
    if answer.state in {"held", "cancelled"} and row.key.startswith(booking_steps.WAITLIST_KEYS):
        return settling.confirm_at_his(ports, row, appointment_id=answer.id, later=True)
    return settling.taken(ports, row, answer, later=True)
