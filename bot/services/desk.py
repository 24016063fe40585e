"""Questions to doctors: the staff's side: opening, claiming, answering, letting go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.staff import StaffMember
from bot.errors import BadInput, Conflict
from bot.ports import Ports
from bot.services import access, consult_turns, consult_voices, desk_drafts, desk_telling, photos
from bot.services.consult_turns import Turn
from bot.services.desk_inbox import inbox
from bot.services.desk_lines import Waiting, line, text
from bot.services.desk_scope import ANSWERING, audit, found, held_by, scope, step
from bot.services.staff import Staff

__all__ = [
    "ANSWERING",
    "Answer",
    "Opened",
    "Waiting",
    "answer",
    "claim",
    "editing_scope",
    "found",
    "inbox",
    "open_one",
    "picture",
    "release",
]
OPEN = ("waiting", "claimed")
ANSWER_LENGTHS = range(2, 2001)


@dataclass(frozen=True)
class Opened(Waiting):
    """One question in full; `answer` is the first one, once it was given, `turns` is what was said after it.

    `voices`: the words that were understood of each, '' = none.
    """

    answer: str | None = field(repr=False, default=None)
    answered_by: str | None = None
    answered_at: datetime | None = None
    pictures: int = 0
    voices: tuple[str, ...] = field(repr=False, default=())
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A doctor's answer as it was stored."""

    question_ref: str
    text: str = field(repr=False)
    staff_name: str
    at: datetime


@access.reads("consult.open", why="answering")
def open_one(ports: Ports, *, staff: Staff, ref: str) -> Opened:
    """Read one question of his scope; written down. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        question, card, holder = found(session, staff, ref)
        given = session.execute(_given(question.id)).first()
        opened = Opened(
            **vars(line(ports, staff, question, card, holder)) | {"text": text(ports, question)},
            answer=ports.crypto.open(given.text_sealed) if given else None,
            answered_by=given.name if given else None,
            answered_at=question.answered_at,
            pictures=photos.count(session, question.id),
            voices=tuple(consult_voices.of(ports, session, question_id=question.id)),
            turns=tuple(consult_turns.of(ports, session, question_id=question.id)),
        )
        access.concerning(question.ref, person_id=question.person_id)
    return opened


@access.reads("consult.picture", why="answering")
def picture(ports: Ports, *, staff: Staff, ref: str, number: int) -> bytes:
    """Give one picture of a question of his scope, counted from 1, a JPEG. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        question = found(session, staff, ref)[0]
        shown = photos.one(ports, session, question_id=question.id, number=number)
        access.concerning(question.ref, person_id=question.person_id)
    return shown


@access.acts("consult.claim", why="answering")
def claim(ports: Ports, *, staff: Staff, ref: str) -> Waiting:
    """Hold a question for the minutes of the rules; again = longer.

    Raises NotFound, Conflict (another holds it, or it is answered or withdrawn), Refused (role).
    """
    now, question = ports.now(), rows.Question
    free = sa.or_(question.state == "waiting", question.claimed_by == staff.id, question.claim_until < now)
    until = now + timedelta(minutes=ports.rules["claim_minutes"])
    facts = {"state": "claimed", "claimed_by": staff.id, "claimed_at": now, "claim_until": until}
    with ports.transaction() as session:
        step(session, staff, ref, question.state.in_(OPEN), free, **facts)
        row = found(session, staff, ref)
        audit(ports, session, staff, "consult.claim", row[0])
    return line(ports, staff, *row)


@access.acts("consult.release", why="answering")
def release(ports: Ports, *, staff: Staff, ref: str) -> Waiting:
    """Let a held question go back to the list. Raises NotFound, Conflict (not his), Refused (role)."""
    with ports.transaction() as session:
        step(session, staff, ref, *held_by(staff), state="waiting", claimed_by=None, claim_until=None)
        row = found(session, staff, ref)
        audit(ports, session, staff, "consult.release", row[0])
    return line(ports, staff, *row)


@access.acts("consult.answer", why="answering")
def answer(ports: Ports, *, staff: Staff, ref: str, text: str) -> Answer:
    """Answer a question he holds; the notice to the patient is part of the same transaction.

    After the first answer a later one is a turn. The same answer twice is one.
    Raises BadInput('bad_answer'), NotFound, Conflict, Refused (role).
    """
    plain = parse_answer(text)
    try:
        return _answer(ports, staff, ref, plain)
    except Conflict:
        said = _last_answer(open_one(ports, staff=staff, ref=ref))
        if (said.text, said.staff_name) != (plain, staff.name):
            raise
        return said


def parse_answer(text: str) -> str:
    """Give 2 to 2,000 characters. Raises BadInput('bad_answer')."""
    plain = text.replace("\x00", "").strip()
    if len(plain) not in ANSWER_LENGTHS:
        raise BadInput("bad_answer")
    return plain


def editing_scope(staff: Staff) -> Any:
    """Give the condition on questions an entry may be made of: an editor's all, others' as at the desk."""
    return sa.true() if staff.role == "editor" else scope(staff)


def _given(question_id: int) -> Any:
    given = rows.Answer
    return (
        sa.select(given.text_sealed, StaffMember.name)
        .join(StaffMember, StaffMember.id == given.staff_id)
        .where(given.question_id == question_id)
    )


def _answer(ports: Ports, staff: Staff, ref: str, plain: str) -> Answer:
    now, question = ports.now(), rows.Question
    ended = {"state": "answered", "claimed_by": None, "claim_until": None, "preferred_by": staff.id}
    with ports.transaction() as session:
        first = sa.func.coalesce(question.answered_at, now)
        step(session, staff, ref, *held_by(staff), **ended, answered_at=first)
        row = found(session, staff, ref)[0]
        _keep(ports, session, staff, row, plain, now)
        desk_drafts.drop(session, question_id=row.id, staff_id=staff.id)
        audit(ports, session, staff, "consult.answer", row)
    return Answer(row.ref, plain, staff.name, now)


def _keep(ports: Ports, session: Session, staff: Staff, row: Any, plain: str, now: datetime) -> None:
    """Write the answer down, the first one or a further one, with its notice."""
    if session.scalar(sa.select(rows.Answer.id).where(rows.Answer.question_id == row.id)) is not None:
        key = f"{row.ref}:{row.version}"
        consult_turns.add(
            ports, session, question=row, kind="answer", text=plain, key=f"answer:{key}", staff_id=staff.id
        )
        view, key = desk_telling.ANSWER_FURTHER, desk_telling.turn_key(desk_telling.ANSWER_FURTHER, key)
    else:
        sealed = ports.crypto.seal(plain)
        session.execute(
            sa.insert(rows.Answer).values(question_id=row.id, staff_id=staff.id, text_sealed=sealed, at=now)
        )
        view, key = desk_telling.ANSWER, desk_telling.first_key(row.ref)
    desk_telling.tell(ports, session, row, view=view, key=key)


def _last_answer(opened: Opened) -> Answer:
    """What the patient was answered last; empty while nobody has answered."""
    for turn in reversed(opened.turns):
        if turn.kind == "answer":
            return Answer(opened.ref, turn.text, str(turn.by), turn.at)
    given = opened.answered_at if opened.answer is not None else None
    return Answer(opened.ref, opened.answer or "", opened.answered_by or "", given or opened.asked_at)
