"""An editor's words before they are stored: what hides is taken out, what looks personal needs a second look."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import faq as rows
from bot.db.cards import Card
from bot.db.consult import Question
from bot.errors import BadInput
from bot.faq import deidentify
from bot.faq.board import Mark
from bot.ports import Ports
from bot.services.cleaning import directory

LONGEST_QUESTION, LONGEST_ANSWER = 2000, 20_000  # characters
NEVER_KEPT = frozenset({"card_name", "id_number"})


class Words(NamedTuple):
    """Checked words; `kept` = how many parts look personal and stay after a second look."""

    question: str
    answer: str
    kept: int = 0


class SecondLook(BadInput):
    """Something in the words looks personal; `marks` says what. `final` = it cannot stay at all."""

    code = "second_look"

    def __init__(self, marks: tuple[Mark, ...], *, final: bool) -> None:
        super().__init__("never_kept" if final else "second_look")
        self.marks, self.final = marks, final


def checked(ports: Ports, *, entry_id: int | None, question: str, answer: str, looked: bool) -> Words:
    """Give the words as they may be stored. Raises BadInput('bad_entry'), SecondLook, HisUnavailable (no directory)."""
    plain = parsed(question, answer)
    doctors, names = directory(ports), _card_names(ports, entry_id)
    marks = tuple(mark for text in plain[:2] for mark in found(text, names=names, doctors=doctors))
    barred = tuple(mark for mark in marks if mark.kind in NEVER_KEPT)
    if barred or (marks and not looked):
        raise SecondLook(barred or marks, final=bool(barred))
    return plain._replace(kept=len(marks))


def parsed(question: str, answer: str) -> Words:
    """Give both texts as they are looked at. Raises BadInput('bad_entry')."""
    return Words(_text(question, LONGEST_QUESTION), _text(answer, LONGEST_ANSWER))


def found(text: str, *, names: list[str], doctors: list[str]) -> tuple[Mark, ...]:
    """What in a text looks personal; the words that cleaning itself puts there do not."""
    return deidentify.scrub(text, names=names, doctors=doctors)[1]


def _text(text: str, longest: int) -> str:
    plain = deidentify.plain(text).strip()
    if not 0 < len(plain) <= longest:
        raise BadInput("bad_entry")
    return plain


def _card_names(ports: Ports, entry_id: int | None) -> list[str]:
    """Names on all cards of whoever asked the question that an entry came from."""
    with ports.transaction() as session:
        return [ports.crypto.open(sealed) for sealed in _sealed(session, entry_id)]


def _sealed(session: Session, entry_id: int | None) -> list[bytes]:
    query = (
        sa.select(Card.name_sealed)
        .join(Question, Question.person_id == Card.person_id)
        .join(rows.FaqEntry, rows.FaqEntry.source_question_id == Question.id)
        .where(rows.FaqEntry.id == entry_id)
    )
    return [sealed for sealed in session.scalars(query) if sealed]
