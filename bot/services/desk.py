"""Questions to doctors: the staff's side. Who may see what is one condition (`_scope`) on every query."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import consult as rows
from bot.db.cards import Card
from bot.db.staff import StaffMember
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.ports import Ports
from bot.push import outbox
from bot.services import access, masking, photos, privacy
from bot.services.staff import Staff

OPEN = ("waiting", "claimed")
ANSWERING = frozenset({"doctor", "head"})
PREVIEW = 60  # characters of a question in a list
ANSWER_LENGTHS = range(2, 2001)


@dataclass(frozen=True)
class Waiting:
    """One question in a doctor's list; `text` is its beginning, age in years, None without a bound card."""

    ref: str
    department_name: str
    doctor_id: str | None
    text: str = field(repr=False)
    red_flag: bool
    state: str
    asked_at: datetime
    due_at: datetime
    holder: str | None
    held_by_me: bool
    claim_until: datetime | None
    masked_name: str | None
    age: int | None
    sex: str | None


@dataclass(frozen=True)
class Opened(Waiting):
    """One question in full; `answer` is there once it was given."""

    answer: str | None = field(repr=False)
    answered_by: str | None
    answered_at: datetime | None
    pictures: int = 0


@dataclass(frozen=True)
class Answer:
    """A doctor's answer as it was stored."""

    question_ref: str
    text: str = field(repr=False)
    staff_name: str
    at: datetime


@access.reads("consult.inbox", why="answering")
def inbox(ports: Ports, *, staff: Staff) -> list[Waiting]:
    """List the open questions of his scope: red flags first, then the oldest. Raises Refused (role)."""
    question = rows.Question
    order = (question.red_flag.desc(), question.asked_at, question.id)
    with ports.transaction() as session:
        found = session.execute(_select(staff).where(question.state.in_(OPEN)).order_by(*order)).all()
        return [_waiting(ports, staff, *row) for row in found]


@access.reads("consult.open", why="answering")
def open_one(ports: Ports, *, staff: Staff, ref: str) -> Opened:
    """Read one question of his scope; written down. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        question, card, holder = found(session, staff, ref)
        given = session.execute(_given(question.id)).first()
        opened = Opened(
            **vars(_waiting(ports, staff, question, card, holder)) | {"text": _text(ports, question)},
            answer=ports.crypto.open(given.text_sealed) if given else None,
            answered_by=given.name if given else None,
            answered_at=question.answered_at,
            pictures=photos.count(session, question.id),
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
        _step(session, staff, ref, question.state.in_(OPEN), free, **facts)
        row = found(session, staff, ref)
        _audit(ports, session, staff, "consult.claim", row[0])
    return _waiting(ports, staff, *row)


@access.acts("consult.release", why="answering")
def release(ports: Ports, *, staff: Staff, ref: str) -> Waiting:
    """Let a held question go back to the list. Raises NotFound, Conflict (not his), Refused (role)."""
    question = rows.Question
    held = (question.state == "claimed", question.claimed_by == staff.id)
    with ports.transaction() as session:
        _step(session, staff, ref, *held, state="waiting", claimed_by=None, claim_until=None)
        row = found(session, staff, ref)
        _audit(ports, session, staff, "consult.release", row[0])
    return _waiting(ports, staff, *row)


@access.acts("consult.answer", why="answering")
def answer(ports: Ports, *, staff: Staff, ref: str, text: str) -> Answer:
    """Answer a question he holds; the notice to the patient is part of the same transaction.

    The same answer twice is one. Raises BadInput('bad_answer'), NotFound, Conflict, Refused (role).
    """
    plain = _parse_answer(text)
    try:
        return _answer(ports, staff, ref, plain)
    except Conflict:
        before = open_one(ports, staff=staff, ref=ref)
        if (before.answer, before.answered_by) != (plain, staff.name) or before.answered_at is None:
            raise
        return Answer(ref, plain, staff.name, before.answered_at)


def editing_scope(staff: Staff) -> Any:
    """Give the condition on questions an entry may be made of: an editor's all, others' as at the desk."""
    return sa.true() if staff.role == "editor" else _scope(staff)


def _scope(staff: Staff) -> Any:
    question = rows.Question
    if staff.role not in ANSWERING:
        raise Refused
    conditions = []
    if staff.department_id:
        conditions.append(question.department_id == staff.department_id)
    if staff.role == "doctor" and staff.doctor_id:
        conditions.append(question.doctor_id == staff.doctor_id)
    return sa.or_(sa.false(), *conditions)


def _select(staff: Staff) -> Any:
    """Select questions of his scope, with the card as long as it is bound, and the name of the holder."""
    question = rows.Question
    return (
        sa.select(question, Card, StaffMember.name)
        .outerjoin(Card, sa.and_(Card.id == question.card_id, Card.active == 1))
        .outerjoin(StaffMember, StaffMember.id == question.claimed_by)
        .where(_scope(staff))
    )


def found(session: Session, staff: Staff, ref: str) -> Any:
    """Read a question of his scope with its card and the holder's name. Raises NotFound, Refused (role)."""
    query = _select(staff).where(rows.Question.ref == str(ref)[:32], rows.Question.state != "withdrawn")
    found = session.execute(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def _given(question_id: int) -> Any:
    given = rows.Answer
    return (
        sa.select(given.text_sealed, StaffMember.name)
        .join(StaffMember, StaffMember.id == given.staff_id)
        .where(given.question_id == question_id)
    )


def _step(session: Session, staff: Staff, ref: str, *conditions: Any, **values: Any) -> None:
    """Move one question of his scope on, if it stands as the conditions say. Raises NotFound, Conflict."""
    question = rows.Question
    done = session.execute(
        sa.update(question)
        .where(question.ref == str(ref)[:32], _scope(staff), *conditions)
        .values(**values, version=question.version + 1)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        found(session, staff, ref)
        raise Conflict


def _answer(ports: Ports, staff: Staff, ref: str, plain: str) -> Answer:
    now, question = ports.now(), rows.Question
    held = (question.state == "claimed", question.claimed_by == staff.id)
    with ports.transaction() as session:
        _step(session, staff, ref, *held, state="answered", answered_at=now, claimed_by=None, claim_until=None)
        row = found(session, staff, ref)[0]
        sealed = ports.crypto.seal(plain)
        session.execute(
            sa.insert(rows.Answer).values(question_id=row.id, staff_id=staff.id, text_sealed=sealed, at=now)
        )
        _tell(ports, session, row, now)
        _audit(ports, session, staff, "consult.answer", row)
    return Answer(row.ref, plain, staff.name, now)


def _tell(ports: Ports, session: Session, question: Any, now: datetime) -> None:
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=question.person_id,
        kind="answer",
        payload={"view": "answer", "ref": question.ref},
        dedupe_key=f"answer:{question.ref}",
        due_at=now,
    )


def _parse_answer(text: str) -> str:
    plain = text.replace("\x00", "").strip()
    if len(plain) not in ANSWER_LENGTHS:
        raise BadInput("bad_answer")
    return plain


def _audit(ports: Ports, session: Session, staff: Staff, action: str, question: Any) -> None:
    privacy.audit(
        session,
        actor_kind="staff",
        actor_id=staff.id,
        action=action,
        subject=question.ref,
        about=f"person/{question.person_id}",
        at=ports.now(),
    )


def _waiting(ports: Ports, staff: Staff, question: Any, card: Any, holder: str | None) -> Waiting:
    return Waiting(
        ref=question.ref,
        department_name=question.department_name,
        doctor_id=question.doctor_id,
        text=_preview(_text(ports, question)),
        red_flag=bool(question.red_flag),
        state=question.state,
        asked_at=question.asked_at,
        due_at=question.due_at,
        holder=holder,
        held_by_me=question.claimed_by == staff.id,
        claim_until=question.claim_until,
        masked_name=masking.name(ports.crypto.open(card.name_sealed)) if card is not None else None,
        age=_age(card.birth_date, clock.local(ports.now()).date()) if card is not None else None,
        sex=card.sex if card is not None else None,
    )


def _preview(text: str) -> str:
    return text if len(text) <= PREVIEW else f"{text[:PREVIEW]}…"


def _text(ports: Ports, question: Any) -> str:
    return ports.crypto.open(question.text_sealed)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
