"""What was not surely understood: noted without the people in it, labelled by staff, given to the training data.

Nothing is learnt by itself: staff label, `peizhen unclear export` writes a file that somebody reads, and
`peizhen unclear apply` puts it into the training data and tells what the new model understands differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.db.base import insert_new
from bot.db.cards import Card
from bot.db.unclear import UnclearText
from bot.errors import BadInput, Conflict, NotFound
from bot.faq.deidentify import clean
from bot.ports import Ports
from bot.services import access, intents, privacy
from bot.services.staff import Staff
from bot.triage import redflags

LONGEST = 120  # characters; a longer text is a story, no wish to learn
LISTED = 100
WORDS = re.compile("[\u4e00-\u9fff]|[A-Za-z]{2}")  # a bare number teaches nothing
MARK = re.compile(r',? ?"meant": "(u_[0-9a-f]{10})"')  # in the payload of a guess that was offered


@dataclass(frozen=True)
class Unclear:
    """One text as staff see it. `guess`, `meant`, `label`: names of intents; moments naive UTC."""

    ref: str
    text: str = field(repr=False)
    guess: str
    confidence: float
    meant: str | None
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Labelled:
    """One text with what it means, for the training data."""

    text: str = field(repr=False)
    intent: str


def note(ports: Ports, *, person_id: int, text: str, guess: str, confidence: float) -> str | None:
    """Keep a text that was not surely understood; gives its ref. None = it is none to learn from.

    The same text again counts up, and does not come back once staff have looked at it.
    """
    cleaned = _without_people(ports, person_id, text)
    if not WORDS.search(cleaned) or not 1 < len(cleaned) <= LONGEST or redflags.check(text).alarming:
        return None
    ref = f"u_{ports.crypto.digest('unclear', cleaned)[:10]}"
    facts = {"guess": guess, "confidence": confidence, "last_at": ports.now()}
    with ports.transaction() as session:
        sealed = ports.crypto.seal(cleaned)
        new = {"text_sealed": sealed, "reason": "unsure", "times": 1, "state": "waiting"}
        if not insert_new(session, UnclearText, ref=ref, **new, **facts):
            again = sa.update(UnclearText).where(UnclearText.ref == ref)
            session.execute(again.values(times=UnclearText.times + 1, **facts))
    return ref


def corrected(ports: Ports, *, payload: str) -> str:
    """A tap on a guess that was offered: what the patient meant is written down; gives the payload without our mark."""
    found = MARK.search(payload)
    if found is None:
        return payload
    intent = payload[1:].partition("{")[0]
    meant = "" if intent == "help" else intent  # 都不是
    with ports.transaction() as session:
        change = sa.update(UnclearText).where(UnclearText.ref == found[1])
        session.execute(change.values(meant=meant, reason="corrected"))
    return payload[: found.start()] + payload[found.end() :]


@access.reads("unclear.read", why="editing")
def waiting(ports: Ports, *, staff: Staff) -> list[Unclear]:
    """What nobody has looked at: corrected ones first, then the most frequent, the newest of them first."""
    order = (UnclearText.reason != "corrected", UnclearText.times.desc(), UnclearText.last_at.desc())
    with ports.transaction() as session:
        query = sa.select(UnclearText).where(UnclearText.state == "waiting").order_by(*order).limit(LISTED)
        rows = session.scalars(query).all()
        return [
            Unclear(r.ref, ports.crypto.open(r.text_sealed), r.guess, r.confidence, r.meant, r.times, r.last_at)
            for r in rows
        ]


def counts(ports: Ports) -> dict[str, int]:
    """How many texts are in each state."""
    with ports.transaction() as session:
        query = sa.select(UnclearText.state, sa.func.count()).group_by(UnclearText.state)
        return {str(state): int(number) for state, number in session.execute(query)}


@access.acts("unclear.label", why="editing")
def label(ports: Ports, *, staff: Staff, ref: str, intent: str) -> None:
    """Say what a text means; '' drops it. Raises BadInput('bad_intent'), NotFound, Conflict when somebody was first."""
    if intent and intent not in intents.names():
        raise BadInput("bad_intent")
    now = ports.now()
    with ports.transaction() as session:
        ours = sa.update(UnclearText).where(UnclearText.ref == str(ref)[:16], UnclearText.state == "waiting")
        state = {"state": "labelled" if intent else "dropped", "label": intent or None}
        done = session.execute(ours.values(**state, labelled_by=staff.id, labelled_at=now))
        if not done.rowcount:
            if session.scalars(sa.select(UnclearText.id).where(UnclearText.ref == str(ref)[:16])).first() is None:
                raise NotFound
            raise Conflict("already_labelled")
        action, subject = f"unclear.{state['state']}", f"{ref}/{intent}"
        privacy.audit(session, actor_kind="staff", actor_id=staff.id, action=action, subject=subject, at=now)


def labelled(ports: Ports) -> list[Labelled]:
    """Everything that staff have labelled, by intent; doctors' names are no training data and are taken out too."""
    doctors = [doctor.name for doctor in ports.his.doctors()]
    with ports.transaction() as session:
        query = (
            sa.select(UnclearText).where(UnclearText.state == "labelled").order_by(UnclearText.label, UnclearText.id)
        )
        rows = [(ports.crypto.open(row.text_sealed), row.label) for row in session.scalars(query)]
    return [Labelled(clean(text, names=(), doctors=doctors)[0], intent) for text, intent in rows]


def _without_people(ports: Ports, person_id: int, text: str) -> str:
    with ports.transaction() as session:
        sealed: list[Any] = session.scalars(sa.select(Card.name_sealed).where(Card.person_id == person_id)).all()
    names = [ports.crypto.open(name) for name in sealed if name]
    return clean(text, names=names, doctors=())[0].strip()
