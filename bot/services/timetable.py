"""The calendar of one department as somebody who books reads it: which days, and who is there on one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.errors import Refused
from bot.his.port import Department, Doctor, hospital_of
from bot.ports import Ports
from bot.services import booking, limits, offers
from bot.services.cards import Card
from bot.services.guards import Calendar
from bot.services.offers import Offer


@dataclass(frozen=True)
class Day:
    """One day of the calendar. `left`: places; `opens`: naive UTC, when a `later` day can be booked.

    `state`: free | full | stopped (every clinic was called off) | none (no clinic) | taken (the patient has his number
    of that day; `ref` when it is this person's) | week (he has his numbers of that week) | later.
    """

    day: date
    state: str
    left: int = 0
    opens: datetime | None = None
    ref: str = ""


@dataclass(frozen=True)
class Clinic:
    """One doctor on one day; `offers` are the half hours to come, full ones too, none when it was called off."""

    doctor: Doctor
    offers: tuple[Offer, ...]

    @property
    def state(self) -> str:
        """free | full | stopped."""
        if not self.offers:
            return "stopped"
        return "free" if any(offer.left > 0 for offer in self.offers) else "full"


def days(
    ports: Ports,
    *,
    person_id: int,
    card_ref: str,
    department_id: str,
    doctor_id: str | None = None,
    without: str = "",
) -> list[Day]:
    """From today to the first day that is not open yet, for one patient; `without`: as if this number were gone.

    Raises NotFound, HisUnavailable.
    """
    patient = {"person_id": person_id, "card_ref": card_ref, "department_id": department_id}
    own = booking.calendar(ports, **patient, without=without)  # type: ignore[arg-type]
    found = offers.stock(ports, department_id=department_id, doctor_id=doctor_id)
    left = {each.day: each.left for each in found}
    stopped = {day for day, doctor in _stopped(ports, department_id) if doctor_id in {None, doctor}}
    today, last = clock.local(ports.now()).date(), limits.last_day(ports.rules, ports.now())
    open_now = [today + timedelta(days=n) for n in range((last - today).days + 1)]
    later = last + timedelta(days=1)
    opens = limits.opens_at(ports.rules, later)
    return [*(_day(day, own, left, stopped) for day in open_now), Day(later, "later", opens=opens)]


def _day(day: date, own: Calendar, left: dict[date, int], stopped: set[date]) -> Day:
    if day in own.taken:
        return Day(day, "taken", ref=own.taken[day])
    if day not in left:
        return Day(day, "stopped" if day in stopped else "none")
    if not left[day]:
        return Day(day, "full")
    return Day(day, "week" if own.refusal(day) else "free", left=left[day])


def clinics(ports: Ports, *, department_id: str, day: date, doctor_id: str | None = None) -> list[Clinic]:
    """Who sees patients on one day: those with a place by the earliest one, then the others. Raises HisUnavailable."""
    by_doctor: dict[str, list[Offer]] = {}
    for offer in offers.offers(ports, department_id=department_id, doctor_id=doctor_id, day=day, full=True):
        by_doctor.setdefault(offer.doctor_id, []).append(offer)
    stopped = {doctor for on, doctor in _stopped(ports, department_id) if on == day}
    here = [d for d in offers.doctors_of(ports, department_id=department_id) if doctor_id in {None, d.id}]
    found = [Clinic(d, tuple(by_doctor.get(d.id, ()))) for d in here if d.id in by_doctor or d.id in stopped]
    return sorted(found, key=_soonest)


def _soonest(clinic: Clinic) -> tuple[int, list[datetime]]:
    starts = [offer.start for offer in clinic.offers if offer.left > 0]
    return ("free", "full", "stopped").index(clinic.state), sorted(starts)


def fitting(ports: Ports, *, found: Sequence[Card], department_id: str) -> tuple[list[Card], Refused | None]:
    """Those of the cards whose patients a department sees, and why it does not see the last of the others."""
    fits: list[Card] = []
    why: Refused | None = None
    for card in found:
        try:
            booking.check_fits(ports, card=card, department_id=department_id)
        except Refused as refusal:
            why = refusal
        else:
            fits.append(card)
    return fits, why


def instead(ports: Ports, *, department_id: str, name: str) -> Department | None:
    """The department of the same hospital that a limit names for the others, by its own or its standard name."""
    here = offers.departments_of(ports, hospital_id=hospital_of(department_id))
    return next((d for d in here if name and name in {d.name, d.standard_name}), None)


def _stopped(ports: Ports, department_id: str) -> set[tuple[date, str]]:
    """(day, doctor) of clinics that were called off, as far as somebody of ours was booked there and was told."""
    query = sa.select(Booking.day, Booking.doctor_id).where(
        Booking.department_id == department_id,
        Booking.state == "stopped",
        Booking.day >= clock.local(ports.now()).date(),
    )
    with ports.transaction() as session:
        rows: list[Any] = session.execute(query.distinct()).all()
    return {(row.day, row.doctor_id) for row in rows}
