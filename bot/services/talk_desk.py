"""An appointed talk in the console, the doctor's side: what is due, beginning it, reading, writing, ending.

Whoever may see the question may begin its talk; who began it has it. Names are masked, as everywhere at the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.cards import Card
from bot.db.consult import Question
from bot.db.handoff import Handoff, HandoffLine
from bot.db.live_talks import LiveTalk
from bot.db.staff import StaffMember
from bot.errors import BadInput, Conflict, NotFound
from bot.ports import Ports
from bot.push import outbox
from bot.services import access, desk_scope, masking, talk_ends, talk_rows
from bot.services import handoff_rows as rows
from bot.services.consult_reports import ENDED
from bot.services.handoff_desk import LONGEST, Line
from bot.services.staff import Staff

__all__ = ["LONGEST", "Due", "Opened", "close", "due", "open_one", "read", "say", "stamp"]


# Made once: every poll of the desk asks. The first is answered from an index, and nearly always with nothing.
TALK, PARAM = LiveTalk.__table__, sa.bindparam
BEGUN = sa.select(TALK.c.id).where(TALK.c.live == 1, TALK.c.start <= PARAM("soon"), TALK.c.way == "text")


@dataclass(frozen=True)
class Due:
    """One appointment whose time has come. `state`: '' = not begun, else of its chat (bot.db.handoff).

    `calls`: its patient is there, or its time has come, and no doctor is with him.
    """

    ref: str
    question_ref: str
    department_name: str
    masked_name: str | None
    start: datetime
    end: datetime
    state: str
    holder: str | None
    mine: bool
    red_flag: bool

    @property
    def calls(self) -> bool:
        return self.state in {"", "queued"}


@dataclass(frozen=True)
class Opened(Due):
    """The talk with its question and all that was said; `unheard`: lines of the patient since the last answer."""

    question: str = field(repr=False)
    lines: tuple[Line, ...]

    @property
    def unheard(self) -> int:
        sides = [line.side for line in reversed(self.lines)]
        return sides.index("staff") if "staff" in sides else len(sides)


@access.reads("talks.list", why="answering")
def due(ports: Ports, *, staff: Staff) -> list[Due]:
    """The written talks of his scope whose time has come, earliest first. Raises Refused (role)."""
    with ports.transaction() as session:
        found = session.execute(_select(staff).where(*_now(ports)).order_by(LiveTalk.start, LiveTalk.id)).all()
    return [Due(**_facts(ports, staff, row)) for row in found]


def stamp(ports: Ports, *, staff: Staff) -> str:
    """Stands for what `due` would give, without a name in it; each poll of the desk asks. Raises Refused (role)."""
    here = desk_scope.scope(staff)
    with ports.transaction() as session:
        begun = session.scalars(BEGUN, {"soon": ports.now() + talk_rows.EARLY}).all()
        found = session.execute(_seen(ports, begun).where(here)).all() if begun else []
    return sha256(repr([tuple(row) for row in found]).encode()).hexdigest()[:8] if found else ""


@access.reads("talks.read", why="answering")
def read(ports: Ports, *, staff: Staff, ref: str) -> Opened:
    """Read one talk of his scope; written down. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        row = _found(session, staff, ref)
        talk, question, chat = row[:3]
        access.concerning(talk.ref, person_id=talk.person_id)
        said = sa.select(HandoffLine).where(HandoffLine.handoff_id == (chat.id if chat is not None else None))
        lines = [
            Line(line.side, ports.crypto.open(line.text_sealed), line.at, bool(line.red_flag))
            for line in session.scalars(said.order_by(HandoffLine.id))
        ]
    asked = ports.crypto.open(question.text_sealed)
    return Opened(**_facts(ports, staff, row), question=asked, lines=tuple(lines))


@access.acts("talks.open", why="answering")
def open_one(ports: Ports, *, staff: Staff, ref: str) -> None:
    """Begin a talk, or come to a patient who is there already; again changes nothing.

    Raises NotFound, Conflict (another doctor has it), Refused('talk_early' | 'talk_over' | 'talk_busy' | role).
    """
    with ports.transaction() as session:
        talk, question = _found(session, staff, ref)[:2]
        talk_rows.in_time(ports, talk)
        chat = talk_rows.begin(ports, session, talk, state="asked", staff_id=staff.id)
        free = (Handoff.state == "queued", Handoff.staff_id.is_(None))
        came = rows.step(session, chat.id, *free, state="open", staff_id=staff.id, heard_at=ports.now())
        if not came and (chat.staff_id != staff.id or chat.live is None):
            raise Conflict
        _announce(ports, session, talk)
        desk_scope.audit(ports, session, staff, "talks.open", question)


@access.acts("talks.say", why="answering")
def say(ports: Ports, *, staff: Staff, ref: str, text: str, key: str) -> None:
    """Write to the patient of a talk that he began; the same key is said once.

    Raises BadInput('bad_line'), NotFound, Conflict (not his, or over), Refused (role).
    """
    plain = text.replace("\x00", "").strip()
    if not 0 < len(plain) <= LONGEST:
        raise BadInput("bad_line")
    with ports.transaction() as session:
        _, question, chat = _held(session, staff, ref)
        if not rows.step(session, chat.id, *_his(staff), heard_at=ports.now()):
            raise Conflict
        marked = f"{chat.ref}:{key}"[:80]
        if talk_rows.add(ports, session, chat, key=marked, text=plain, staff_id=staff.id):
            line = session.scalar(sa.select(HandoffLine.id).where(HandoffLine.key == marked))
            where = f"{chat.ref}/{line}"
            rows.tell(ports, session, chat, view="live_talk_said", key=f"line:{line}", ref=where)
            desk_scope.audit(ports, session, staff, "talks.say", question)


@access.acts("talks.close", why="answering")
def close(ports: Ports, *, staff: Staff, ref: str) -> str:
    """End a talk that he began; gives its question, to be answered in writing.

    Raises NotFound, Conflict (not his, or over), Refused (role).
    """
    with ports.transaction() as session:
        talk, question, chat = _held(session, staff, ref)
        by = "staff" if chat.state == "open" else "away"
        if chat.staff_id != staff.id or not talk_rows.end(ports, session, chat, by=by):
            raise Conflict
        talk_ends.tell(ports, session, chat, talk, by=by)
        desk_scope.audit(ports, session, staff, "talks.close", question)
    return str(question.ref)


def _announce(ports: Ports, session: Session, talk: Any) -> None:
    facts = {"person_id": talk.person_id, "payload": {"view": "live_talk_begun", "ref": talk.ref}}
    key = f"live_talk_begun:{talk.ref}"
    outbox.enqueue(session, crypto=ports.crypto, kind="live_talk_now", dedupe_key=key, due_at=ports.now(), **facts)


def _seen(ports: Ports, talk_ids: Sequence[int]) -> Any:
    """All by which the list of these talks can be another."""
    seen = sa.select(LiveTalk.id, Handoff.state, Handoff.staff_id, Question.red_flag)
    seen = seen.join(Question, Question.id == LiveTalk.question_id).outerjoin(Handoff, _its_chat())
    return seen.where(LiveTalk.id.in_(talk_ids), *_now(ports)).order_by(LiveTalk.id)


def _its_chat() -> Any:
    return Handoff.key == sa.literal(talk_rows.KEY) + LiveTalk.ref


def _select(staff: Staff) -> Any:
    """Written talks of his scope, with question, chat, card and holder."""
    query = sa.select(LiveTalk, Question, Handoff, Card, StaffMember.name)
    query = query.join(Question, Question.id == LiveTalk.question_id).outerjoin(Handoff, _its_chat())
    query = query.outerjoin(Card, sa.and_(Card.id == Question.card_id, Card.active == 1))
    query = query.outerjoin(StaffMember, StaffMember.id == Handoff.staff_id)
    mine = (desk_scope.scope(staff), LiveTalk.way == "text", Question.state.not_in(ENDED))
    return query.where(*mine).execution_options(populate_existing=True)


def _now(ports: Ports) -> tuple[Any, ...]:
    begun = sa.or_(LiveTalk.end > ports.now(), Handoff.live == 1)
    return LiveTalk.way == "text", LiveTalk.live == 1, LiveTalk.start <= ports.now() + talk_rows.EARLY, begun


def _found(session: Session, staff: Staff, ref: str) -> Any:
    found = session.execute(_select(staff).where(LiveTalk.ref == str(ref)[:32], LiveTalk.state != "cancelled")).first()
    if found is None:
        raise NotFound
    return found


def _held(session: Session, staff: Staff, ref: str) -> tuple[Any, Any, Any]:
    talk, question, chat = _found(session, staff, ref)[:3]
    if chat is None:
        raise Conflict
    return talk, question, chat


def _his(staff: Staff) -> tuple[Any, ...]:
    return Handoff.state.in_(("asked", "open")), Handoff.staff_id == staff.id


def _facts(ports: Ports, staff: Staff, row: Any) -> dict[str, Any]:
    talk, question, chat, card, holder = row
    return {
        "ref": talk.ref,
        "question_ref": question.ref,
        "department_name": question.department_name,
        "masked_name": masking.name(ports.crypto.open(card.name_sealed)) if card is not None else None,
        "start": talk.start,
        "end": talk.end,
        "state": chat.state if chat is not None else "",
        "holder": holder,
        "mine": chat is not None and chat.staff_id == staff.id,
        "red_flag": bool(question.red_flag),
    }
