"""What a form that confirms a number stands on: one wish has one key, however many tabs and taps it is sent from."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.booking import Booking
from bot.db.cards import Card
from bot.ports import Ports

STANDING = ("asked", "unknown", "booked", "cancelling", "moving")


def wish(ports: Ports, *, person_id: int, card_ref: str, slot_id: str) -> int:
    """Which wish of this person for this half hour and patient comes next: as many as have ended before it.

    Two pages opened side by side show the same one. After a refusal, or a number given back, it is a new one.
    """
    query = (
        sa.select(sa.func.count())
        .select_from(Booking)
        .join(Card, sa.and_(Card.patient_id == Booking.patient_id, Card.person_id == Booking.person_id))
        .where(Card.ref == str(card_ref)[:32], Booking.person_id == person_id, Booking.slot_id == slot_id)
        .where(Card.active == 1, Booking.state.not_in(STANDING))
    )
    with ports.transaction() as session:
        return int(session.scalar(query) or 0)


def key(ports: Ports, *, person_id: int, what: str, slot_id: str, wish: int) -> str:
    """The key of one wish; `what` is the card, or the number that is to be moved."""
    return f"h5:{ports.crypto.digest('confirm', f'{person_id}|{what}|{slot_id}|{wish}')[:40]}"


def open_ref(ports: Ports, *, person_id: int, key: str) -> str | None:
    """The booking that was written down under a key, whatever the hospital says of it; None = none was."""
    query = sa.select(Booking.ref).where(Booking.person_id == person_id, Booking.key == key, Booking.refusal.is_(None))
    with ports.transaction() as session:
        return session.scalar(query)
