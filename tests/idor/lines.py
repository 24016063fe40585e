"""A person's places in lines, on offer and at stopped clinics, numbers to move and to give back, and a suspension.

What one door takes away is its own: the next door finds another one. Each day of the calendar has its use.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking, Suspension
from bot.ports import Ports
from bot.services import booking, news, suspensions, waitlist, waitlist_filling
from bot.services.offers import Offer
from tests.factories import Someone, a_card

OFFERED = {"offer": 3, "passing": 4, "page_offer": 5, "page_passing": 6}  # family → its day, counted from today
WAITING = {"wait": 7, "page_wait": 8}
STOPPED, STOPPED_TO, MOVABLE, PAGE, WISHED, MOVED_TO = 9, 10, 11, 12, 13, 14
TOLD = {*OFFERED, "stopped"}  # families of which a notice tells
HOUSES = ("yh.d01", "yh.d02")
ROOM = {
    "waitlist_open_limit": 50,
    "bookings_per_week": 50,
    "operations_per_minute": 300,
}  # each place of a minute is looked at
ROOM |= {"patient_operations_per_minute": 1000}


def slot(ports: Ports, department: str, day: int, place: int = 0) -> Offer:
    """A free half hour so many days from today."""
    return booking.offers(ports, department_id=department, day=_day(day))[place]


def meant(ports: Ports) -> Mapping[str, str]:
    """What the matrix says with `=`: half hours and days that are everybody's."""
    page = slot(ports, "yh.d01", PAGE)
    return {
        "=department": page.department_id,
        "=slot": slot(ports, "yh.d01", 2).slot_id,
        "=day": _day(2).isoformat(),
        "=page_slot": page.slot_id,
        "=fee": str(page.fee_fen),
        "=moved_to": slot(ports, "yh.d01", MOVED_TO).slot_id,
        "=wished": _day(WISHED).isoformat(),
    }


class Lines:
    """Makes them for one card after the other; `offer` then lets the waitlist offer what is free."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self._waits: list[tuple[dict[str, str], str, int, str]] = []  # refs, family, person, its wait

    def of(self, person: int, card: str, department: str, mark: str) -> dict[str, str]:
        """References by family; those of offers come with `offer`."""
        refs: dict[str, str] = {}
        for family, day in OFFERED.items():
            self._waits.append((refs, family, person, self._join(person, card, department, day, mark)))
        elsewhere = next(d for d in HOUSES if d != department)
        refs["movable"] = self._book(person, card, slot(self.ports, department, MOVABLE), mark)
        refs["giving_back"] = self._book(person, card, slot(self.ports, elsewhere, MOVABLE), mark)
        called_off = slot(self.ports, department, STOPPED)
        refs["stopped"] = self._book(person, card, called_off, mark)
        refs["stopped_move"] = f"{refs['stopped']} {slot(self.ports, department, STOPPED_TO).slot_id}"
        return refs

    def more(self, person: int, card: str, department: str, mark: str) -> dict[str, str]:
        """What has to stay in line: joined after `offer`."""
        return {family: self._join(person, card, department, day, mark) for family, day in WAITING.items()}

    def offer(self) -> None:
        """Free places go to who waits."""
        waitlist_filling.tick(self.ports)
        for refs, family, person, wait in self._waits:
            refs[family] = str(waitlist.one(self.ports, person_id=person, ref=wait).offer_ref)

    def stop(self) -> None:
        """The desk calls off every clinic of that day."""
        for session in self.ports.his.sessions(_day(STOPPED)):
            self.ports.his.close_session(session_id=session.id, key=f"stop-{session.id}")
        news.hear(self.ports)

    def suspended(self, person: int, who: Someone, words: str) -> str:
        """The suspension of one more patient of this person, who objects to it in these words."""
        card = a_card(self.ports, person, who)
        made = [self._book(person, card.ref, slot(self.ports, "yh.d01", day), who.name) for day in (1, 2, 3)]
        with self.ports.transaction() as session:
            missed = {"state": "missed", "guard": None, "week_guard": None}
            session.execute(sa.update(Booking).where(Booking.ref.in_(made)).values(**missed))
        assert suspensions.judge(self.ports) == 1
        assert suspensions.appeal(self.ports, person_id=person, words=words) == 1
        with self.ports.transaction() as session:
            return str(session.scalar(sa.select(Suspension.ref).where(Suspension.patient_id == card.patient_id)))

    def _join(self, person: int, card: str, department: str, day: int, mark: str) -> str:
        facts: dict[str, Any] = {"card_ref": card, "department_id": department, "day": _day(day)}
        return waitlist.join(self.ports, person_id=person, key=f"idor-w{mark}-{day}", **facts).ref

    def _book(self, person: int, card: str, wanted: Offer, mark: str) -> str:
        key = f"idor-{mark}-{wanted.slot_id}"
        return booking.book(self.ports, person_id=person, card_ref=card, slot_id=wanted.slot_id, key=key).ref


def _day(number: int) -> date:
    return clock.today() + timedelta(days=number)
