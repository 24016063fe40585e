"""Answered questions without the people in them, for those who make entries of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.cards import Card
from bot.faq.board import Mark
from bot.faq.deidentify import plain, scrub
from bot.ports import Ports


class Cleaned(NamedTuple):
    """The texts without people, every replacement once, and where each stood in which text (`plain` of it)."""

    question: str
    answer: str
    replacements: tuple[Mark, ...]
    stood: tuple[tuple[str, tuple[Mark, ...]], ...] = ()


def cleaned(ports: Ports, session: Session, asked: Any, given: Any, *, doctors: list[str]) -> Cleaned:
    """Open one question and its answer and take out the people.

    `doctors` = the names in the hospital's directory, read before the transaction. The names of all cards the
    person ever bound count, also unbound ones. The same replacement made twice is listed once.
    """
    sealed = session.scalars(sa.select(Card.name_sealed).where(Card.person_id == asked.person_id))
    people = {"names": [ports.crypto.open(name) for name in sealed], "doctors": doctors}
    asked_text, given_text = ports.crypto.open(asked.text_sealed), ports.crypto.open(given.text_sealed)
    question, first = scrub(asked_text, **people)
    answer, second = scrub(given_text, **people)
    once = {(mark.before, mark.after, mark.kind): mark for mark in (*first, *second)}
    stood = ((plain(asked_text), first), (plain(given_text), second))
    return Cleaned(question, answer, tuple(once.values()), stood)


def directory(ports: Ports) -> list[str]:
    """Names of all doctors. Raises HisUnavailable: without them nothing can be cleaned."""
    return [doctor.name for doctor in ports.his.doctors()]
