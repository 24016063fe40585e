"""One talk in its words, without the people in it: for a reason, and written down whose it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.cards import Card
from bot.db.handoff import Handoff, HandoffLine
from bot.db.messages import Inbox
from bot.errors import BadInput, NotFound
from bot.faq.deidentify import clean, scrub
from bot.ports import Ports
from bot.services import access, masking, privacy, quotas, unclear
from bot.services.cleaning import directory
from bot.services.review import allowed, since
from bot.services.staff import Staff

REASONS = {
    "quality": "检查回答得好不好",
    "learning": "改进听懂患者的话",
    "complaint": "处理投诉",
    "incident": "查安全事件",
}
AROUND = 60  # messages that are read on either side
OWN = "（这里是患者本人的资料，不显示）"
LINK, REFERENCE = re.compile(r"https?://\S+|/h5/\S+"), re.compile(r"\b[a-z]_[0-9a-f]{10,}[\w.\-/]*", re.ASCII)


@dataclass(frozen=True)
class Line:
    """One thing that was said; `side`: patient, bot or staff; `id` of the message it belongs to, None for staff's."""

    side: str
    text: str = field(repr=False)
    at: datetime
    id: int | None
    wish: str | None = None
    outcome: str | None = None


@access.reads("reviews.read", why="none given")
def read(ports: Ports, *, staff: Staff, talk: int, reason: str) -> list[Line]:
    """The talk around one message, oldest first. The reason is one of `REASONS`.

    Raises BadInput('bad_reason'), Refused (role), NotFound, HisUnavailable: without doctors' names nothing is cleaned.
    """
    allowed(ports, staff)
    access.concerning(f"inbox/{talk}")
    if reason not in REASONS:
        raise BadInput("bad_reason")
    access.because(reason)
    doctors = directory(ports)
    with ports.transaction() as session:
        rows = _around(ports, session, _found(ports, session, talk))
        access.concerning(f"inbox/{talk}", person_id=rows[0].person_id)
        wash = _Wash(ports, session, rows[0].person_id, doctors)
        ahead = ports.now() - clock.wire()
        said = [line for row in rows for line in _lines(ports, wash, row, ahead)]
        helped = _staff_lines(ports, session, wash, rows, ahead)
    return sorted([*said, *helped], key=lambda line: line.at)


@access.acts("reviews.learn", why="editing")
def learn(ports: Ports, *, staff: Staff, message: int) -> bool:
    """Put a patient's words among those that were not understood; False = there is nothing to learn in them.

    The same message twice is one. Raises NotFound, Refused (role).
    """
    allowed(ports, staff)
    with ports.transaction() as session:
        row = _found(ports, session, message)
        first = quotas.take(session, kind="learn", subject=f"inbox/{message}", at=ports.now(), limit=1)
        if first:
            _note(ports, session, staff, row)
    if not first:
        return True
    text, guess = _text(ports, row), row.wish or "out_of_scope"
    return unclear.note(ports, person_id=row.person_id, text=text, guess=guess, confidence=0.0) is not None


class _Wash:
    """Takes out of a text whoever it is about: by the names on all his cards, also unbound ones, whole and masked."""

    def __init__(self, ports: Ports, session: Session, person_id: int, doctors: Sequence[str]) -> None:
        sealed = session.scalars(sa.select(Card.name_sealed).where(Card.person_id == person_id))
        names = {ports.crypto.open(name) for name in sealed if name} - {""}
        self._names, self._doctors = names | {masking.name(name) for name in names}, doctors
        self._heard: dict[str, str] = {}

    def written(self, text: str) -> str:
        """What people wrote: anybody may be in it, with his address and his days."""
        cleaned, marks = scrub(_unlinked(text), names=self._names, doctors=self._doctors)
        self._heard |= {mark.before: mark.after for mark in marks if mark.kind != "day" and len(mark.before) > 1}
        return cleaned

    def told(self, text: str) -> str:
        """Our own sentences: whom the lists know and what people wrote before; other days and places stay."""
        cleaned = clean(_unlinked(text), names=self._names, doctors=self._doctors)[0]
        for before in sorted(self._heard, key=len, reverse=True):
            cleaned = cleaned.replace(before, self._heard[before])
        return cleaned


def _unlinked(text: str) -> str:
    return REFERENCE.sub("[编号]", LINK.sub("[链接]", text))


def _found(ports: Ports, session: Session, message: int) -> Any:
    query = sa.select(Inbox).where(Inbox.id == message, Inbox.received_at >= since(ports), Inbox.kind != "event")
    row = session.scalars(query).first()
    if row is None:
        raise NotFound
    return row


def _around(ports: Ports, session: Session, middle: Any) -> list[Any]:
    """The messages of the same person before and after it, up to the first long silence."""
    own = sa.select(Inbox).where(Inbox.person_id == middle.person_id, Inbox.received_at >= since(ports))
    earlier = session.scalars(own.where(Inbox.id < middle.id).order_by(Inbox.id.desc()).limit(AROUND)).all()
    later = session.scalars(own.where(Inbox.id > middle.id).order_by(Inbox.id).limit(AROUND)).all()
    gap = timedelta(minutes=int(ports.rules["review_gap_minutes"]))
    return [*_unbroken(middle, earlier, gap)[::-1], middle, *_unbroken(middle, later, gap)]


def _unbroken(start: Any, rows: Sequence[Any], gap: timedelta) -> list[Any]:
    kept: list[Any] = []
    for row in rows:
        if abs(row.received_at - (kept[-1] if kept else start).received_at) > gap:
            break
        kept.append(row)
    return kept


def _lines(ports: Ports, wash: _Wash, row: Any, ahead: timedelta) -> list[Line]:
    """What the patient said, and what he was answered."""
    at, text = row.received_at + ahead, _text(ports, row)
    heard = OWN if row.private in {"words", "both"} else wash.written(text)
    asked = [Line("patient", heard, at, row.id, row.wish, row.outcome)] if text else []
    replies = json.loads(ports.crypto.open(row.answer_sealed)) if row.answer_sealed else []
    told = [str(reply["text"]) for reply in replies if reply.get("text")]
    words = OWN if row.private in {"answer", "both"} and told else wash.told("\n".join(told))
    answered = (row.answered_at or row.received_at) + ahead
    return [*asked, *([Line("bot", words, answered, row.id)] if words else [])]


def _staff_lines(ports: Ports, session: Session, wash: _Wash, rows: Sequence[Any], ahead: timedelta) -> list[Line]:
    """What staff said meanwhile; what a doctor said in an appointed talk is his patient's alone."""
    gap = timedelta(minutes=int(ports.rules["review_gap_minutes"]))
    first, last = rows[0].received_at + ahead, rows[-1].received_at + ahead + gap
    own = (HandoffLine.person_id == rows[0].person_id, HandoffLine.side == "staff", Handoff.way != "doctor")
    query = (
        sa.select(HandoffLine)
        .join(Handoff, Handoff.id == HandoffLine.handoff_id)
        .where(*own, HandoffLine.at >= first, HandoffLine.at <= last)
    )
    found = session.scalars(query.order_by(HandoffLine.id)).all()
    return [Line("staff", wash.written(ports.crypto.open(row.text_sealed)), row.at, None) for row in found]


def _text(ports: Ports, row: Any) -> str:
    """The patient's words; '' where he sent none, or tapped (a tap's own words are ours)."""
    return str(json.loads(ports.crypto.open(row.body_sealed)).get("text") or "")


def _note(ports: Ports, session: Session, staff: Staff, row: Any) -> None:
    privacy.audit(
        session,
        actor_kind="staff",
        actor_id=staff.id,
        action="reviews.learn",
        subject=f"inbox/{row.id}",
        about=f"person/{row.person_id}",
        at=ports.now(),
    )
