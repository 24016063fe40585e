"""Binding a patient's card: who may try, what the hospital says, and who is told.

The phone is proven first (codes.py); only then is the hospital asked. Whatever disagrees there, a name, a number, a
phone, gets one answer by one way: `card_mismatch`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from bot.db import cards as rows
from bot.db.base import new_ref
from bot.db.messages import hold_person
from bot.errors import HisRefused, HisUnavailable, NotFound, Refused
from bot.his.port import Patient
from bot.ports import Ports
from bot.services import bind_tries, codes, holders, holding, kinship, privacy, texts
from bot.services.holding import Card
from bot.services.identity import born_on, parse_id_number, parse_name, parse_phone

log = logging.getLogger(__name__)


def send_code(
    ports: Ports, *, person_id: int, id_number: str, phone: str, key: str, hospital_id: str | None = None
) -> codes.Sent:
    """Send the code that a binding needs, unless the binding could not succeed anyway.

    Raises what `codes.send` raises, BadInput, and Refused('card_limit' | 'card_bound' | 'too_many_tries').
    """
    number, phone = parse_id_number(id_number), parse_phone(phone)
    with ports.transaction() as session:
        _check_room(ports, session, person_id, number, hospital_id)
        bind_tries.check(ports, session, person_id=person_id, id_number=number, key=key)
    return codes.send(ports, person_id=person_id, phone=phone, key=key)


def prove_phone(ports: Ports, *, person_id: int, phone: str, code: str, key: str) -> None:
    """Check the code that was typed. Raises what `codes.prove` raises."""
    codes.prove(ports, person_id=person_id, phone=parse_phone(phone), code=code, key=key)


def phone_proven(ports: Ports, *, person_id: int, phone: str) -> bool:
    """Whether a code to this phone was right a short while ago and is not used up."""
    with ports.transaction() as session:
        return codes.proven(ports, session, person_id=person_id, phone=parse_phone(phone)) is not None


def needs_guardian(ports: Ports, *, id_number: str) -> bool:
    """Whether the patient with this ID number is a child whose guardian has to agree."""
    return holding.minor(ports, born_on(parse_id_number(id_number)))


def bind(
    ports: Ports,
    *,
    person_id: int,
    name: str,
    id_number: str,
    phone: str,
    key: str,
    relation: str | None = None,
    guardian: bool = False,
    hospital_id: str | None = None,
) -> Card:
    """Bind a patient's card; somebody the hospital does not know gets a new one there, paid by himself.

    `hospital_id` may be left out where there is one hospital; a person can hold one card in each.
    `guardian`: the person said that he is this child's guardian and agrees. The same key gives the first result
    again. Raises BadInput (a field), Refused('code_needed': the phone is not proven | 'guardian_needed' |
    'card_mismatch': one answer for every disagreement | 'card_limit' | 'card_bound' | 'too_many_tries') and
    HisUnavailable (not counted).
    """
    wanted = {"name": parse_name(name), "id_number": parse_id_number(id_number), "phone": parse_phone(phone)}
    minor = needs_guardian(ports, id_number=wanted["id_number"])
    if minor and not guardian:
        raise Refused("guardian_needed")
    with ports.transaction() as session:
        done = _begin(ports, session, person_id, wanted, key, hospital_id)
    if done is not None:
        return _outcome(ports, done)
    patient, opened = _asked(ports, person_id, wanted, key, hospital_id)
    if minor and relation in {None, "self"}:
        relation = "child"  # whoever agrees as a guardian is not the patient
    said = {"relation": relation, "opened": opened, "minor": minor}
    card = _settle(ports, person_id, patient, key, said)
    texts.deliver_now(ports, dedupe_key=holders.bound_key(card.ref))
    return card


# -- before the hospital is asked ------------------------------------------------------------------------------
def _begin(
    ports: Ports, session: Session, person_id: int, wanted: dict[str, str], key: str, hospital_id: str | None
) -> Any:
    """Open a try under the limits; gives the earlier try when the key has an outcome already."""
    hold_person(session, person_id)
    before = bind_tries.earlier(session, person_id=person_id, key=key)
    if before is not None and (before.card_id or before.refusal):
        return before
    _check_room(ports, session, person_id, wanted["id_number"], hospital_id)
    if codes.proven(ports, session, person_id=person_id, phone=wanted["phone"]) is None:
        raise Refused("code_needed")
    if before is None:
        number = wanted["id_number"]
        bind_tries.check(ports, session, person_id=person_id, id_number=number, key=key)
        bind_tries.begin(ports, session, person_id=person_id, id_number=number, key=key)
    return None


def _check_room(ports: Ports, session: Session, person_id: int, id_number: str, hospital_id: str | None) -> None:
    id_hash = bind_tries.hash_of(ports, id_number)
    bound = session.scalars(holding.bound(person_id)).all()
    if any(row.id_hash == id_hash and hospital_id in {None, row.hospital_id} for row in bound):
        raise Refused("card_bound")
    if len(bound) >= ports.rules["card_limit"]:
        raise Refused("card_limit")


def _outcome(ports: Ports, done: Any) -> Card:
    if done.refusal:
        raise Refused(done.refusal)
    with ports.transaction() as session:
        row = session.get(rows.Card, done.card_id)
        if row.active is None:
            raise NotFound
        return holding.shown(ports, row)


# -- the hospital's word -----------------------------------------------------------------------------------------
def _asked(
    ports: Ports, person_id: int, wanted: dict[str, str], key: str, hospital_id: str | None
) -> tuple[Patient, bool]:
    """The patient, and whether his card was opened just now."""
    try:
        return _patient(ports, wanted, key, hospital_id)
    except HisRefused:
        bind_tries.fail(ports, person_id=person_id, key=key, refusal="card_mismatch")
        raise Refused("card_mismatch") from None
    except HisUnavailable:
        bind_tries.forget(ports, id_number=wanted["id_number"], key=key)
        raise


def _patient(ports: Ports, wanted: dict[str, str], key: str, hospital_id: str | None) -> tuple[Patient, bool]:
    known = found = ports.his.find_patient(**wanted, hospital_id=hospital_id)
    if found is None:
        name, number, phone = wanted["name"], wanted["id_number"], wanted["phone"]
        found = ports.his.register_patient(name=name, id_number=number, phone=phone, key=key, hospital_id=hospital_id)
    if (found.id_number, found.name, found.phone) != (wanted["id_number"], wanted["name"], wanted["phone"]):
        log.error("the HIS answered a binding with another patient's record")  # or with a phone that was not proven
        raise HisUnavailable
    return found, known is None


# -- what stays --------------------------------------------------------------------------------------------------
def _settle(ports: Ports, person_id: int, patient: Patient, key: str, said: Mapping[str, Any]) -> Card:
    """`said`: relation, and whether the card was `opened` and the patient is a `minor`."""
    with ports.transaction() as session:
        hold_person(session, person_id)
        bound = session.scalars(holding.bound(person_id)).all()
        same = next((row for row in bound if row.patient_id == patient.id), None)
        attempt = bind_tries.earlier(session, person_id=person_id, key=key)
        if same is not None and attempt is not None and attempt.card_id == same.id:
            return holding.shown(ports, same)  # a twin of this call was faster
        refusal = _refusal(ports, session, person_id, patient, same, bound)
        if refusal is None:
            row = _add(ports, session, person_id, patient, first=not bound, opened=said["opened"])
            bind_tries.bound(ports, session, attempt, card_id=row.id, id_number=patient.id_number)
            kinship.write(session, row, said["relation"])
            _consent(ports, session, row, minor=said["minor"])
            holders.tell_owner(ports, session, row, phone=patient.phone)
            session.flush()
            holding.audit(session, person_id=person_id, action="cards.bind", subject=row.patient_id, at=row.bound_at)
            return holding.shown(ports, row)
    bind_tries.fail(ports, person_id=person_id, key=key, refusal=refusal)
    raise Refused(refusal)


def _refusal(ports: Ports, session: Session, person_id: int, patient: Patient, same: Any, bound: Any) -> str | None:
    """What stands in the way after all; without a refusal the phone's proof is used up."""
    if same is not None:
        return "card_bound"
    if len(bound) >= ports.rules["card_limit"]:
        return "card_limit"
    proof = codes.proven(ports, session, person_id=person_id, phone=patient.phone)
    return None if proof is not None and codes.use(session, proof, at=ports.now()) else "code_needed"


def _add(ports: Ports, session: Session, person_id: int, patient: Patient, *, first: bool, opened: bool) -> Any:
    seal = ports.crypto.seal
    row = rows.Card(
        ref=new_ref("c"),
        person_id=person_id,
        patient_id=patient.id,
        hospital_id=patient.id.split(".", 1)[0],
        name_sealed=seal(patient.name),
        id_sealed=seal(patient.id_number),
        id_hash=bind_tries.hash_of(ports, patient.id_number),
        phone_sealed=seal(patient.phone),
        card_no_sealed=seal(patient.card_no),
        sex=patient.sex,
        birth_date=patient.birth_date,
        kind=patient.card_kind,
        opened=opened,
        is_default=first,
        bound_at=ports.now(),
    )
    session.add(row)
    session.flush()
    return row


def _consent(ports: Ports, session: Session, row: Any, *, minor: bool) -> None:
    """The holder's own yes, and for a child the guardian's, each in the version of the words he read."""
    privacy.agree_by_binding(ports, session, person_id=row.person_id)
    if minor:
        purpose, version = holding.guardian_purpose(row.ref), privacy.version_of(ports, holding.BINDING)
        privacy.give(session, person_id=row.person_id, purpose=purpose, version=version, at=ports.now())
