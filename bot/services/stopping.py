"""Stopped clinics (停诊): hearing of them, and other half hours in their place (booking.reschedule moves there)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from bot.db.base import insert_new
from bot.db.booking import Booking as Row
from bot.db.changes import ChangeCursor
from bot.errors import HisRefused, HisUnavailable
from bot.ports import Ports
from bot.services import booking, paid_holds, settling
from bot.services.booking import Booking
from bot.services.offers import Offer

log = logging.getLogger(__name__)
READER = "stopped_clinics"
STANDING = ("booked", "unpaid")
OTHER_DAYS, SAME_DAY = 2, 2  # alternatives shown: of the same doctor, and of colleagues on the same day


# -- hearing of it -------------------------------------------------------------------------------------------
def follow(ports: Ports) -> int:
    """Read the hospital's changes and stop what they stopped; gives how many bookings that were.

    Repeats are harmless: a booking is stopped by one conditional UPDATE. The cursor moves only when all was looked at.
    Raises HisUnavailable.
    """
    began = ports.now()
    changes = ports.his.changes(since=_since(ports, began))
    subjects = {c.subject_id for c in changes if c.kind in {"appointment", "session_closed"}}
    stopped = sum(_look(ports, row) for row in _affected(ports, subjects))
    _advance(ports, began)
    return stopped


def _affected(ports: Ports, subjects: set[str]) -> list[Any]:
    """Our booked numbers, and those that wait to be paid, among these appointments and half days."""
    found: list[Any] = []
    names = iter(sorted(subjects))
    while part := list(islice(names, 500)):  # a statement takes only so many values
        named = sa.or_(Row.appointment_id.in_(part), Row.session_id.in_(part))
        with ports.transaction() as session:
            found += session.scalars(sa.select(Row).where(Row.state.in_(STANDING), named).order_by(Row.id)).all()
    return found


def _look(ports: Ports, row: Any) -> bool:
    """Ask what became of one number: a change says only that there is something to see."""
    try:
        now = ports.his.appointment(row.appointment_id)
    except HisRefused:
        log.warning("the HIS told of booking %s and does not know it", row.ref)
        return False
    if (now.id, now.patient_id) != (row.appointment_id, row.patient_id):
        log.error("the HIS answered booking %s with another appointment", row.ref)
        raise HisUnavailable
    if row.state == "unpaid":
        return now.state == "stopped" and paid_holds.called_off(ports, row)
    return now.state == "stopped" and settling.stop(ports, row)


def _since(ports: Ports, now: datetime) -> datetime:
    with ports.transaction() as session:
        seen = session.scalar(sa.select(ChangeCursor.seen_until).where(ChangeCursor.reader == READER))
    if seen is None:
        return now - timedelta(hours=ports.rules["changes_reach_hours"])
    return seen - timedelta(minutes=ports.rules["changes_overlap_minutes"])


def _advance(ports: Ports, until: datetime) -> None:
    """Never back: a slower reader beside us may have begun earlier."""
    with ports.transaction() as session:
        if not insert_new(session, ChangeCursor, reader=READER, seen_until=until):
            session.execute(
                sa.update(ChangeCursor)
                .where(ChangeCursor.reader == READER, ChangeCursor.seen_until < until)
                .values(seen_until=until)
                .execution_options(synchronize_session=False)
            )


# -- another half hour instead -------------------------------------------------------------------------------
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
