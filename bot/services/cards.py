"""Patient cards: binding one to a WeChat user, choosing among them, letting go. Each part has its own file."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db import cards as rows
from bot.db.messages import hold_person
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.services import access, holding
from bot.services.bind_tries import failures_today
from bot.services.binding import bind, needs_guardian, phone_proven, prove_phone, send_code
from bot.services.codes import parse_code
from bot.services.holders import Holder, cut, others
from bot.services.holders import one as holder
from bot.services.holding import BINDING as PURPOSE
from bot.services.holding import Card, held
from bot.services.identity import parse_id_number, parse_name, parse_phone
from bot.services.kinship import WORDS as RELATIONS
from bot.services.kinship import candidates, matching, relation_of, set_relation

__all__ = [
    "KINDS",
    "PURPOSE",
    "RELATIONS",
    "Card",
    "Holder",
    "bind",
    "candidates",
    "choose",
    "cut",
    "default",
    "failures_today",
    "held",
    "holder",
    "matching",
    "mine",
    "name_of_gone",
    "needs_guardian",
    "one",
    "others",
    "parse_code",
    "parse_id_number",
    "parse_name",
    "parse_phone",
    "phone_proven",
    "prove_phone",
    "relation_of",
    "send_code",
    "set_relation",
    "unbind",
]
KINDS = {
    "self_pay": "自费",
    "city_insurance": "市医保",
    "province_insurance": "省医保",
    "rural_insurance": "城乡居民医保",
    "other": "其他",
}


@access.reads("cards.list", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Card]:
    """List the bound cards, the default one first, then the longest bound."""
    with ports.transaction() as session:
        ordered = holding.bound(person_id).order_by(rows.Card.is_default.desc(), rows.Card.id)
        return [holding.shown(ports, row) for row in session.scalars(ordered)]


@access.reads("cards.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Card:
    """Give one bound card. Raises NotFound, the same for another person's, an unbound and an unknown one."""
    with ports.transaction() as session:
        return holding.shown(ports, held(session, person_id=person_id, ref=ref))


@access.reads("cards.read", why="own")
def default(ports: Ports, *, person_id: int) -> Card:
    """Give the card that is used when none is named. Raises Refused('no_card')."""
    with ports.transaction() as session:
        row = session.scalars(holding.bound(person_id).where(rows.Card.is_default)).first()
        if row is None:
            raise Refused("no_card")
        return holding.shown(ports, row)


@access.reads("cards.read", why="own")
def name_of_gone(ports: Ports, *, person_id: int, ref: str) -> str:
    """The masked name on a card that this person holds or held, to tell him of its end. Raises NotFound."""
    with ports.transaction() as session:
        ever = sa.select(rows.Card).where(rows.Card.person_id == person_id, rows.Card.ref == str(ref)[:32])
        row = session.scalars(ever).first()
        if row is None:
            raise NotFound
        return holding.shown(ports, row).masked_name


@access.acts("cards.choose", why="own")
def choose(ports: Ports, *, person_id: int, ref: str) -> Card:
    """Make one card the default. Raises NotFound."""
    with ports.transaction() as session:
        hold_person(session, person_id)
        row = held(session, person_id=person_id, ref=ref)
        holding.set_default(session, person_id, row.id)
        session.refresh(row)
        return holding.shown(ports, row)


@access.acts("cards.unbind", why="own")
def unbind(ports: Ports, *, person_id: int, ref: str) -> None:
    """Let a card go, at once for every later request. Raises NotFound."""
    at = ports.now()
    with ports.transaction() as session:
        hold_person(session, person_id)
        row = held(session, person_id=person_id, ref=ref)
        holding.let_go(session, row, at=at)
        holding.audit(session, person_id=person_id, action="cards.unbind", subject=row.patient_id, at=at)
