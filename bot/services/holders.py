"""Who holds a patient's card: the others are told of every new binding, see each other, and can cut one.

Everybody who holds a card has read a code on the patient's phone. Whoever is cut unjustly binds again with that
phone and cuts in turn; who has not got the phone any more cannot. Before a card that its holder calls his own,
the others only give way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import cards as rows
from bot.db.messages import hold_person
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.push import outbox
from bot.services import access, holding, masking, texts
from bot.services.holding import Card


@dataclass(frozen=True)
class Holder:
    """Somebody else who holds the same patient's card; of him nothing is shown but when and as what he bound it."""

    ref: str
    card_ref: str
    relation: str | None
    bound_at: datetime


@access.reads("cards.holders", why="own")
def others(ports: Ports, *, person_id: int) -> list[tuple[Card, Holder]]:
    """All others who hold one of this person's cards, by card, the longest bound first."""
    with ports.transaction() as session:
        mine = session.scalars(holding.bound(person_id).order_by(rows.Card.id)).all()
        return [(holding.shown(ports, row), _holder(row, other)) for row in mine for other in _others(session, row)]


@access.reads("cards.holders", why="own")
def one(ports: Ports, *, person_id: int, ref: str, holder: str) -> tuple[Card, Holder]:
    """One other holder of one of this person's cards. Raises NotFound, also when he holds it no more."""
    with ports.transaction() as session:
        row = holding.held(session, person_id=person_id, ref=ref)
        found = next((other for other in _others(session, row) if other.ref == holder), None)
        if found is None:
            raise NotFound
        return holding.shown(ports, row), _holder(row, found)


@access.acts("cards.cut", why="own")
def cut(ports: Ports, *, person_id: int, ref: str, holder: str) -> None:
    """End another's holding of the same patient; doing it twice is doing it once. He is told, and so is the phone.

    Raises NotFound and Refused('cut_refused'): it is the other's own card.
    """
    at = ports.now()
    with ports.transaction() as session:
        row = holding.held(session, person_id=person_id, ref=ref)
        other = _same_patient(session, row, holder)
        if other.relation == "self" and row.relation != "self":
            raise Refused("cut_refused")
        if other.active is None:
            return
        holding.let_go(session, other, at=at)
        _tell(ports, session, other, kind="card_cut", view="card_cut", dedupe_key=f"cut:{other.ref}")
        facts = {"action": "cards.cut", "subject": row.patient_id, "reason": f"card {other.ref}"}
        holding.audit(session, person_id=person_id, at=at, **facts)


def bound_key(ref: str) -> str:
    """Under which the text message about one binding is kept."""
    return f"bound:{ref}"


def tell_owner(ports: Ports, session: Session, row: Any, *, phone: str) -> None:
    """A card was bound: word to everybody else who holds it, and to the phone that the hospital has on file."""
    for other in _others(session, row):
        _tell(ports, session, other, kind="card_shared", view="card_shared", dedupe_key=f"shared:{row.ref}:{other.ref}")
    at = clock.local(row.bound_at)
    facts = {
        "name": masking.name(ports.crypto.open(row.name_sealed)),
        "when": f"{at.month}月{at.day}日{at:%H:%M}",
    }
    texts.notify(ports, session, phone=phone, kind="card_bound", facts=facts, dedupe_key=bound_key(row.ref))


def _tell(ports: Ports, session: Session, other: Any, *, kind: str, view: str, dedupe_key: str) -> None:
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=other.person_id,
        kind=kind,
        payload={"view": view, "ref": other.ref},
        dedupe_key=dedupe_key,
        due_at=ports.now(),
    )


def _others(session: Session, row: Any) -> list[Any]:
    same = (rows.Card.patient_id == row.patient_id, rows.Card.active == 1, rows.Card.person_id != row.person_id)
    return list(session.scalars(sa.select(rows.Card).where(*same).order_by(rows.Card.id)))


def _same_patient(session: Session, row: Any, holder: str) -> Any:
    """Another's holding of the same patient, standing or over, held as by himself. Raises NotFound."""
    same = (rows.Card.patient_id == row.patient_id, rows.Card.person_id != row.person_id)
    found = session.scalars(sa.select(rows.Card).where(*same, rows.Card.ref == str(holder)[:32])).first()
    if found is None:
        raise NotFound
    hold_person(session, found.person_id)
    session.refresh(found)
    return found


def _holder(row: Any, other: Any) -> Holder:
    return Holder(other.ref, row.ref, other.relation, other.bound_at)
