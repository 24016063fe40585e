"""EmbeddedHis: HisPort over the embedded hospital's own database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot import clock
from bot.his.embedded import (
    appointments,
    crowd,
    directory,
    papers,
    patients,
    queue,
    results,
    schedule,
    staffing,
    stock,
    tables,
)
from bot.his.embedded.engine import Database
from bot.his.port import (
    Appointment,
    Bill,
    Change,
    Department,
    Doctor,
    Hospital,
    Patient,
    Prescription,
    Price,
    PriceKind,
    QueueState,
    Report,
    Session,
    Slot,
)


class EmbeddedHis:
    """A whole hospital on one database: every HisPort call, and what only the hospital itself does.

    Safe to make before fork: the engine is made at first use, once per process.
    """

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def prepare(self) -> None:
        """Create or upgrade the tables."""
        from bot.his.embedded.migrate import upgrade  # alembic is slow to import, few need it

        upgrade(self.database)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    # --- HisPort: who and where

    def hospital(self) -> Hospital:
        with self.database.reading() as connection:
            return directory.hospital(connection)

    def departments(self) -> list[Department]:
        with self.database.reading() as connection:
            return directory.departments(connection)

    def doctors(self) -> list[Doctor]:
        with self.database.reading() as connection:
            return directory.doctors(connection)

    def prices(self, *, text: str, kind: PriceKind | None = None, limit: int = 10) -> list[Price]:
        with self.database.reading() as connection:
            return directory.prices(connection, text=text, kind=kind, limit=limit)

    # --- HisPort: patients

    def find_patient(self, *, name: str, id_number: str, phone: str) -> Patient | None:
        with self.database.reading() as connection:
            return patients.find(connection, name=name, id_number=id_number, phone=phone)

    def register_patient(self, *, name: str, id_number: str, phone: str, key: str) -> Patient:
        return patients.register(self.database, name=name, id_number=id_number, phone=phone, key=key)

    def patient(self, patient_id: str) -> Patient:
        with self.database.reading() as connection:
            return patients.one(connection, patient_id)

    # --- HisPort: slots and appointments

    def slots(
        self, *, first: date, last: date, department_id: str | None = None, doctor_id: str | None = None
    ) -> list[Slot]:
        with self.database.reading() as connection:
            return stock.slots(
                connection,
                first=first,
                last=last,
                department_id=department_id,
                doctor_id=doctor_id,
                now=clock.now(),
            )

    def slot(self, slot_id: str) -> Slot:
        with self.database.reading() as connection:
            return stock.one(connection, slot_id)

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        return stock.book(self.database, slot_id=slot_id, patient_id=patient_id, key=key, now=clock.now())

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        return stock.cancel(self.database, appointment_id=appointment_id, now=clock.now())

    def appointment_by_key(self, key: str) -> Appointment | None:
        with self.database.reading() as connection:
            return appointments.by_key(connection, key, now=clock.now())

    def appointments(self, patient_id: str) -> list[Appointment]:
        with self.database.reading() as connection:
            return appointments.of_patient(connection, patient_id, now=clock.now())

    # --- HisPort: the queue

    def queue(self, appointment_id: str) -> QueueState:
        with self.database.reading() as connection:
            return queue.place(connection, appointment_id, now=clock.now())

    def sessions(self, day: date) -> list[Session]:
        with self.database.reading() as connection:
            return queue.sessions(connection, day)

    def call_next(self, *, session_id: str, key: str) -> Session:
        return queue.call_next(self.database, session_id=session_id, key=key, now=clock.now())

    # --- HisPort: reports

    def reports(self, patient_id: str, *, since: date) -> list[Report]:
        with self.database.reading() as connection:
            return results.listed(connection, patient_id, since=since, now=clock.now())

    def report(self, *, patient_id: str, report_id: str) -> Report:
        with self.database.reading() as connection:
            return results.one(connection, patient_id=patient_id, report_id=report_id, now=clock.now())

    # --- HisPort: prescriptions and bills

    def prescriptions(self, patient_id: str, *, since: date) -> list[Prescription]:
        with self.database.reading() as connection:
            return papers.prescriptions(connection, patient_id, since=since, now=clock.now())

    def bills(self, patient_id: str, *, since: date) -> list[Bill]:
        with self.database.reading() as connection:
            return papers.bills(connection, patient_id, since=since, now=clock.now())

    # --- HisPort: what happened

    def changes(self, *, since: datetime) -> list[Change]:
        with self.database.reading() as connection:
            return results.changes(connection, since=since, now=clock.now())

    # --- What the hospital does for itself

    def ensure_schedule(self, first: date, last: date) -> int:
        """Make the half days and slots of first..last (both included) where missing; returns the days made.

        One day follows from the seed alone: it is the same on every machine, whenever it is made.
        """
        days = (first + timedelta(days=count) for count in range((last - first).days + 1))
        return sum(self._ensure_day(day) for day in days)

    def _ensure_day(self, day: date) -> bool:
        with self.database.reading() as connection:
            made = sa.select(tables.scheduled_day.c.day).where(tables.scheduled_day.c.day == day)
            if connection.execute(made).first():
                return False
        try:
            with self.database.writing() as connection:
                connection.execute(sa.insert(tables.scheduled_day).values(day=day))
                halves, slots = schedule.plan_day(connection, day)
                sold = crowd.fill(connection, day, halves, slots)
                schedule.write_day(connection, halves, slots)
                crowd.write(connection, sold)
        except IntegrityError:  # another process made this day between our look and our write
            return False
        return True

    def add_doctor(
        self,
        *,
        name: str,
        department_id: str,
        title: str = "主治医师",
        specialty: str = "",
        fee_fen: int = 2000,
    ) -> Doctor:
        """A new doctor with clinics every weekday, from the days already scheduled on.

        Raises HisRefused('not_found') for an unknown department.
        """
        with self.database.writing() as connection:
            return staffing.add(
                connection,
                name=name,
                department_id=department_id,
                title=title,
                specialty=specialty,
                fee_fen=fee_fen,
            )

    def release(self, report_id: str) -> None:
        """A doctor lets the patient see a held result; the first time counts. Raises HisRefused('not_found')."""
        with self.database.writing() as connection:
            results.release(connection, report_id, now=clock.now())

    def close_session(self, session_id: str) -> None:
        """Stop a clinic (停诊): its slots are no longer offered. Raises HisRefused('not_found')."""
        with self.database.writing() as connection:
            staffing.close_session(connection, session_id)
