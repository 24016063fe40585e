"""Stopped clinics (停诊): other half hours in their place, where booking.reschedule moves to. Heard of by news.py."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from bot.ports import Ports
from bot.services import booking
from bot.services.booking import Booking
from bot.services.offers import Offer

OTHER_DAYS, SAME_DAY = 2, 2  # alternatives shown: of the same doctor, and of colleagues on the same day


def alternatives(ports: Ports, *, person_id: int, ref: str) -> list[Offer]:
    """Half hours in place of a stopped one: the same doctor's next days, then colleagues on the same day.

    Each the nearest to the time of day that was booked, and late enough to get there. Raises NotFound, HisUnavailable.
    """
    made = booking.one(ports, person_id=person_id, ref=ref)
    days = [stock.day for stock in booking.open_days(ports, doctor_id=made.doctor_id) if stock.day != made.day]
    by_day = (_in_time(ports, booking.offers(ports, doctor_id=made.doctor_id, day=day)) for day in days)
    same_doctor = (min(offers, key=lambda offer: _apart(offer, made)) for offers in by_day if offers)
    colleagues = _in_time(ports, booking.offers(ports, department_id=made.department_id, day=made.day))
    same_day = sorted((o for o in colleagues if o.doctor_id != made.doctor_id), key=lambda o: _apart(o, made))
    return [*islice(same_doctor, OTHER_DAYS), *_one_a_doctor(same_day)[:SAME_DAY]]


def _in_time(ports: Ports, offers: list[Offer]) -> list[Offer]:
    soonest = ports.now() + timedelta(minutes=ports.rules["waitlist_travel_minutes"])
    return [offer for offer in offers if offer.start >= soonest]


def _apart(offer: Offer, made: Booking) -> timedelta:
    """How far apart in time of day."""
    return abs((offer.start - made.start) - timedelta(days=(offer.day - made.day).days))


def _one_a_doctor(offers: list[Offer]) -> list[Offer]:
    first: dict[str, Offer] = {}
    for offer in offers:
        first.setdefault(offer.doctor_id, offer)
    return list(first.values())
