"""What a doctor may know beside a question: the triage page that its patient gave, earlier questions, earlier visits.

Each only as far as a yes stands: the page while it is given, visits while binding and asking are both agreed to. A
hospital that is silent, or offers no such thing, leaves its part out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.booking import Booking
from bot.db.triage import TriageNote
from bot.errors import HisRefused, HisUnavailable
from bot.ports import Ports
from bot.services import access, desk_delivery, desk_moves, desk_notes, previsit, privacy
from bot.services.desk_delivery import Receipt
from bot.services.desk_moves import Move
from bot.services.desk_notes import Note
from bot.services.desk_scope import found, scope
from bot.services.previsit import Page
from bot.services.staff import Staff

SHOWN = 3  # earlier questions, and visits
VISITS = ("binding", "consult")  # what has to be agreed to before earlier visits are shown


@dataclass(frozen=True)
class Earlier:
    """One earlier question of the same asker in the reader's scope, with its first answer."""

    ref: str
    text: str = field(repr=False)
    answer: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Visit:
    """One visit that took place."""

    day: date
    department: str


@dataclass(frozen=True)
class Beside:
    """All of it; `page` None = none was given. `receipt` None = nothing was said to the patient yet."""

    notes: tuple[Note, ...]
    moves: tuple[Move, ...]
    earlier: tuple[Earlier, ...]
    visits: tuple[Visit, ...]
    page: Page | None = field(repr=False)
    receipt: Receipt | None


@access.reads("consult.beside", why="answering")
def beside(ports: Ports, *, staff: Staff, ref: str) -> Beside:
    """What stands beside one question of his scope. Raises NotFound, Refused (role)."""
    with ports.transaction() as session:
        question, card, _ = found(session, staff, ref)
        access.concerning(question.ref, person_id=question.person_id)
        patient = card.patient_id if card is not None and _agreed(ports, session, question.person_id) else None
        facts: dict[str, Any] = {
            "notes": tuple(desk_notes.of(ports, session, question_id=question.id)),
            "moves": tuple(desk_moves.of(ports, session, question_id=question.id)),
            "earlier": tuple(_earlier(ports, session, staff, question)),
            "page": _page(ports, session, question),
            "receipt": desk_delivery.of(session, refs=[question.ref]).get(question.ref),
        }
    return Beside(**facts, visits=_visits(ports, patient))


def _agreed(ports: Ports, session: Session, person_id: int) -> bool:
    """Whether all that earlier visits need stands, in the words of today."""
    agreed = (privacy.standing(ports, session, person_id=person_id, purpose=purpose) for purpose in VISITS)
    return all(state == "given" for state in agreed)


def _earlier(ports: Ports, session: Session, staff: Staff, question: Any) -> list[Earlier]:
    asked, given = rows.Question, rows.Answer
    own = (asked.person_id == question.person_id, asked.card_id == question.card_id, asked.id != question.id)
    query = sa.select(asked, given.text_sealed).join(given, given.question_id == asked.id).where(scope(staff), *own)
    opened = ports.crypto.open
    return [
        Earlier(row.ref, opened(row.text_sealed), opened(sealed), row.asked_at)
        for row, sealed in session.execute(query.order_by(asked.id.desc()).limit(SHOWN))
    ]


def _page(ports: Ports, session: Session, question: Any) -> Page | None:
    """The newest page that he gave to this department with a booking, for the patient of this card."""
    given = (TriageNote.person_id == question.person_id, TriageNote.given_at.is_not(None))
    here = (Booking.department_id == question.department_id, Booking.card_id == question.card_id)
    query = sa.select(TriageNote.summary_sealed).join(Booking, Booking.id == TriageNote.booking_id)
    standing = query.where(*given, TriageNote.withdrawn_at.is_(None), *here)
    sealed = session.scalars(standing.order_by(TriageNote.id.desc()).limit(1)).first()
    return previsit.loaded(ports.crypto.open(sealed)) if sealed is not None else None


def _visits(ports: Ports, patient_id: str | None) -> tuple[Visit, ...]:
    """Visits that the hospital knows of, newest first."""
    if patient_id is None:
        return ()
    try:
        made = [one for one in ports.his.appointments(patient_id) if one.state == "done"]
        names = {one.id: one.name for one in ports.his.departments()}
    except (HisUnavailable, HisRefused):
        return ()
    newest = sorted(made, key=lambda one: one.start, reverse=True)[:SHOWN]
    return tuple(Visit(one.day, names.get(one.department_id, "")) for one in newest)
