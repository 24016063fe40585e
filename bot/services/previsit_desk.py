"""The doctor's side: his department's bookings of today, and the page that a patient gave with one.

What may be seen is one condition (`_today`) on every query: the department's own, booked, of this hospital day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.services import access, masking, previsit
from bot.services.desk import ANSWERING
from bot.services.previsit import Page
from bot.services.previsit_giving import note_of
from bot.services.staff import Staff

SEEN = ("booked", "done")


@dataclass(frozen=True)
class Visit:
    """One booking of today; `page_ref`: the page that its patient gave along, None = none. `start` naive UTC."""

    start: datetime
    number: int | None
    doctor_name: str
    masked_name: str = field(repr=False)
    page_ref: str | None


@dataclass(frozen=True)
class Opened:
    """A visit with its page."""

    visit: Visit
    page: Page = field(repr=False)


@access.reads("visits.list", why="visiting")
def today(ports: Ports, *, staff: Staff) -> list[Visit]:
    """The bookings of his department today, earliest first. Raises Refused (role)."""
    with ports.transaction() as session:
        found = session.execute(_today(ports, staff).order_by(Booking.start, Booking.id)).all()
        return [_visit(ports, row, card, note_of(session, row)) for row, card in found]


@access.reads("summary.open", why="visiting")
def open_one(ports: Ports, *, staff: Staff, ref: str) -> Opened:
    """The page that goes with one of them; written down. Raises NotFound (none was given), Refused (role)."""
    with ports.transaction() as session:
        noted = ((*each, note_of(session, each[0])) for each in session.execute(_today(ports, staff)))
        row, card, note = next((each for each in noted if _given(each[2]) == ref), (None, None, None))
        if row is None or note is None:
            raise NotFound
        access.concerning(note.ref, person_id=row.person_id)
        return Opened(_visit(ports, row, card, note), previsit.loaded(ports.crypto.open(note.summary_sealed)))


def _today(ports: Ports, staff: Staff) -> Any:
    """Bookings with the card they were made with: its holder may have let it go since."""
    if staff.role not in ANSWERING or not staff.department_id:
        raise Refused
    own = (Booking.department_id == staff.department_id, Booking.day == clock.local(ports.now()).date())
    return sa.select(Booking, Card).join(Card, Card.id == Booking.card_id).where(*own, Booking.state.in_(SEEN))


def _visit(ports: Ports, row: Any, card: Any, note: Any) -> Visit:
    name = masking.name(ports.crypto.open(card.name_sealed))
    return Visit(row.start, row.number, row.doctor_name, name, _given(note))


def _given(note: Any) -> str | None:
    """The page's ref while the yes to it stands."""
    stands = note is not None and note.given_at is not None and note.withdrawn_at is None
    return str(note.ref) if stands else None
