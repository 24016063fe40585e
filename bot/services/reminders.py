"""Word before a visit and after it: the day before to everybody, some days before to who needs more time, once after.

Who needs more time are the old and those who are with child, by the rules; they are told what to bring as well. Keys
name the day and the booking, so that any number of runs tell once, and a moved number is told of anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.db.push import Notice
from bot.ports import Ports
from bot.push import outbox
from bot.services import booking

AT_ONCE = 500  # notices written in one run
PREGNANCY = timedelta(days=300)  # so long a number in one of those departments speaks for more time
GONE = ("refused", "cancelled", "moved")


def remind(ports: Ports) -> int:
    """Write what is due by now; gives how many notices. Raises HisUnavailable: the next run goes on."""
    today = clock.local(ports.now()).date()
    rules = ports.rules
    written = 0
    if _past(ports, rules["reminder_hour"]):
        early = today + timedelta(days=rules["reminder_early_days"])
        written += _before(ports, today + timedelta(days=1), everybody=True)
        written += _before(ports, early, everybody=False)
    if _past(ports, rules["follow_up_hour"]):
        written += _after(ports, today - timedelta(days=rules["follow_up_days"]))
    return written


def _past(ports: Ports, hour: int) -> bool:
    return clock.local(ports.now()).hour >= hour


def _before(ports: Ports, day: date, *, everybody: bool) -> int:
    """Of the visits of one day; a number that was taken after the hour for it is fresh in mind."""
    hour = clock.utc(datetime.combine(clock.local(ports.now()).date(), time(ports.rules["reminder_hour"])))
    rows = _untold(ports, "remind", Booking.day == day, Booking.state == "booked", Booking.asked_at <= hour)
    slow = _slow(ports, rows)
    told = [(row, "visit_preparation" if row.id in slow else "visit_reminder") for row in rows]
    return sum(_write(ports, row, kind, "remind", row.start) for row, kind in told if everybody or row.id in slow)


def _after(ports: Ports, day: date) -> int:
    """Of visits that took place; worth nothing any more when that day is over."""
    ends = clock.utc(datetime.combine(day + timedelta(days=ports.rules["follow_up_days"] + 1), time()))
    rows = _untold(ports, "after", Booking.day == day, Booking.state == "done")
    return sum(_write(ports, row, "after_visit", "after", ends) for row in rows)


def _untold(ports: Ports, word: str, *conditions: Any) -> list[Any]:
    """Bookings of bound cards of which no such notice was written today."""
    told = sa.exists().where(Notice.dedupe_key == _key_of(ports, word))
    bound = sa.exists().where(
        Card.person_id == Booking.person_id, Card.patient_id == Booking.patient_id, Card.active == 1
    )
    with ports.transaction() as session:
        query = sa.select(Booking).where(*conditions, bound, ~told).order_by(Booking.start, Booking.id)
        return list(session.scalars(query.limit(AT_ONCE)))


def _slow(ports: Ports, rows: Iterable[Any]) -> set[int]:
    """Ids of those bookings whose patients need more time."""
    named = set(ports.rules["reminder_departments"])
    departments = {d.id for d in booking.departments(ports) if named & {d.name, d.standard_name}}
    return {row.id for row in rows if row.department_id in departments or _needs_time(ports, row, departments)}


def _needs_time(ports: Ports, row: Any, departments: set[str]) -> bool:
    born = sa.select(Card.birth_date).where(Card.id == row.card_id)
    since = row.day - PREGNANCY
    carried = sa.select(Booking.id).where(
        Booking.patient_id == row.patient_id,
        Booking.department_id.in_(sorted(departments)),
        Booking.state.not_in(GONE),
        Booking.day.between(since, row.day),
    )
    with ports.transaction() as session:
        birth, expecting = session.scalar(born), session.scalar(carried.limit(1))
    return expecting is not None or (birth is not None and _age(birth, row.day) >= ports.rules["reminder_from_age"])


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _write(ports: Ports, row: Any, kind: str, word: str, ends: datetime) -> bool:
    with ports.transaction() as session:
        return outbox.enqueue(
            session,
            crypto=ports.crypto,
            person_id=row.person_id,
            kind=kind,
            payload={"view": kind, "ref": row.ref},
            dedupe_key=f"{word}:{_day(ports)}:{row.ref}",
            due_at=ports.now(),
            expires_at=ends,
        )


def _key_of(ports: Ports, word: str) -> Any:
    """The key of a booking's notice of today, as the database puts it together."""
    return sa.literal(f"{word}:{_day(ports)}:") + Booking.ref


def _day(ports: Ports) -> str:
    return f"{clock.local(ports.now()):%Y%m%d}"
