"""Patient cards: binding one to a WeChat user, choosing among them, letting go."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import cards as rows
from bot.db.base import insert_new, new_ref
from bot.db.messages import hold_person
from bot.errors import HisRefused, HisUnavailable, NotFound, Refused
from bot.his.port import Patient
from bot.ports import Ports
from bot.services import access, masking, privacy
from bot.services.identity import parse_id_number, parse_name, parse_phone

__all__ = [
    "Card",
    "bind",
    "choose",
    "default",
    "held",
    "mine",
    "one",
    "parse_id_number",
    "parse_name",
    "parse_phone",
    "unbind",
]
log = logging.getLogger(__name__)
PURPOSE = "binding"


@dataclass(frozen=True)
class Card:
    """One bound card as its holder may see it. The whole name and card number stay out of `repr`."""

    ref: str
    patient_id: str
    name: str = field(repr=False)
    masked_name: str
    masked_id: str
    masked_phone: str
    card_no: str = field(repr=False)
    sex: str
    birth_date: date = field(repr=False)
    is_default: bool


def bind(
    ports: Ports, *, person_id: int, name: str, id_number: str, phone: str, key: str, hospital_id: str | None = None
) -> Card:
    """Bind a patient's card; somebody the hospital does not know gets a new one there.

    `hospital_id` may be left out where there is one hospital; a person can hold one card in each.

    The same key gives the first result again. Raises BadInput (a field), Refused('card_mismatch': one answer
    for every disagreement | 'card_limit' | 'card_bound' | 'too_many_tries') and HisUnavailable (not counted).
    """
    wanted = {"name": parse_name(name), "id_number": parse_id_number(id_number), "phone": parse_phone(phone)}
    with ports.transaction() as session:
        done = _begin(ports, session, person_id, wanted["id_number"], key, hospital_id)
    if done is not None:
        return _outcome(ports, done)
    try:
        patient = _patient(ports, wanted, key, hospital_id)
    except HisRefused:
        _close_try(ports, key, "card_mismatch")
        raise Refused("card_mismatch") from None
    except HisUnavailable:
        _forget_try(ports, key)
        raise
    return _settle(ports, person_id, patient, key)


@access.reads("cards.list", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Card]:
    """List the bound cards, the default one first, then the longest bound."""
    with ports.transaction() as session:
        found = session.scalars(_bound(person_id).order_by(rows.Card.is_default.desc(), rows.Card.id)).all()
        return [_card(ports, row) for row in found]


@access.reads("cards.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Card:
    """Give one bound card. Raises NotFound, the same for another person's, an unbound and an unknown one."""
    with ports.transaction() as session:
        return _card(ports, held(session, person_id=person_id, ref=ref))


@access.reads("cards.read", why="own")
def default(ports: Ports, *, person_id: int) -> Card:
    """Give the card that is used when none is named. Raises Refused('no_card')."""
    with ports.transaction() as session:
        row = session.scalars(_bound(person_id).where(rows.Card.is_default)).first()
        if row is None:
            raise Refused("no_card")
        return _card(ports, row)


@access.acts("cards.choose", why="own")
def choose(ports: Ports, *, person_id: int, ref: str) -> Card:
    """Make one card the default. Raises NotFound."""
    with ports.transaction() as session:
        hold_person(session, person_id)
        row = held(session, person_id=person_id, ref=ref)
        _set_default(session, person_id, row.id)
        session.refresh(row)
        return _card(ports, row)


@access.acts("cards.unbind", why="own")
def unbind(ports: Ports, *, person_id: int, ref: str) -> None:
    """Let a card go, at once for every later request. Raises NotFound."""
    at = ports.now()
    with ports.transaction() as session:
        hold_person(session, person_id)
        row = held(session, person_id=person_id, ref=ref)
        was_default, row.active, row.is_default, row.unbound_at = row.is_default, None, False, at
        session.flush()
        rest = session.scalars(_bound(person_id).order_by(rows.Card.id)).first()
        if rest is None:
            privacy.withdraw(session, person_id=person_id, purpose=PURPOSE, at=at)
        elif was_default:
            _set_default(session, person_id, rest.id)
        _audit(session, person_id, "cards.unbind", row.patient_id, at)


def held(session: Session, *, person_id: int, ref: str) -> Any:
    """Read the row of a card this person holds now. Raises NotFound."""
    row = session.scalars(_bound(person_id).where(rows.Card.ref == str(ref)[:32])).first()
    if row is None:
        raise NotFound
    return row


def _bound(person_id: int) -> Any:
    return sa.select(rows.Card).where(rows.Card.person_id == person_id, rows.Card.active == 1)


def _begin(ports: Ports, session: Session, person_id: int, id_number: str, key: str, hospital_id: str | None) -> Any:
    """Open a try under the limits; gives the earlier try when the key has an outcome already."""
    hold_person(session, person_id)
    before = session.scalars(sa.select(rows.BindTry).where(rows.BindTry.key == key)).first()
    if before is not None and before.person_id != person_id:
        raise NotFound
    if before is not None and (before.card_id or before.refusal):
        return before
    _check_limits(ports, session, person_id, id_number, key, hospital_id)
    insert_new(session, rows.BindTry, person_id=person_id, at=ports.now(), key=key)
    return None


def _check_limits(
    ports: Ports, session: Session, person_id: int, id_number: str, key: str, hospital_id: str | None
) -> None:
    bound = session.scalars(_bound(person_id)).all()
    here = [row for row in bound if hospital_id in {None, row.hospital_id}]
    if any(row.id_hash == ports.crypto.digest("id_number", id_number) for row in here):
        raise Refused("card_bound")
    if len(bound) >= ports.rules["card_limit"]:
        raise Refused("card_limit")
    tries = sa.select(sa.func.count()).where(
        rows.BindTry.person_id == person_id,
        rows.BindTry.at >= _midnight(ports.now()),
        rows.BindTry.card_id.is_(None),
        rows.BindTry.key != key,
    )
    if session.scalar(tries) >= ports.rules["bind_tries_per_day"]:
        raise Refused("too_many_tries")


def _midnight(moment: datetime) -> datetime:
    return clock.utc(datetime.combine(clock.local(moment).date(), time()))


def _outcome(ports: Ports, done: Any) -> Card:
    if done.refusal:
        raise Refused(done.refusal)
    with ports.transaction() as session:
        row = session.get(rows.Card, done.card_id)
        if row.active is None:
            raise NotFound
        return _card(ports, row)


def _patient(ports: Ports, wanted: dict[str, str], key: str, hospital_id: str | None) -> Patient:
    found = ports.his.find_patient(**wanted, hospital_id=hospital_id)
    if found is None:
        found = ports.his.register_patient(**wanted, key=key, hospital_id=hospital_id)
    if (found.id_number, found.name) != (wanted["id_number"], wanted["name"]):
        log.error("the HIS answered a binding with another patient's record")
        raise HisUnavailable
    return replace(found, phone=wanted["phone"])


def _close_try(ports: Ports, key: str, refusal: str) -> None:
    with ports.transaction() as session:
        session.execute(
            sa.update(rows.BindTry)
            .where(rows.BindTry.key == key, rows.BindTry.card_id.is_(None))
            .values(refusal=refusal)
            .execution_options(synchronize_session=False)
        )


def _forget_try(ports: Ports, key: str) -> None:
    """Nothing was learnt from a try that the hospital did not answer, so it does not count."""
    open_try = (rows.BindTry.key == key, rows.BindTry.card_id.is_(None), rows.BindTry.refusal.is_(None))
    with ports.transaction() as session:
        session.execute(sa.delete(rows.BindTry).where(*open_try).execution_options(synchronize_session=False))


def _settle(ports: Ports, person_id: int, patient: Patient, key: str) -> Card:
    at = ports.now()
    with ports.transaction() as session:
        hold_person(session, person_id)
        bound = session.scalars(_bound(person_id)).all()
        same = next((row for row in bound if row.patient_id == patient.id), None)
        attempt = session.scalars(sa.select(rows.BindTry).where(rows.BindTry.key == key)).first()
        if same is not None and attempt is not None and attempt.card_id == same.id:
            return _card(ports, same)  # a twin of this call was faster
        refusal = _refusal(ports, same, bound)
        if refusal is None:
            row = _add(ports, session, person_id, patient, first=not bound)
            if attempt is not None:
                attempt.card_id = row.id
            privacy.agree_by_binding(ports, session, person_id=person_id)
            session.flush()
            _audit(session, person_id, "cards.bind", patient.id, at)
            return _card(ports, row)
    _close_try(ports, key, refusal)
    raise Refused(refusal)


def _refusal(ports: Ports, same: Any, bound: Any) -> str | None:
    if same is not None:
        return "card_bound"
    return "card_limit" if len(bound) >= ports.rules["card_limit"] else None


def _add(ports: Ports, session: Session, person_id: int, patient: Patient, *, first: bool) -> Any:
    seal = ports.crypto.seal
    row = rows.Card(
        ref=new_ref("c"),
        person_id=person_id,
        patient_id=patient.id,
        hospital_id=patient.id.split(".", 1)[0],
        name_sealed=seal(patient.name),
        id_sealed=seal(patient.id_number),
        id_hash=ports.crypto.digest("id_number", patient.id_number),
        phone_sealed=seal(patient.phone),
        card_no_sealed=seal(patient.card_no),
        sex=patient.sex,
        birth_date=patient.birth_date,
        is_default=first,
        bound_at=ports.now(),
    )
    session.add(row)
    session.flush()
    return row


def _set_default(session: Session, person_id: int, card_id: int) -> None:
    session.execute(
        sa.update(rows.Card)
        .where(rows.Card.person_id == person_id, rows.Card.active == 1)
        .values(is_default=rows.Card.id == card_id)
        .execution_options(synchronize_session=False)
    )


def _audit(session: Session, person_id: int, action: str, patient_id: str, at: datetime) -> None:
    privacy.audit(session, actor_kind="person", actor_id=person_id, action=action, subject=patient_id, at=at)


def _card(ports: Ports, row: Any) -> Card:
    opened = ports.crypto.open
    name = opened(row.name_sealed)
    return Card(
        ref=row.ref,
        patient_id=row.patient_id,
        name=name,
        masked_name=masking.name(name),
        masked_id=masking.id_number(opened(row.id_sealed)),
        masked_phone=masking.phone(opened(row.phone_sealed)),
        card_no=opened(row.card_no_sealed),
        sex=row.sex,
        birth_date=row.birth_date,
        is_default=bool(row.is_default),
    )
