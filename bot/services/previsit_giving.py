"""The page for the doctor, the patient's side: offered with a booking, given with one tap, taken back with one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking
from bot.db.triage import TriageNote
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import access, booking_reading, previsit, privacy
from bot.services.previsit import Page

STANDS = ("booked", "unpaid", "paid", "unknown", "asked", "moving")


@dataclass(frozen=True)
class Kept:
    """One page as its patient sees it. `state`: open (never given) | given | withdrawn."""

    ref: str
    page: Page = field(repr=False)
    state: str


@access.reads("summary.offer", why="own")
def offered(ports: Ports, *, person_id: int, booking_ref: str) -> str | None:
    """The ref of the page that fits a booking just made: its newest, of that department, given with no other."""
    since = ports.now() - timedelta(hours=ports.rules["summary_hours"])
    with ports.transaction() as session:
        made, _card = booking_reading.held(session, person_id, booking_ref)
        newest = _mine(person_id).where(TriageNote.created_at >= since, TriageNote.booking_id.is_(None))
        row = session.scalars(newest.order_by(TriageNote.id.desc()).limit(1)).first()
        return row.ref if row is not None and made.department_id in row.departments_json else None


@access.reads("summary.read", why="own")
def of_booking(ports: Ports, *, person_id: int, booking_ref: str) -> Kept | None:
    """The page that goes, or went, with a booking or with the number that was moved to it; None = there is none."""
    with ports.transaction() as session:
        made, _card = booking_reading.held(session, person_id, booking_ref)
        row = note_of(session, made)
        return _shown(ports, row) if row is not None else None


@access.reads("summary.read", why="own")
def beside(ports: Ports, *, person_id: int, booking_ref: str) -> Kept | None:
    """What a booking's page shows: the page that goes with it, or the one that could."""
    kept = of_booking(ports, person_id=person_id, booking_ref=booking_ref)
    if kept is not None:
        return kept
    ref = offered(ports, person_id=person_id, booking_ref=booking_ref)
    with ports.transaction() as session:
        row = session.scalars(_mine(person_id).where(TriageNote.ref == ref)).first() if ref else None
        return _shown(ports, row) if row is not None else None


@access.acts("summary.give", why="own")
def give(ports: Ports, *, person_id: int, booking_ref: str) -> Kept:
    """Say yes: the doctor of this booking may read the page that fits it. The same yes twice is one; a no ends with it.

    Raises NotFound (booking, or it has no page).
    """
    at = ports.now()
    kept = beside(ports, person_id=person_id, booking_ref=booking_ref)
    with ports.transaction() as session:
        made, _card = booking_reading.held(session, person_id, booking_ref)
        if kept is None or made.state not in STANDS:
            raise NotFound
        free = sa.or_(TriageNote.booking_id.is_(None), TriageNote.booking_id.in_(chain(session, made)))
        if not _change(session, person_id, kept.ref, free, booking_id=made.id, given_at=at, withdrawn_at=None):
            raise NotFound
        _note(session, person_id, "summary.give", booking_ref, at)
    return replace(kept, state="given")


@access.acts("summary.withdraw", why="own")
def withdraw(ports: Ports, *, person_id: int, booking_ref: str) -> Kept | None:
    """Say no, at once for the next look; what was never given stays so. Twice is once. Raises NotFound (booking)."""
    at = ports.now()
    kept = of_booking(ports, person_id=person_id, booking_ref=booking_ref)
    if kept is None or kept.state != "given":
        return kept
    with ports.transaction() as session:
        given = (TriageNote.given_at.is_not(None), TriageNote.withdrawn_at.is_(None))
        if _change(session, person_id, kept.ref, *given, withdrawn_at=at):
            _note(session, person_id, "summary.withdraw", booking_ref, at)
    return replace(kept, state="withdrawn")


def note_of(session: Session, made: Any) -> Any:
    """The row of a booking's page, or None; it stays with a number that is moved."""
    query = sa.select(TriageNote).where(TriageNote.booking_id.in_(chain(session, made)))
    return session.scalars(query.order_by(TriageNote.id.desc()).limit(1)).first()


def chain(session: Session, made: Any) -> list[int]:
    """The ids of a number and of those it was moved from."""
    ids = [made.id]
    before = made.instead_of_id
    while before is not None:
        ids.append(before)
        before = session.scalar(sa.select(Booking.instead_of_id).where(Booking.id == before))
    return ids


def _mine(person_id: int) -> Any:
    return sa.select(TriageNote).where(TriageNote.person_id == person_id)


def _change(session: Session, person_id: int, ref: str, *conditions: Any, **values: Any) -> bool:
    mine = (TriageNote.person_id == person_id, TriageNote.ref == str(ref)[:32])
    step = sa.update(TriageNote).where(*mine, *conditions).values(**values)
    return bool(session.execute(step.execution_options(synchronize_session=False)).rowcount)


def _shown(ports: Ports, row: Any) -> Kept:
    state = "open" if row.given_at is None else "withdrawn" if row.withdrawn_at is not None else "given"
    return Kept(row.ref, previsit.loaded(ports.crypto.open(row.summary_sealed)), state)


def _note(session: Session, person_id: int, action: str, ref: str, at: datetime) -> None:
    about = f"person/{person_id}"
    facts: dict[str, Any] = {"actor_kind": "person", "actor_id": person_id, "about": about, "at": at}
    privacy.audit(session, action=action, subject=ref, **facts)
