"""Booking, holding, confirming and cancelling one number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import IntegrityError

from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import appointments, changes, lapses, stock
from bot.his.embedded.appointments import EXPECTED, STANDING
from bot.his.embedded.engine import Database
from bot.his.embedded.stock import Door
from bot.his.embedded.tables import appointment, doctor, patient, session, slot
from bot.his.port import Appointment, AppointmentState, hospital_of

TRIES = 3  # after a lost race: find the winner's row, or try the now changed stock once more
CANCELLED = {"state": "cancelled", "active": None}


@dataclass(frozen=True)
class Wish:
    """One act that takes a place; all but `key` and `minutes` must be the same when the key comes again."""

    act: str  # book | hold | reschedule
    slot_id: str
    key: str
    patient_id: str | None = None  # None: that of the appointment which is moved
    door: Door = "wechat"
    instead_of: str | None = None
    minutes: int | None = None  # how long a held place is kept


class LostRaceError(Exception):
    """Somebody changed the appointment between our look and our write; roll back and look again."""


def book(database: Database, wish: Wish, *, now: datetime) -> Appointment:
    """Take or hold one place. Raises HisRefused as HisPort.book, 'conflict' when the key did something else."""
    return once(database, wish, lambda connection: _book(connection, wish, now), now=now)


def once(database: Database, wish: Wish, act: Callable[[Connection], Appointment], *, now: datetime) -> Appointment:
    """Do it in one transaction, or give what the key did before. A lost race is run again."""
    for _ in range(TRIES):
        try:
            with database.writing() as connection:
                return _earlier(connection, wish, now) or act(connection)
        except (IntegrityError, LostRaceError):
            continue
        except HisRefused:
            # The same key may have won in another transaction since we looked: then that is the answer.
            with database.reading() as connection:
                earlier = _earlier(connection, wish, now)
            if earlier is None:
                raise
            return earlier
    raise HisUnavailable(why=wish.act)


def _earlier(connection: Connection, wish: Wish, now: datetime) -> Appointment | None:
    """Raises HisRefused('conflict') when the key stands for something else."""
    row = connection.execute(sa.select(appointment).where(appointment.c.key == wish.key)).first()
    if row is None:
        return None
    given = (row.act, row.slot_id, row.door, row.instead_of)
    same_patient = wish.patient_id in {None, row.patient_id}
    if given != (wish.act, wish.slot_id, wish.door, wish.instead_of) or not same_patient:
        raise HisRefused("conflict")
    return appointments.one(connection, row.id, now=now)


def _book(connection: Connection, wish: Wish, now: datetime) -> Appointment:
    wanted = offered(connection, wish.slot_id, now)
    known = connection.execute(sa.select(patient.c.id).where(patient.c.id == wish.patient_id)).scalar()
    if known is None:
        raise HisRefused("not_found")
    in_the_way = lapsed_in_the_way(connection, wanted, known, now)
    if in_the_way:
        stock.lock(connection, {*in_the_way, wish.slot_id})
        lapses.release(connection, in_the_way, now=now)
    return seat(connection, wish, wanted, known, now)


def offered(connection: Connection, slot_id: str, now: datetime) -> RowMapping:
    """The slot with its half day, or the reason why nobody can have it whatever the stock is."""
    query = sa.select(slot, session, doctor.c.fee_fen).join_from(slot, session)
    query = query.join(doctor, doctor.c.id == session.c.doctor_id).where(slot.c.id == slot_id)
    query = query.set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
    wanted = connection.execute(query).mappings().first()
    if wanted is None:
        raise HisRefused("not_found")
    if wanted[session.c.closed]:
        raise HisRefused("slot_closed")
    if wanted[slot.c.start] <= now:
        raise HisRefused("slot_past")
    return wanted


def lapsed_in_the_way(connection: Connection, wanted: RowMapping, patient_id: str, now: datetime) -> set[str]:
    """Slots with a lapsed hold that uses a place of this slot, or this patient's number of the day."""
    here = appointment.c.slot_id == wanted[slot.c.id]
    return lapses.slots_of(connection, sa.or_(here, _same_day(wanted, patient_id)), now=now)


def _same_day(wanted: RowMapping, patient_id: str) -> sa.sql.ColumnElement[bool]:
    return sa.and_(
        appointment.c.patient_id == patient_id,
        appointment.c.department_id == wanted[session.c.department_id],
        appointment.c.day == wanted[session.c.day],
    )


def seat(connection: Connection, wish: Wish, wanted: RowMapping, patient_id: str, now: datetime) -> Appointment:
    """Take the place and write the appointment."""
    # A kind word before the unique key says the same thing less kindly.
    his = sa.select(appointment.c.id).where(_same_day(wanted, patient_id), appointment.c.active == 1)
    if connection.execute(his).first() is not None:
        raise HisRefused("already_booked")
    number = stock.take_place(connection, wish.slot_id, wish.door)
    state: AppointmentState = "booked" if wish.minutes is None else "held"
    made = Appointment(
        id=f"{hospital_of(wish.slot_id)}.a{hashlib.sha256(wish.key.encode()).hexdigest()[:16]}",
        key=wish.key,
        slot_id=wish.slot_id,
        session_id=wanted[session.c.id],
        patient_id=patient_id,
        department_id=wanted[session.c.department_id],
        doctor_id=wanted[session.c.doctor_id],
        day=wanted[session.c.day],
        start=wanted[slot.c.start],
        number=number,
        room=wanted[session.c.room],
        state=state,
        fee_fen=wanted[doctor.c.fee_fen],
        hold_until=None if wish.minutes is None else now + timedelta(minutes=wish.minutes),
    )
    origin = {"door": wish.door, "act": wish.act, "instead_of": wish.instead_of, "booked_at": now}
    connection.execute(sa.insert(appointment).values(**vars(made), **origin, active=1))
    return appointments.one(connection, made.id, now=now)


def confirm(database: Database, *, appointment_id: str, now: datetime) -> Appointment:
    """Make a held place a booked one. Raises HisRefused('hold_lapsed' | 'not_found')."""
    kept = (appointment.c.id == appointment_id, appointment.c.state == "held", appointment.c.hold_until > now)
    with database.writing() as connection:
        connection.execute(sa.update(appointment).where(*kept).values(state="booked", hold_until=None))
        found = appointments.one(connection, appointment_id, now=now)
        waits = sa.select(appointment.c.hold_until).where(appointment.c.id == appointment_id)
        if connection.execute(waits).scalar() is not None:  # it ended before anybody confirmed it
            raise HisRefused("hold_lapsed")
        return found


def cancel(database: Database, *, appointment_id: str, now: datetime, at_the_desk: bool = False) -> Appointment:
    """Give the place back until the slot begins; cancelling twice is one cancel.

    Raises HisRefused('not_cancellable' | 'not_found').
    """
    for _ in range(TRIES):
        try:
            with database.writing() as connection:
                return _cancel(connection, appointment_id, now, at_the_desk=at_the_desk)
        except LostRaceError:
            continue
    raise HisUnavailable(why="cancel")


def _cancel(connection: Connection, appointment_id: str, now: datetime, *, at_the_desk: bool) -> Appointment:
    found = appointments.one(connection, appointment_id, now=now)
    if found.state == "cancelled":
        return found
    if not may_be_given_back(found, now):
        raise HisRefused("not_cancellable")
    stock.lock(connection, {found.slot_id})
    give_back(connection, found.id, now)
    if at_the_desk:
        changes.record(connection, "appointment", [(found.id, found.patient_id)], now=now)
    return appointments.one(connection, appointment_id, now=now)


def may_be_given_back(found: Appointment, now: datetime) -> bool:
    """Before the half hour begins; what is only held, or was stopped, at any time."""
    return found.state in {"held", "stopped"} or (found.state in EXPECTED and found.start > now)


def give_back(connection: Connection, appointment_id: str, now: datetime) -> None:
    """End an appointment and free its place, if it has one; the caller holds its slot's row.

    Raises LostRaceError when it was called, missed or ended since the caller looked.
    """
    row = connection.execute(sa.select(appointment).where(appointment.c.id == appointment_id)).one()
    ending = sa.update(appointment).where(appointment.c.id == row.id, appointment.c.state == row.state)
    ending = ending.where(appointment.c.state.in_((*STANDING, "stopped")))
    if connection.execute(ending.values(**CANCELLED, cancelled_at=now)).rowcount != 1:
        raise LostRaceError
    if row.active:
        stock.give_back(connection, row.slot_id, {row.door: 1})
