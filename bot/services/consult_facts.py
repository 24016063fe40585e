"""What is told beside a question, one thing at a time: asked for after it went out, and every one can be passed over.

A doctor who knows how long it lasts and what was taken need not ask back. What was said before sending (seen for
this, the guardian's word) stands here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.base import insert_new
from bot.errors import BadInput, Refused
from bot.ports import Ports
from bot.services import access, emergency, flagged
from bot.services.consult_rows import OPEN, held

GUIDE = ("since", "medicines")  # asked for in this order
NAMES = {
    "seen": "以前看过医生",
    "guardian": "由监护人提问",
    "since": "多久了",
    "medicines": "用过的药",
}
WORDS = {"yes": "是", "no": "不是"}
LONGEST = 300  # characters


@dataclass(frozen=True)
class Told:
    """One thing told; `text` '' = it was passed over."""

    kind: str
    name: str
    text: str = field(repr=False)


def keep(ports: Ports, *, person_id: int, ref: str, told: Mapping[str, str]) -> None:
    """Write down what was said before the question went out."""
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        for kind, text in told.items():
            _insert(ports, session, question, kind, text)


@access.acts("consult.tell", why="own")
def tell(ports: Ports, *, person_id: int, ref: str, kind: str, text: str) -> bool:
    """Add one thing to a question that waits for its answer, '' = passed over; told again, the last one counts.

    True = it holds a red flag: the question then stands on top. Raises NotFound, BadInput('bad_detail' | 'bad_input')
    and Refused('not_waiting').
    """
    if kind not in GUIDE:
        raise BadInput
    plain = parse(text)
    urgent = bool(plain) and emergency.check(ports, text=plain) is not None
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        if question.state not in OPEN:
            raise Refused("not_waiting")
        if not _insert(ports, session, question, kind, plain):
            _change(ports, session, question, kind, plain)
        if urgent:
            raise_flag(ports, session, question)
    return urgent


def parse(text: str) -> str:
    """Give at most 300 characters. Raises BadInput('bad_detail')."""
    plain = text.replace("\x00", "").strip()
    if len(plain) > LONGEST:
        raise BadInput("bad_detail", most=LONGEST)
    return plain


def raise_flag(ports: Ports, session: Session, question: Any) -> None:
    """Let a question stand on top, and the flag of its asker stand, in the caller's transaction."""
    update = sa.update(rows.Question).where(rows.Question.id == question.id).values(red_flag=True)
    session.execute(update.execution_options(synchronize_session=False))
    flagged.stand(ports, session, person_id=question.person_id)


def of(ports: Ports, session: Session, *, question_id: int) -> list[Told]:
    """All that was told beside one question; whoever calls has checked that he may read it."""
    fact = rows.QuestionFact
    found = session.scalars(sa.select(fact).where(fact.question_id == question_id).order_by(fact.id)).all()
    return [Told(row.kind, NAMES[row.kind], _open(ports, row.text_sealed)) for row in found]


def next_of(told: list[Told]) -> str | None:
    """What to ask for next; None = all of it was told or passed over."""
    known = {one.kind for one in told}
    return next((kind for kind in GUIDE if kind not in known), None)


def _open(ports: Ports, sealed: bytes | None) -> str:
    text = ports.crypto.open(sealed) if sealed is not None else ""
    return WORDS.get(text, text)


def _sealed(ports: Ports, text: str) -> bytes | None:
    return ports.crypto.seal(text) if text else None


def _insert(ports: Ports, session: Session, question: Any, kind: str, text: str) -> bool:
    facts = {"question_id": question.id, "person_id": question.person_id, "kind": kind, "at": ports.now()}
    return insert_new(session, rows.QuestionFact, text_sealed=_sealed(ports, text), **facts)


def _change(ports: Ports, session: Session, question: Any, kind: str, text: str) -> None:
    fact = rows.QuestionFact
    session.execute(
        sa.update(fact)
        .where(fact.question_id == question.id, fact.kind == kind)
        .values(text_sealed=_sealed(ports, text), at=ports.now())
        .execution_options(synchronize_session=False)
    )
