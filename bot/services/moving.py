"""The old number of a move: it gives way to the new one, or stands again unless the hospital took it meanwhile."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.errors import HisUnavailable
from bot.his.port import Appointment, hospital_of
from bot.ports import Ports
from bot.services import booking_lost, booking_steps, guards, payment_orders, returned


def give_way(session: Session, new: Any) -> None:
    """The old number of a move is gone, its places go to the new one."""
    old = session.get(Booking, new.instead_of_id) if new.instead_of_id is not None else None
    if old is None or not booking_steps.move(session, old.id, {"moving"}, state="moved", back_to=None, **guards.FREED):
        return
    payment_orders.handed_on(session, old_id=old.id, new_id=new.id)
    booking_steps.move(session, new.id, {"booked"}, **guards.handed_on(old, new))


def ask_old(ports: Ports, new: Any) -> Appointment | None:
    """What the hospital says of the old number of a move that came to nothing; None = there is nothing to ask about.

    Its news were not read while it moved. Raises HisUnavailable: the move stays open until there is an answer.
    """
    old = booking_steps.row(ports, new.instead_of_id) if new.instead_of_id is not None else None
    if old is None or old.back_to != "booked":  # of a clinic that was called off nothing comes back
        return None
    says = booking_steps.says(ports, old)
    if says is not None and says.state == "cancelled" and _made(ports, new):
        raise HisUnavailable(why="moved after all")
    return says


def _made(ports: Ports, new: Any) -> bool:
    """Whether the old number is gone because another call of this move was faster."""
    return ports.his.appointment_by_key(new.key, hospital_id=hospital_of(new.slot_id)) is not None


def stay(ports: Ports, session: Session, new: Any, says: Appointment | None) -> bool:
    """The old number of a move stands again as it stood before; False = the hospital has taken it away."""
    old = session.get(Booking, new.instead_of_id)
    if booking_steps.move(session, old.id, {"moving"}, state=Booking.back_to, back_to=None):
        returned.stays(session, cause=old.ref)
    return not booking_lost.taken_away(ports, session, old.id, says)


def moved_late(session: Session, new: Any) -> bool:
    """False = the old number is no longer what it was when it was to be moved."""
    old = session.get(Booking, new.instead_of_id)
    if not booking_steps.move(session, old.id, {"booked", "stopped"}, state="moved", **guards.FREED):
        return False
    payment_orders.handed_on(session, old_id=old.id, new_id=new.id)
    same = (old.department_id, old.day) == (new.department_id, new.day)
    booking_steps.move(session, new.id, {"booked"}, guard=old.guard if same else None, week_guard=old.week_guard)
    return True
