"""What booking left behind: our rows and the hospital's, for one patient's phone."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.db.booking import Booking
from bot.db.cards import Card
from bot.his.port import Appointment
from tests.conversations.house import Talk
from tests.conversations.visits import rows

STOMACH, BONES, CHILDREN, EYES, SKIN, HEART = "yh.k03", "yh.k12", "yh.k24", "yh.k25", "yh.k28", "yh.k01"
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
THURSDAY, FRIDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)


def ours(talk: Talk) -> list[tuple[str, date, str]]:
    """(department, day, state) of every wish we wrote down, in the order they were made."""
    return [(b.department_id, b.day, b.state) for b in rows(talk.ports, Booking, person_id=talk.person_id)]


def cards_of(talk: Talk) -> list[Any]:
    """Every card ever bound, in the order they were bound."""
    return rows(talk.ports, Card, person_id=talk.person_id)


def at_hospital(talk: Talk, card: int = 0) -> list[Appointment]:
    """All of one card's appointments as the hospital has them."""
    return talk.ports.his.appointments(cards_of(talk)[card].patient_id)


def theirs(talk: Talk, card: int = 0) -> list[tuple[str, date, str]]:
    """(department, day, state) at the hospital, newest day first."""
    return [(a.department_id, a.day, a.state) for a in at_hospital(talk, card)]


def nothing_happened(talk: Talk) -> bool:
    """Neither we nor the hospital wrote anything down."""
    return ours(talk) == [] and all(theirs(talk, n) == [] for n in range(len(cards_of(talk))))


def book(talk: Talk, wish: str = "帮我挂明天上午骨科的号") -> Appointment:
    """From one sentence to a number, taking the first half hour."""
    assert "几点来" in talk(wish)
    assert "请核对" in talk("1")
    assert "挂好了" in talk("确认挂号")
    return next(a for a in at_hospital(talk) if a.state in {"booked", "waiting"})


def old_tap(talk: Talk, label: str) -> tuple[str, str]:
    """A quick reply of the message just shown, kept to be tapped when it is over."""
    found = next(c for c in talk.choices if label in c["label"])
    return found["label"], found["id"]
