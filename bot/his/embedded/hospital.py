"""EmbeddedHis: HisPort over the embedded hospital's own database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot import clock
from bot.his.embedded import (
    appointments,
    arrivals,
    booking,
    changes,
    closing,
    crowd,
    directory,
    lapses,
    moving,
    papers,
    patients,
    queue,
    results,
    schedule,
    staffing,
    stock,
    tables,
)
from bot.his.embedded.booking import Wish
from bot.his.embedded.engine import Database
from bot.his.port import (
    Appointment,
    Bill,
    CardKind,
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

    def hospitals(self) -> list[Hospital]:
        with self.database.reading() as connection:
            return [directory.hospital(connection)]

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

    def find_patient(self, *, name: str, id_number: str, phone: str, hospital_id: str | None = None) -> Patient | None:
        with self.database.reading() as connection:
            directory.here(connection, hospital_id)
            return patients.find(connection, name=name, id_number=id_number, phone=phone)

    def register_patient(
        self,
        *,
        name: str,
        id_number: str,
        phone: str,
        key: str,
        card_kind: CardKind = "self_pay",
        hospital_id: str | None = None,
    ) -> Patient:
        with self.database.reading() as connection:
            prefix = directory.here(connection, hospital_id)
        return patients.register(
            self.database, prefix, name=name, id_number=id_number, phone=phone, key=key, card_kind=card_kind
        )

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
            return stock.one(connection, slot_id, now=clock.now())

    def book(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        return booking.book(self.database, Wish("book", slot_id, key, patient_id), now=clock.now())

    def hold(self, *, slot_id: str, patient_id: str, key: str, minutes: int) -> Appointment:
        return booking.book(self.database, Wish("hold", slot_id, key, patient_id, minutes=minutes), now=clock.now())

    def confirm(self, *, appointment_id: str, key: str) -> Appointment:
        return booking.confirm(self.database, appointment_id=appointment_id, now=clock.now())

    def reschedule(self, *, appointment_id: str, slot_id: str, key: str) -> Appointment:
        return moving.reschedule(
            self.database, appointment_id=appointment_id, slot_id=slot_id, key=key, now=clock.now()
        )

    def cancel(self, *, appointment_id: str, key: str) -> Appointment:
        return booking.cancel(self.database, appointment_id=appointment_id, now=clock.now())

    def appointment(self, appointment_id: str) -> Appointment:
        with self.database.reading() as connection:
            return appointments.one(connection, appointment_id, now=clock.now())

    def appointment_by_key(self, key: str, *, hospital_id: str | None = None) -> Appointment | None:
        with self.database.reading() as connection:
            directory.here(connection, hospital_id)
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

    def close_session(self, *, session_id: str, key: str) -> Session:
        return closing.close_session(self.database, session_id=session_id, key=key, now=clock.now())

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        with self.database.reading() as connection:
            directory.here(connection, hospital_id)
            return changes.since(connection, since, now=clock.now())

    def miss(self, *, session_id: str, key: str) -> Session:
        return queue.miss(self.database, session_id=session_id, key=key, now=clock.now())

    def calls(self, *, session_id: str) -> list[datetime]:
        with self.database.reading() as connection:
            return queue.calls(connection, session_id)

    def check_in(self, *, appointment_id: str, key: str) -> QueueState:
        return arrivals.check_in(self.database, appointment_id=appointment_id, key=key, now=clock.now())

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

    def waiting_from(self, day: date, moment: datetime) -> dict[str, int]:
        """By half day: how many wait whose slots begin after a moment (naive UTC)."""
        with self.database.reading() as connection:
            return queue.waiting_from(connection, day, moment)

    def absent(self, day: date) -> frozenset[str]:
        """Half days whose called number nobody answers to, as the nurse at the door sees it."""
        with self.database.reading() as connection:
            return arrivals.absent(connection, day)

    def release_lapsed(self) -> int:
        """Give back the places whose holds ran out; returns how many. Nobody has to wait for this: see lapses.py."""
        return lapses.release_all(self.database, now=clock.now())

    def sell_at_the_desk(self, *, slot_id: str, patient_id: str, key: str) -> Appointment:
        """A place of the window's share. Raises HisRefused as `book`."""
        return booking.book(self.database, Wish("book", slot_id, key, patient_id, door="desk"), now=clock.now())

    def cancel_at_the_desk(self, appointment_id: str) -> Appointment:
        """As `cancel`, and those who ask for changes are told of it."""
        return booking.cancel(self.database, appointment_id=appointment_id, now=clock.now(), at_the_desk=True)

    def release(self, report_id: str) -> None:
        """A doctor lets the patient see a held result; the first time counts. Raises HisRefused('not_found')."""
        with self.database.writing() as connection:
            results.release(connection, report_id, now=clock.now())

    def correct_patient(self, patient_id: str, *, name: str, phone: str) -> Patient:
        """Change what the desk may change of a patient. Raises HisRefused('not_found')."""
        with self.database.writing() as connection:
            return patients.correct(connection, patient_id, name=name, phone=phone, now=clock.now())
