"""Questions to doctors: the patient's side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.base import insert_new, new_ref
from bot.db.cards import Card
from bot.db.messages import hold_person
from bot.db.staff import StaffMember
from bot.errors import BadInput, NotFound, Refused
from bot.ports import Ports
from bot.services import access, booking, consult_voices, desk_deadlines, photos, privacy
from bot.services.answered import Answered, Given, answered, given
from bot.services.desk import Answer, Opened, Waiting, answer, claim, inbox, open_one, picture, release

__all__ = [
    "Answer",
    "Answered",
    "Given",
    "Opened",
    "Question",
    "Waiting",
    "answer",
    "answered",
    "ask",
    "claim",
    "given",
    "inbox",
    "may_ask",
    "mine",
    "mine_one",
    "open_one",
    "parse_question",
    "picture",
    "release",
    "withdraw",
]
SHORTEST, LONGEST = 5, 2000  # characters of a question
SHORTEST_REPLY = 1  # … of what answers a doctor: 有
PURPOSE = "consult"
TAKEN_BACK = ("waiting", "claimed", "asked_back")  # states in which a question can be


@dataclass(frozen=True)
class Question:
    """One question as its asker may see it; `answer` and `answered_by` None until a doctor has answered."""

    ref: str
    department_id: str
    department_name: str
    doctor_id: str | None
    text: str = field(repr=False)
    red_flag: bool
    state: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    answer: str | None = field(repr=False)
    answered_by: str | None
    answer_at: datetime | None = None  # of the first answer, also once he asked further


def parse_question(text: str) -> str:
    """Give 5 to 2,000 characters with words in them. Raises BadInput('bad_question')."""
    plain = text.replace("\x00", "").strip()
    if not SHORTEST <= len(plain) <= LONGEST or not any(letter.isalpha() for letter in plain):
        raise BadInput("bad_question")
    return plain


def parse_reply(text: str) -> str:
    """Give 1 to 2,000 characters with a word in them. Raises BadInput('bad_question')."""
    plain = text.replace("\x00", "").strip()
    if not SHORTEST_REPLY <= len(plain) <= LONGEST or not any(letter.isalnum() for letter in plain):
        raise BadInput("bad_question")
    return plain


def ask(
    ports: Ports,
    *,
    person_id: int,
    department_id: str,
    doctor_id: str | None,
    text: str,
    red_flag: bool,
    key: str,
) -> Question:
    """Hand a question to a department, or to one doctor in it; the same key asks once.

    Raises BadInput('bad_question'), NotFound (department, doctor), Refused('consent_consult') and HisUnavailable.
    """
    plain = parse_question(text)
    known = _by_key(ports, person_id, key)
    if known is not None:
        return mine_one(ports, person_id=person_id, ref=known)
    department = booking.department(ports, department_id=department_id)
    if doctor_id and booking.doctor(ports, doctor_id=doctor_id).department_id != department_id:
        raise NotFound
    at = ports.now()
    facts = {"department_id": department_id, "department_name": department.name, "red_flag": red_flag}
    facts |= {"doctor_id": doctor_id or None, "text_sealed": ports.crypto.seal(plain), "asked_at": at}
    facts["due_at"] = desk_deadlines.due(ports, at=at, department=department.name, red_flag=red_flag)
    with ports.transaction() as session:
        hold_person(session, person_id)
        privacy.begin(ports, session, person_id=person_id, purposes=ports.rules["consent_by_asking"])
        privacy.demand(ports, session, person_id=person_id, purpose=PURPOSE)
        _insert(ports, session, person_id, key, facts)
    return mine_one(ports, person_id=person_id, ref=str(_by_key(ports, person_id, key)))


def by_key(ports: Ports, *, person_id: int, key: str) -> Question:
    """The question that was asked with this key. Raises NotFound."""
    return mine_one(ports, person_id=person_id, ref=_by_key(ports, person_id, key) or "")


def may_ask(ports: Ports, *, person_id: int) -> None:
    """Raise Refused('consent_consult') to whoever took his consent back, or has not seen the newest words."""
    with ports.transaction() as session:
        if privacy.standing(ports, session, person_id=person_id, purpose=PURPOSE) != "never":
            privacy.demand(ports, session, person_id=person_id, purpose=PURPOSE)


@access.reads("consult.list", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Question]:
    """List all questions of this person, newest first."""
    with ports.transaction() as session:
        found = session.execute(_visible(person_id).order_by(rows.Question.id.desc())).all()
        return [_question(ports, *row) for row in found]


@access.reads("consult.read", why="own")
def mine_one(ports: Ports, *, person_id: int, ref: str) -> Question:
    """Give one question. Raises NotFound, the same for another person's and an unknown one."""
    with ports.transaction() as session:
        return _question(ports, *_held(session, person_id, ref))


@access.acts("consult.withdraw", why="own")
def withdraw(ports: Ports, *, person_id: int, ref: str) -> Question:
    """Take a question back that nobody has answered. Raises NotFound, Refused('not_cancellable')."""
    with ports.transaction() as session:
        row = _held(session, person_id, ref)[0]
        if row.state == "withdrawn":
            return _question(ports, *_held(session, person_id, ref))
        if not _move_to_withdrawn(session, row.id):
            raise Refused("not_cancellable")
        audit(session, person_id, "consult.withdraw", ref, ports.now())
    return mine_one(ports, person_id=person_id, ref=ref)


def _insert(ports: Ports, session: Session, person_id: int, key: str, facts: dict[str, Any]) -> None:
    card = sa.select(Card.id).where(Card.person_id == person_id, Card.active == 1, Card.is_default)
    ref, card_id = new_ref("q"), session.scalar(card)
    if insert_new(session, rows.Question, ref=ref, key=key, person_id=person_id, card_id=card_id, **facts):
        made = session.scalar(sa.select(rows.Question.id).where(rows.Question.ref == ref))
        photos.attach(ports, session, person_id=person_id, question_id=int(made))
        consult_voices.attach(ports, session, person_id=person_id, question_id=int(made))
        audit(session, person_id, "consult.ask", ref, facts["asked_at"])


def _move_to_withdrawn(session: Session, question_id: int) -> bool:
    question = rows.Question
    done = session.execute(
        sa.update(question)
        .where(question.id == question_id, question.state.in_(TAKEN_BACK), _unanswered(question_id))
        .values(state="withdrawn", claimed_by=None, version=question.version + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def _unanswered(question_id: int) -> Any:
    return ~sa.exists().where(rows.Answer.question_id == question_id)


def _by_key(ports: Ports, person_id: int, key: str) -> str | None:
    with ports.transaction() as session:
        row = session.scalars(sa.select(rows.Question).where(rows.Question.key == key)).first()
    if row is not None and row.person_id != person_id:
        raise NotFound
    return row.ref if row is not None else None


def _visible(person_id: int) -> Any:
    return (
        sa.select(rows.Question, rows.Answer, StaffMember.name)
        .outerjoin(rows.Answer, rows.Answer.question_id == rows.Question.id)
        .outerjoin(StaffMember, StaffMember.id == rows.Answer.staff_id)
        .where(rows.Question.person_id == person_id)
    )


def _held(session: Session, person_id: int, ref: str) -> Any:
    found = session.execute(_visible(person_id).where(rows.Question.ref == str(ref)[:32])).first()
    if found is None:
        raise NotFound
    return found


def audit(session: Session, person_id: int, action: str, ref: str, at: datetime) -> None:
    """One deed of the asker's, in the transaction that does it."""
    privacy.audit(session, actor_kind="person", actor_id=person_id, action=action, subject=ref, at=at)


def _question(ports: Ports, row: Any, given: Any, answered_by: str | None) -> Question:
    return Question(
        ref=row.ref,
        department_id=row.department_id,
        department_name=row.department_name,
        doctor_id=row.doctor_id,
        text=ports.crypto.open(row.text_sealed),
        red_flag=bool(row.red_flag),
        state=row.state,
        asked_at=row.asked_at,
        due_at=row.due_at,
        answered_at=row.answered_at,
        answer=ports.crypto.open(given.text_sealed) if given is not None else None,
        answered_by=answered_by,
        answer_at=given.at if given is not None else None,
    )
