"""A person instead of the bot, the staff's side: who waits, what was said since, answering, closing.

One rule of who may: the role `service`; any of them may look, only who took a talk writes in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.cards import Card
from bot.db.handoff import Handoff, HandoffLine
from bot.db.staff import StaffMember
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.ports import Ports
from bot.services import access, duty, masking, privacy
from bot.services import handoff_rows as rows
from bot.services.staff import Staff

LISTED = ("queued", "kept", "open")
LONGEST = 500  # characters of one answer: it must fit one customer message
PREVIEW = 60


@dataclass(frozen=True)
class Talk:
    """One waiting or running talk; `last` is the beginning of what the patient said last.

    `red_flag`: something he said since he asked for a person holds one.
    """

    ref: str
    state: str
    way: str
    masked_name: str | None
    doing: str
    last: str = field(repr=False)
    red_flag: bool
    asked_at: datetime
    holder: str | None
    mine: bool


@dataclass(frozen=True)
class Line:
    """One thing that was said; `side` patient | staff."""

    side: str
    text: str = field(repr=False)
    at: datetime
    red_flag: bool


@dataclass(frozen=True)
class Opened(Talk):
    """A talk with everything that was said since it was asked for."""

    lines: tuple[Line, ...]


@access.reads("handoff.list", why="answering", changes=True)
def waiting(ports: Ports, *, staff: Staff) -> list[Talk]:
    """List what waits and what goes on: his own first, then whoever holds the line, then what was left to be answered.

    In each, red flags come first, then who has waited longest. Raises Refused (role).

    Looking is being on duty: patients are only sent where somebody looks.
    """
    _may(staff)
    duty.seen(ports, staff_id=staff.id)
    first = sa.case((Handoff.staff_id == staff.id, 0), (Handoff.state != "kept", 1), else_=2)
    order = (first, _flagged().desc(), Handoff.asked_at, Handoff.id)
    with ports.transaction() as session:
        found = session.execute(_select(_open_ones()).order_by(*order)).all()
        return [_talk(ports, session, staff, row) for row in found]


@access.reads("handoff.read", why="answering", changes=True)
def open_one(ports: Ports, *, staff: Staff, ref: str) -> Opened:
    """Read one talk; written down. Raises NotFound, Refused (role)."""
    _may(staff)
    duty.seen(ports, staff_id=staff.id)
    with ports.transaction() as session:
        row = _found(session, ref)
        said = sa.select(HandoffLine).where(HandoffLine.handoff_id == row[0].id).order_by(HandoffLine.id)
        lines = tuple(_line(ports, one) for one in session.scalars(said))
        access.concerning(row[0].ref, person_id=row[0].person_id)
        return Opened(**vars(_talk(ports, session, staff, row)), lines=lines)


@access.reads("handoff.ended", why="answering")
def ended(ports: Ports, *, staff: Staff, ref: str) -> str:
    """Tell how a talk ended that is not listed any more, as `ended_by`; '' = nothing is left of it, nor of its patient.

    Raises Refused (role).
    """
    _may(staff)
    with ports.transaction() as session:
        return session.scalar(sa.select(Handoff.ended_by).where(Handoff.ref == str(ref)[:32])) or ""


@access.acts("handoff.take", why="answering")
def take(ports: Ports, *, staff: Staff, ref: str) -> None:
    """Take a waiting patient or a kept question; again changes nothing.

    Raises NotFound, Conflict (another has it), Refused (role).
    """
    _may(staff)
    with ports.transaction() as session:
        talk = _found(session, ref)[0]
        free = sa.or_(Handoff.staff_id.is_(None), Handoff.staff_id == staff.id)
        now = ports.now()
        if rows.step(session, talk.id, Handoff.state == "queued", free, state="open", staff_id=staff.id, heard_at=now):
            rows.tell(ports, session, talk, view="handoff_joined", key="joined")
        elif not rows.step(session, talk.id, Handoff.state.in_(("kept", "open")), free, staff_id=staff.id):
            raise Conflict
        _audit(ports, session, staff, "handoff.take", talk)


@access.acts("handoff.say", why="answering")
def say(ports: Ports, *, staff: Staff, ref: str, text: str, key: str) -> None:
    """Write to the patient of a talk that he took; the same key is said once.

    Raises BadInput('bad_line'), NotFound, Conflict (not his, or over), Refused (role).
    """
    _may(staff)
    plain = text.replace("\x00", "").strip()
    if not 0 < len(plain) <= LONGEST:
        raise BadInput("bad_line")
    with ports.transaction() as session:
        talk = _found(session, ref)[0]
        if not rows.step(session, talk.id, *_his(staff), heard_at=ports.now()):
            raise Conflict
        marked = f"{talk.ref}:{key}"
        if rows.add_line(ports, session, talk, key=marked, text=plain, side="staff", staff_id=staff.id):
            line = session.scalar(sa.select(HandoffLine.id).where(HandoffLine.key == marked[:80]))
            rows.tell(ports, session, talk, view="handoff_said", key=f"line:{line}", ref=f"{talk.ref}/{line}")
            _audit(ports, session, staff, "handoff.say", talk)


@access.acts("handoff.close", why="answering")
def close(ports: Ports, *, staff: Staff, ref: str) -> None:
    """End a talk that he took; the bot is back at once. Raises NotFound, Conflict (not his), Refused (role)."""
    _may(staff)
    with ports.transaction() as session:
        talk = _found(session, ref)[0]
        live = talk.state == "open"
        facts = {"state": "closed", "ended_at": ports.now(), "ended_by": "staff"}
        if not rows.step(session, talk.id, *_his(staff), **facts):
            raise Conflict
        if live:  # who left a question talks to the bot already
            rows.tell(ports, session, talk, view="handoff_over", key="over")
        _audit(ports, session, staff, "handoff.close", talk)


def _may(staff: Staff) -> None:
    if staff.role != duty.ROLE:
        raise Refused


def _open_ones() -> Any:
    """Talks of ours, and questions that were left, whatever way they were asked in."""
    return sa.and_(Handoff.state.in_(LISTED), sa.or_(Handoff.way == "console", Handoff.state == "kept"))


def _select(*conditions: Any) -> Any:
    card = sa.and_(Card.person_id == Handoff.person_id, Card.active == 1, Card.is_default)
    return (
        sa.select(Handoff, Card, StaffMember.name, _flagged().label("flagged"))
        .outerjoin(Card, card)
        .outerjoin(StaffMember, StaffMember.id == Handoff.staff_id)
        .where(*conditions)
        .execution_options(populate_existing=True)
    )


def _found(session: Session, ref: str) -> Any:
    found = session.execute(_select(Handoff.ref == str(ref)[:32], _open_ones())).first()
    if found is None:
        raise NotFound
    return found


def _flagged() -> Any:
    said = sa.select(HandoffLine.id).where(HandoffLine.handoff_id == Handoff.id, HandoffLine.red_flag)
    return said.correlate(Handoff).exists()


def _line(ports: Ports, line: Any) -> Line:
    return Line(line.side, ports.crypto.open(line.text_sealed), line.at, bool(line.red_flag))


def _his(staff: Staff) -> tuple[Any, ...]:
    return Handoff.state.in_(("open", "kept")), Handoff.staff_id == staff.id


def _talk(ports: Ports, session: Session, staff: Staff, row: Any) -> Talk:
    talk, card, holder, flagged = row
    mine = sa.select(HandoffLine.text_sealed).where(HandoffLine.handoff_id == talk.id, HandoffLine.side == "patient")
    last = session.scalar(mine.order_by(HandoffLine.id.desc()).limit(1))
    return Talk(
        ref=talk.ref,
        state=talk.state,
        way=talk.way,
        masked_name=masking.name(ports.crypto.open(card.name_sealed)) if card is not None else None,
        doing=talk.doing,
        last=ports.crypto.open(last)[:PREVIEW] if last else "",
        red_flag=bool(flagged),
        asked_at=talk.asked_at,
        holder=holder,
        mine=talk.staff_id == staff.id,
    )


def _audit(ports: Ports, session: Session, staff: Staff, action: str, talk: Any) -> None:
    about = {"subject": talk.ref, "about": f"person/{talk.person_id}", "at": ports.now()}
    privacy.audit(session, actor_kind="staff", actor_id=staff.id, action=action, **about)
