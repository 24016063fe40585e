"""The old number of a move: it gives way to the new one, or stands again as it stood before."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.services import booking_steps, guards, payment_orders, returned


def give_way(session: Session, new: Any) -> None:
    """The old number of a move is gone, its places go to the new one if that still stands."""
    old = session.get(Booking, new.instead_of_id) if new.instead_of_id is not None else None
    if old is None or not booking_steps.move(session, old.id, {"moving"}, state="moved", back_to=None, **guards.FREED):
        return
    payment_orders.handed_on(session, old_id=old.id, new_id=new.id)
    booking_steps.move(session, new.id, {"booked"}, **guards.handed_on(old, new))


def stay(session: Session, new: Any) -> None:
    """The old number of a move stands again as it stood before."""
    if new.instead_of_id is not None:
        old = session.get(Booking, new.instead_of_id)
        if booking_steps.move(session, old.id, {"moving"}, state=Booking.back_to, back_to=None):
            returned.stays(session, cause=old.ref)


def moved_late(session: Session, new: Any) -> bool:
    """False = the old number is no longer what it was when it was to be moved."""
    old = session.get(Booking, new.instead_of_id)
    if not booking_steps.move(session, old.id, {"booked", "stopped"}, state="moved", **guards.FREED):
        return False
    payment_orders.handed_on(session, old_id=old.id, new_id=new.id)
    same = (old.department_id, old.day) == (new.department_id, new.day)
    booking_steps.move(session, new.id, {"booked"}, guard=old.guard if same else None, week_guard=old.week_guard)
    return True
