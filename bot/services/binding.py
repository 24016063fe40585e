"""Binding a patient's card: who may try, what the hospital says, and who is told.

The phone is proven first (codes.py); only then is the hospital asked. Whatever disagrees there, a name, a number, a
phone, gets one answer by one way: `card_mismatch`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, time
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
from bot.services import codes, holders, holding, kinship, privacy, quotas, texts
from bot.services.holding import Card
from bot.services.identity import born_on, parse_id_number, parse_name, parse_phone

log = logging.getLogger(__name__)
NUMBER_QUOTA, FAILED_QUOTA = "bind_number", "bind_failed"
EVERYBODY = "all"


def send_code(ports: Ports, *, person_id: int, id_number: str, phone: str, key: str) -> codes.Sent:
    """Send the code that a binding needs, unless the binding could not succeed anyway.

    Raises what `codes.send` raises, BadInput, and Refused('card_limit' | 'card_bound' | 'too_many_tries').
    """
    number, phone = parse_id_number(id_number), parse_phone(phone)
    with ports.transaction() as session:
        _check_room(ports, session, person_id, _hash(ports, number))
        _check_tries(ports, session, person_id, key)
        if quotas.used(session, **_of_number(ports, number)) >= ports.rules["bind_tries_per_number_day"]:
            raise Refused("too_many_tries")
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
) -> Card:
    """Bind a patient's card; somebody the hospital does not know gets a new one there, paid by himself.

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
        done = _begin(ports, session, person_id, wanted, key)
    if done is not None:
        return _outcome(ports, done)
    patient = _asked(ports, person_id, wanted, key)
    if minor and relation in {None, "self"}:
        relation = "child"  # whoever agrees as a guardian is not the patient
    card = _settle(ports, person_id, patient, key, relation, minor=minor)
    texts.deliver_due(ports)  # the owner hears of it now; what does not leave goes with the jobs
    return card


def failures_today(ports: Ports) -> int:
    """How many bindings of all users failed on this hospital day."""
    with ports.transaction() as session:
        return quotas.used(session, kind=FAILED_QUOTA, subject=EVERYBODY, at=ports.now())


# -- before the hospital is asked ------------------------------------------------------------------------------
def _begin(ports: Ports, session: Session, person_id: int, wanted: dict[str, str], key: str) -> Any:
    """Open a try under the limits; gives the earlier try when the key has an outcome already."""
    hold_person(session, person_id)
    before = session.scalars(sa.select(rows.BindTry).where(rows.BindTry.key == key)).first()
    if before is not None and before.person_id != person_id:
        raise NotFound
    if before is not None and (before.card_id or before.refusal):
        return before
    id_hash = _hash(ports, wanted["id_number"])
    _check_room(ports, session, person_id, id_hash)
    if codes.proven(ports, session, person_id=person_id, phone=wanted["phone"]) is None:
        raise Refused("code_needed")
    _check_tries(ports, session, person_id, key)
    if before is None:
        _open_try(ports, session, person_id, wanted["id_number"], key)
    return None


def _check_room(ports: Ports, session: Session, person_id: int, id_hash: str) -> None:
    bound = session.scalars(holding.bound(person_id)).all()
    if any(row.id_hash == id_hash for row in bound):
        raise Refused("card_bound")
    if len(bound) >= ports.rules["card_limit"]:
        raise Refused("card_limit")


def _check_tries(ports: Ports, session: Session, person_id: int, key: str) -> None:
    tries = sa.select(sa.func.count()).where(
        rows.BindTry.person_id == person_id,
        rows.BindTry.at >= _midnight(ports.now()),
        rows.BindTry.card_id.is_(None),
        rows.BindTry.key != key,
    )
    if session.scalar(tries) >= ports.rules["bind_tries_per_day"]:
        raise Refused("too_many_tries")


def _open_try(ports: Ports, session: Session, person_id: int, id_number: str, key: str) -> None:
    limit = ports.rules["bind_tries_per_number_day"]
    if not quotas.take(session, **_of_number(ports, id_number), limit=limit):
        raise Refused("too_many_tries")
    facts = {"person_id": person_id, "at": ports.now(), "key": key}
    insert_new(session, rows.BindTry, **facts, id_hash=_hash(ports, id_number))


def _midnight(moment: datetime) -> datetime:
    return clock.utc(datetime.combine(clock.local(moment).date(), time()))


def _hash(ports: Ports, id_number: str) -> str:
    return ports.crypto.digest("id_number", id_number)


def _of_number(ports: Ports, id_number: str) -> dict[str, Any]:
    return {"kind": NUMBER_QUOTA, "subject": _hash(ports, id_number), "at": ports.now()}


def _outcome(ports: Ports, done: Any) -> Card:
    if done.refusal:
        raise Refused(done.refusal)
    with ports.transaction() as session:
        row = session.get(rows.Card, done.card_id)
        if row.active is None:
            raise NotFound
        return holding.shown(ports, row)


# -- the hospital's word -----------------------------------------------------------------------------------------
def _asked(ports: Ports, person_id: int, wanted: dict[str, str], key: str) -> Patient:
    try:
        return _patient(ports, wanted, key)
    except HisRefused:
        _close_try(ports, person_id, key, "card_mismatch")
        raise Refused("card_mismatch") from None
    except HisUnavailable:
        _forget_try(ports, wanted["id_number"], key)
        raise


def _patient(ports: Ports, wanted: dict[str, str], key: str) -> Patient:
    found = ports.his.find_patient(**wanted)
    if found is None:
        name, number, phone = wanted["name"], wanted["id_number"], wanted["phone"]
        found = ports.his.register_patient(name=name, id_number=number, phone=phone, key=key)
    if (found.id_number, found.name) != (wanted["id_number"], wanted["name"]):
        log.error("the HIS answered a binding with another patient's record")
        raise HisUnavailable
    return replace(found, phone=wanted["phone"])


def _close_try(ports: Ports, person_id: int, key: str, refusal: str) -> None:
    """Write down a failure once: on the try, in the day's count of all users, and in the audit trail."""
    open_try = (rows.BindTry.key == key, rows.BindTry.card_id.is_(None), rows.BindTry.refusal.is_(None))
    at = ports.now()
    with ports.transaction() as session:
        closed = sa.update(rows.BindTry).where(*open_try).values(refusal=refusal)
        if not session.execute(closed.execution_options(synchronize_session=False)).rowcount:
            return
        quotas.take(session, kind=FAILED_QUOTA, subject=EVERYBODY, at=at, limit=quotas.NO_LIMIT)
        failed = quotas.used(session, kind=FAILED_QUOTA, subject=EVERYBODY, at=at)
        holding.audit(session, person_id=person_id, action="cards.bind_failed", subject=key, reason=refusal, at=at)
        if failed == ports.rules["bind_failures_alarm"]:
            _alarm(session, failed, at)


def _alarm(session: Session, failed: int, at: datetime) -> None:
    """Somebody may be guessing, from many accounts: said once a day, in the log and in the audit trail."""
    log.error("ALARM: %s bindings of patient cards failed today", failed)
    privacy.audit(
        session,
        actor_kind="system",
        actor_id="binding",
        action="cards.alarm",
        subject=EVERYBODY,
        reason=f"{failed} failed",
        at=at,
    )


def _forget_try(ports: Ports, id_number: str, key: str) -> None:
    """Nothing was learnt from a try that the hospital did not answer, so it does not count."""
    open_try = (rows.BindTry.key == key, rows.BindTry.card_id.is_(None), rows.BindTry.refusal.is_(None))
    with ports.transaction() as session:
        gone = sa.delete(rows.BindTry).where(*open_try).execution_options(synchronize_session=False)
        if session.execute(gone).rowcount:
            quotas.give_back(session, **_of_number(ports, id_number))


# -- what stays --------------------------------------------------------------------------------------------------
def _settle(ports: Ports, person_id: int, patient: Patient, key: str, relation: str | None, *, minor: bool) -> Card:
    with ports.transaction() as session:
        hold_person(session, person_id)
        bound = session.scalars(holding.bound(person_id)).all()
        same = next((row for row in bound if row.patient_id == patient.id), None)
        attempt = session.scalars(sa.select(rows.BindTry).where(rows.BindTry.key == key)).first()
        if same is not None and attempt is not None and attempt.card_id == same.id:
            return holding.shown(ports, same)  # a twin of this call was faster
        refusal = _refusal(ports, session, person_id, patient, same, bound)
        if refusal is None:
            row = _add(ports, session, person_id, patient, first=not bound)
            if attempt is not None:
                attempt.card_id = row.id
            quotas.give_back(session, **_of_number(ports, patient.id_number))
            kinship.write(session, row, relation)
            _consent(ports, session, row, minor=minor)
            holders.tell_owner(ports, session, row, phone=patient.phone)
            session.flush()
            holding.audit(session, person_id=person_id, action="cards.bind", subject=row.patient_id, at=row.bound_at)
            return holding.shown(ports, row)
    _close_try(ports, person_id, key, refusal)
    raise Refused(refusal)


def _refusal(ports: Ports, session: Session, person_id: int, patient: Patient, same: Any, bound: Any) -> str | None:
    """What stands in the way after all; without a refusal the phone's proof is used up."""
    if same is not None:
        return "card_bound"
    if len(bound) >= ports.rules["card_limit"]:
        return "card_limit"
    proof = codes.proven(ports, session, person_id=person_id, phone=patient.phone)
    return None if proof is not None and codes.use(session, proof, at=ports.now()) else "code_needed"


def _add(ports: Ports, session: Session, person_id: int, patient: Patient, *, first: bool) -> Any:
    seal = ports.crypto.seal
    row = rows.Card(
        ref=new_ref("c"),
        person_id=person_id,
        patient_id=patient.id,
        hospital_id=patient.id.split(".", 1)[0],
        name_sealed=seal(patient.name),
        id_sealed=seal(patient.id_number),
        id_hash=_hash(ports, patient.id_number),
        phone_sealed=seal(patient.phone),
        card_no_sealed=seal(patient.card_no),
        sex=patient.sex,
        birth_date=patient.birth_date,
        kind=patient.card_kind,
        is_default=first,
        bound_at=ports.now(),
    )
    session.add(row)
    session.flush()
    return row


def _consent(ports: Ports, session: Session, row: Any, *, minor: bool) -> None:
    """The holder's own yes, and for a child the guardian's, each in the version of the words he read."""
    purposes = [holding.BINDING, *([holding.guardian_purpose(row.ref)] if minor else [])]
    version = str(ports.rules["consent_version"])
    for purpose in purposes:
        privacy.give(session, person_id=row.person_id, purpose=purpose, version=version, at=ports.now())
