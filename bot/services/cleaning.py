"""Answered questions without the people in them, for those who make entries of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.cards import Card
from bot.faq.deidentify import Replacement, clean
from bot.ports import Ports


class Cleaned(NamedTuple):
    question: str
    answer: str
    replacements: tuple[Replacement, ...]


def cleaned(ports: Ports, session: Session, asked: Any, given: Any, *, doctors: list[str]) -> Cleaned:
    """Open one question and its answer and take out the people.

    `doctors` = the names in the hospital's directory, read before the transaction. The names of all cards the
    person ever bound count, also unbound ones. The same replacement made twice is listed once.
    """
    sealed = session.scalars(sa.select(Card.name_sealed).where(Card.person_id == asked.person_id))
    people = {"names": [ports.crypto.open(name) for name in sealed], "doctors": doctors}
    question, first = clean(ports.crypto.open(asked.text_sealed), **people)
    answer, second = clean(ports.crypto.open(given.text_sealed), **people)
    return Cleaned(question, answer, tuple(dict.fromkeys((*first, *second))))


def directory(ports: Ports) -> list[str]:
    """Names of all doctors. Raises HisUnavailable: without them nothing can be cleaned."""
    return [doctor.name for doctor in ports.his.doctors()]
