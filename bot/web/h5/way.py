"""Where a calendar leads: to a new number for a card, or to another half hour for a number that stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import render_template, request, url_for

from bot.errors import BadInput, NotFound, PeizhenError
from bot.his.port import Department, hospital_of
from bot.services import booking, cards, privacy, timetable
from bot.services.booking import Booking
from bot.services.timetable import Day
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5.refused import said

Page = tuple[str, int]


@dataclass(frozen=True)
class Way:
    """`old` is the number that is to be moved; `doctor` keeps to one doctor of the department."""

    card: cards.Card
    department: Department
    doctor: booking.Doctor | None = None
    old: Booking | None = None

    @property
    def doctor_id(self) -> str | None:
        return self.doctor.id if self.doctor else None

    def day_url(self, day: date | None, *, doctor_id: str | None = None) -> str:
        """The calendar with one day open."""
        asked = {"day": day.isoformat() if day else None, "doctor": doctor_id, "_anchor": "doctors" if day else None}
        if self.old is not None:
            return url_for("h5.move_page", ref=self.old.ref, **asked)  # type: ignore[arg-type]
        return url_for("h5.calendar_page", card=self.card.ref, department=self.department.id, **asked)  # type: ignore[arg-type]

    def slot_url(self, slot_id: str) -> str:
        """The page that confirms one half hour; its form goes to the same address."""
        if self.old is not None:
            return url_for("h5.confirm_move_page", ref=self.old.ref, slot=slot_id)
        return url_for("h5.confirm_page", card=self.card.ref, slot=slot_id)

    def wait_url(self, day: date, doctor_id: str | None) -> str:
        asked = {"day": day.isoformat(), "doctor": doctor_id}
        return url_for("h5.join_page", card=self.card.ref, department=self.department.id, **asked)  # type: ignore[arg-type]

    def is_old(self, offer: booking.Offer) -> bool:
        """Whether this half hour is the one that the number has now."""
        return self.old is not None and (offer.start, offer.doctor_id) == (self.old.start, self.old.doctor_id)


def card_of(ref: str) -> cards.Card:
    """A card of this person's that may book. Raises NotFound, Refused('consent_binding' | 'suspended')."""
    card = cards.one(ports(), person_id=person_id(), ref=ref)
    privacy.require(ports(), person_id=person_id(), purpose=cards.PURPOSE)
    booking.check_patient(ports(), person_id=person_id(), card_ref=card.ref)
    return card


def to_new(card: cards.Card, department_id: str, doctor_id: str | None = None) -> Way:
    """The way to a new number. Raises NotFound, Refused('department_age' | 'department_sex'), HisUnavailable."""
    department = booking.department(ports(), department_id=department_id)
    if hospital_of(department.id) != hospital_of(card.patient_id):
        raise NotFound
    booking.check_fits(ports(), card=card, department_id=department.id)
    return Way(card, department, _doctor(department.id, doctor_id))


def to_moved(ref: str, doctor_id: str | None = None) -> Way:
    """The way to another half hour for a number. Raises as `booking.check_move` and `to_new` do."""
    booking.check_move(ports(), person_id=person_id(), ref=ref)
    old = booking.one(ports(), person_id=person_id(), ref=ref)
    card = cards.one(ports(), person_id=person_id(), ref=old.card_ref)
    new = to_new(card, old.department_id, doctor_id)
    return Way(card, new.department, new.doctor, old)


def _doctor(department_id: str, doctor_id: str | None) -> booking.Doctor | None:
    found = booking.doctor(ports(), doctor_id=doctor_id) if doctor_id else None
    if found is not None and found.department_id != department_id:
        raise NotFound
    return found


def calendar(way: Way, *, day: date | None = None, error: PeizhenError | None = None) -> Page:
    """The days, and who is there on the chosen one, else on the first with a place; `error` is said above them."""
    days = timetable.days(
        ports(),
        person_id=person_id(),
        card_ref=way.card.ref,
        department_id=way.department.id,
        doctor_id=way.doctor_id,
        without=way.old.ref if way.old else "",
    )
    chosen = next((d for d in days if d.day == day), None) or _first(days)
    page = render_template(
        "h5/calendar.html",
        way=way,
        place=booking.place(ports(), department=way.department),
        days=days,
        chosen=chosen,
        clinics=_clinics(way, chosen) if chosen else [],
        trouble=said(error) if error else "",
    )
    return page, status_of(error) if error else OK


def _clinics(way: Way, chosen: Day) -> list[timetable.Clinic]:
    where = {"department_id": way.department.id, "doctor_id": way.doctor_id}
    return timetable.clinics(ports(), **where, day=chosen.day)  # type: ignore[arg-type]


def _first(days: list[Day]) -> Day | None:
    return next((d for d in days if d.state == "free"), None) or next((d for d in days if d.state == "full"), None)


def asked_calendar(way: Way) -> Page:
    """The calendar as the address asks for it; a day that cannot be is said above what can."""
    day = None
    try:
        day = asked_day()
        if day is not None:
            booking.check_day(ports(), day=day)
    except PeizhenError as error:
        return calendar(way, error=error)
    return calendar(way, day=day)


def asked_day() -> date | None:
    """`day=2026-11-24` of the address or the form. Raises BadInput('bad_day')."""
    text = request.values.get("day", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("bad_day") from None
