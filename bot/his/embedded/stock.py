"""Slots and their places. A place is taken by one conditional UPDATE; nothing here reads, then writes."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import IntegrityError

from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import appointments
from bot.his.embedded.engine import Database
from bot.his.embedded.tables import appointment, doctor, patient, session, slot
from bot.his.port import Appointment, Slot, hospital_of

TRIES = 3  # after a lost race: find the winner's row, or try the now changed stock once more

_SLOTS = (
    sa.select(
        slot.c.id,
        slot.c.session_id,
        session.c.department_id,
        session.c.doctor_id,
        session.c.day,
        slot.c.start,
        slot.c.end,
        slot.c.capacity,
        (slot.c.capacity - slot.c.taken).label("left"),
        doctor.c.fee_fen,
        session.c.room,
    )
    .join_from(slot, session)
    .join(doctor, doctor.c.id == session.c.doctor_id)
)


def slots(
    connection: Connection,
    *,
    first: date,
    last: date,
    department_id: str | None,
    doctor_id: str | None,
    now: datetime,
) -> list[Slot]:
    """Slots that have not begun, full ones too, closed half days not; sorted by start, then doctor."""
    query = _SLOTS.where(session.c.day.between(first, last), slot.c.start > now, sa.not_(session.c.closed))
    if department_id is not None:
        query = query.where(session.c.department_id == department_id)
    if doctor_id is not None:
        query = query.where(session.c.doctor_id == doctor_id)
    return [Slot(*row) for row in connection.execute(query.order_by(slot.c.start, session.c.doctor_id))]


def one(connection: Connection, slot_id: str) -> Slot:
    """Raises HisRefused('not_found')."""
    row = connection.execute(_SLOTS.where(slot.c.id == slot_id)).first()
    if row is None:
        raise HisRefused("not_found")
    return Slot(*row)


def book(database: Database, *, slot_id: str, patient_id: str, key: str, now: datetime) -> Appointment:
    """Take one place. Raises HisRefused as HisPort.book, 'conflict' when the key booked another."""
    for _ in range(TRIES):
        try:
            with database.writing() as connection:
                booked = _book(connection, slot_id, patient_id, key, now)
        except IntegrityError:
            continue
        if (booked.slot_id, booked.patient_id) != (slot_id, patient_id):
            raise HisRefused("conflict")
        return booked
    raise HisUnavailable(why="book")


def _book(connection: Connection, slot_id: str, patient_id: str, key: str, now: datetime) -> Appointment:
    earlier = appointments.by_key(connection, key, now=now)
    if earlier is not None:
        return earlier
    try:
        wanted = _bookable(connection, slot_id, patient_id, now)
        number = take_place(connection, slot_id)
    except HisRefused:
        # The same key may have won in another transaction since we looked: then that is the answer.
        earlier = appointments.by_key(connection, key, now=now)
        if earlier is None:
            raise
        return earlier
    return _write(connection, wanted, patient_id, key, number, now)


def _bookable(connection: Connection, slot_id: str, patient_id: str, now: datetime) -> RowMapping:
    """The slot with its half day, or the reason why this patient cannot have it whatever the stock is."""
    query = sa.select(slot, session, doctor.c.fee_fen).join_from(slot, session)
    query = query.join(doctor, doctor.c.id == session.c.doctor_id).where(slot.c.id == slot_id)
    query = query.set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
    wanted = connection.execute(query).mappings().first()
    known = connection.execute(sa.select(patient.c.id).where(patient.c.id == patient_id)).first()
    if wanted is None or known is None:
        raise HisRefused("not_found")
    if wanted[session.c.closed]:
        raise HisRefused("slot_closed")
    if wanted[slot.c.start] <= now:
        raise HisRefused("slot_past")
    if _has_one(connection, patient_id, wanted):
        raise HisRefused("already_booked")
    return wanted


def _has_one(connection: Connection, patient_id: str, wanted: RowMapping) -> bool:
    """A kind word before the unique key says the same thing less kindly."""
    query = sa.select(appointment.c.id).where(
        appointment.c.patient_id == patient_id,
        appointment.c.department_id == wanted[session.c.department_id],
        appointment.c.day == wanted[session.c.day],
        appointment.c.active == 1,
    )
    return connection.execute(query).first() is not None


def take_place(connection: Connection, slot_id: str) -> int:
    """Take one place and its number: the lowest free one of the slot. Raises HisRefused('slot_full').

    The UPDATE holds the slot's row until commit, so nobody else picks a number of this slot meanwhile.
    """
    taking = sa.update(slot).where(slot.c.id == slot_id, slot.c.taken < slot.c.capacity)
    if connection.execute(taking.values(taken=slot.c.taken + 1)).rowcount != 1:
        raise HisRefused("slot_full")
    first, capacity = connection.execute(
        sa.select(slot.c.first_number, slot.c.capacity).where(slot.c.id == slot_id)
    ).one()
    sold = set(
        connection.execute(
            sa.select(appointment.c.number).where(appointment.c.slot_id == slot_id, appointment.c.active == 1)
        ).scalars()
    )
    return next(number for number in range(first, first + capacity) if number not in sold)


def _write(
    connection: Connection, wanted: RowMapping, patient_id: str, key: str, number: int, now: datetime
) -> Appointment:
    booked = Appointment(
        id=f"{hospital_of(wanted[slot.c.id])}.a{hashlib.sha256(key.encode()).hexdigest()[:16]}",
        key=key,
        slot_id=wanted[slot.c.id],
        session_id=wanted[session.c.id],
        patient_id=patient_id,
        department_id=wanted[session.c.department_id],
        doctor_id=wanted[session.c.doctor_id],
        day=wanted[session.c.day],
        start=wanted[slot.c.start],
        number=number,
        room=wanted[session.c.room],
        state="booked",
        fee_fen=wanted[doctor.c.fee_fen],
    )
    connection.execute(sa.insert(appointment).values(**vars(booked), active=1, booked_at=now))
    return appointments.one(connection, booked.id, now=now)


def cancel(database: Database, *, appointment_id: str, now: datetime) -> Appointment:
    """Give the place back until the slot begins; cancelling twice is one cancel.

    Raises HisRefused('not_cancellable' | 'not_found').
    """
    for _ in range(TRIES):
        try:
            with database.writing() as connection:
                return _cancel(connection, appointment_id, now)
        except (_LostRaceError, IntegrityError):
            continue
    raise HisUnavailable(why="cancel")


class _LostRaceError(Exception):
    """Somebody called or cancelled the number between our look and our write; roll back and look again."""


def _cancel(connection: Connection, appointment_id: str, now: datetime) -> Appointment:
    found = appointments.one(connection, appointment_id, now=now)
    if found.state == "cancelled":
        return found
    if found.state not in {"booked", "waiting"} or found.start <= now:
        raise HisRefused("not_cancellable")
    # The slot's row first, as in `book`: two transactions that lock in one order cannot wait for each other.
    connection.execute(sa.update(slot).where(slot.c.id == found.slot_id).values(taken=slot.c.taken - 1))
    freeing = sa.update(appointment).where(appointment.c.id == found.id, appointment.c.state == "booked")
    freed = connection.execute(freeing.values(state="cancelled", active=None, cancelled_at=now))
    if freed.rowcount != 1:
        raise _LostRaceError
    return appointments.one(connection, appointment_id, now=now)
