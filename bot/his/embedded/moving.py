"""Rescheduling: a new place for the old one in one transaction, or nothing changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from bot.errors import HisRefused
from bot.his.embedded import appointments, booking, lapses, stock
from bot.his.embedded.booking import Wish
from bot.his.embedded.engine import Database
from bot.his.port import Appointment


def reschedule(database: Database, *, appointment_id: str, slot_id: str, key: str, now: datetime) -> Appointment:
    """Raises HisRefused as HisPort.reschedule, 'conflict' when the key did something else."""
    wish = Wish("reschedule", slot_id, key, instead_of=appointment_id)
    return booking.once(database, wish, lambda connection: _move(connection, wish, appointment_id, now), now=now)


def _move(connection: Connection, wish: Wish, appointment_id: str, now: datetime) -> Appointment:
    """A refusal after the old place was given back undoes that too: it leaves the transaction."""
    old = appointments.one(connection, appointment_id, now=now)
    if old.state == "held" or not booking.may_be_given_back(old, now):
        raise HisRefused("not_cancellable")
    wanted = booking.offered(connection, wish.slot_id, now)
    if wish.slot_id == old.slot_id:
        raise HisRefused("already_booked")
    in_the_way = booking.lapsed_in_the_way(connection, wanted, old.patient_id, now)
    stock.lock(connection, {*in_the_way, wish.slot_id, old.slot_id})
    lapses.release(connection, in_the_way, now=now)
    booking.give_back(connection, old.id, now)
    return booking.seat(connection, wish, wanted, old.patient_id, now)
