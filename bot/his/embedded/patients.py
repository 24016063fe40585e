"""Patients and their digital cards."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.embedded import changes, identity, tables
from bot.his.embedded.directory import read_as
from bot.his.embedded.engine import Database
from bot.his.port import CardKind, Patient

CARD_DIGITS = 10
TRIES = 3  # one to write, one to find what another wrote meanwhile, one for a card number taken by chance


def one(connection: Connection, patient_id: str) -> Patient:
    """Raises HisRefused('not_found')."""
    found = _where(connection, tables.patient.c.id == patient_id)
    if found is None:
        raise HisRefused("not_found")
    return found


def find(connection: Connection, *, name: str, id_number: str, phone: str) -> Patient | None:
    """The patient with this ID number. Raises HisRefused('card_mismatch') when name or phone differ."""
    found = _where(connection, tables.patient.c.id_number == id_number.strip().upper())
    if found is not None and (found.name, found.phone) != (name.strip(), phone.strip()):
        raise HisRefused("card_mismatch")
    return found


def register(
    database: Database, prefix: str, *, name: str, id_number: str, phone: str, key: str, card_kind: CardKind
) -> Patient:
    """Open a card; `prefix` is the hospital's id.

    Raises HisRefused('bad_id_number' | 'card_mismatch' | 'conflict': another's key).
    """
    number, sex, born = identity.read(id_number, today=clock.today())
    for salt in range(TRIES):
        digest = hashlib.sha256(f"{key}/{salt}".encode()).hexdigest()
        card_no = "7" + str(int(digest[12:28], 16))[1 - CARD_DIGITS :]
        person = Patient(f"{prefix}.p{digest[:12]}", name.strip(), number, phone.strip(), sex, born, card_no, card_kind)
        try:
            with database.writing() as connection:
                return _register(connection, person, key)
        except IntegrityError:
            continue
    raise HisUnavailable(why="register")


def _register(connection: Connection, person: Patient, key: str) -> Patient:
    earlier = _where(connection, tables.patient.c.key == key)
    if earlier is not None and earlier.id_number != person.id_number:
        raise HisRefused("conflict")
    found = find(connection, name=person.name, id_number=person.id_number, phone=person.phone)
    if found is None:
        connection.execute(sa.insert(tables.patient).values(**vars(person), key=key))
    return found or person


def correct(connection: Connection, patient_id: str, *, name: str, phone: str, now: datetime) -> Patient:
    """Write name and phone anew. Raises HisRefused('not_found')."""
    writing = sa.update(tables.patient).where(tables.patient.c.id == patient_id)
    if connection.execute(writing.values(name=name.strip(), phone=phone.strip())).rowcount != 1:
        raise HisRefused("not_found")
    changes.record(connection, "patient", [(patient_id, patient_id)], now=now)
    return one(connection, patient_id)


def _where(connection: Connection, condition: sa.sql.ColumnElement) -> Patient | None:
    row = connection.execute(read_as(Patient, tables.patient).where(condition)).first()
    return Patient(*row) if row else None
