"""The rows of a talk with a person: one live one a patient, its lines, its end. Every step is a conditional UPDATE."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new, new_ref
from bot.db.handoff import Handoff, HandoffLine
from bot.ports import Ports
from bot.push import outbox
from bot.triage import redflags

KIND = "follow_up"  # of a notice: what a patient asked for in the chat, come late
STALE_HOURS = 47  # a customer message reaches a patient for 48 h after he wrote


def live(session: Session, person_id: int) -> Any:
    """This person's talk that goes on, or None."""
    query = sa.select(Handoff).where(Handoff.person_id == person_id, Handoff.live == 1)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def begin(ports: Ports, session: Session, *, person_id: int, key: str, **facts: Any) -> Any:
    """Give the talk of this key, the live one where there is one, or a new one."""
    known = session.scalars(sa.select(Handoff).where(Handoff.key == key)).first() or live(session, person_id)
    if known is not None:
        return known
    at = ports.now()
    facts |= {"asked_at": at, "heard_at": at, "live": 1, "waited": 0, "ended_by": ""}
    insert_new(session, Handoff, ref=new_ref("h"), key=key, person_id=person_id, **facts)
    return live(session, person_id)


def step(session: Session, handoff_id: int, *conditions: Any, **values: Any) -> bool:
    """Move a talk on if it stands as the conditions say; False = it does not any more."""
    if "state" in values:
        values["live"] = 1 if values["state"] in {"asked", "queued", "open"} else None
    statement = sa.update(Handoff).where(Handoff.id == handoff_id, *conditions).values(**values)
    return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount == 1)


def end(ports: Ports, session: Session, talk: Any, *, by: str) -> bool:
    """End a live talk; False = it has ended meanwhile."""
    facts = {"state": "closed", "ended_at": ports.now(), "ended_by": by}
    return step(session, talk.id, Handoff.live == 1, **facts)


def keep(ports: Ports, session: Session, talk: Any) -> bool:
    """Leave a talk that nobody took as a question for the staff's list."""
    return step(session, talk.id, Handoff.state.in_(("asked", "queued")), state="kept", heard_at=ports.now())


def add_line(
    ports: Ports,
    session: Session,
    talk: Any,
    *,
    key: str,
    text: str,
    side: str = "patient",
    staff_id: int | None = None,
) -> bool:
    """Write one thing down that was said, and whether a patient's words hold a red flag; the same key is one line."""
    red_flag = side == "patient" and redflags.check(text).alarming
    facts = {"handoff_id": talk.id, "person_id": talk.person_id, "side": side, "staff_id": staff_id}
    facts |= {"red_flag": red_flag}
    sealed = ports.crypto.seal(text)
    return insert_new(session, HandoffLine, key=key[:80], text_sealed=sealed, at=ports.now(), **facts)


def tell(ports: Ports, session: Session, talk: Any, *, view: str, key: str, ref: str = "") -> None:
    """Send word to the patient outside a reply; drawn, and checked, when it leaves."""
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=talk.person_id,
        kind=KIND,
        payload={"view": view, "ref": ref or talk.ref},
        dedupe_key=f"handoff:{talk.ref}:{key}"[:80],
        due_at=ports.now(),
        expires_at=ports.now() + timedelta(hours=STALE_HOURS),
    )


def since(ports: Ports) -> datetime:
    """The moment from which on somebody must have said something for a talk to go on."""
    return ports.now() - timedelta(minutes=int(ports.rules["handoff_minutes"]))
