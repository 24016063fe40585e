"""Consent: a person's yes to one purpose, in the version of the words he was shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.messages import hold_person
from bot.db.privacy import Consent, consent_state, last_consent
from bot.errors import Refused
from bot.ports import Ports
from bot.services.audit import ChainCheck, verify
from bot.services.audit import record as audit

__all__ = [
    "PURPOSES",
    "ChainCheck",
    "agree",
    "agree_by_binding",
    "audit",
    "begin",
    "demand",
    "give",
    "has",
    "refuse",
    "require",
    "standing",
    "verify",
    "version_of",
    "withdraw",
]
PURPOSES = ("binding", "reports", "consult", "push")  # each has a version under `consent` in rules.yaml


def give(session: Session, *, person_id: int, purpose: str, version: str, at: datetime) -> None:
    """Write down a yes; an older yes to another version ends with it."""
    last = last_consent(session, person_id=person_id, purpose=purpose)
    if last is not None and last.withdrawn_at is None and last.version == version:
        return
    withdraw(session, person_id=person_id, purpose=purpose, at=at)
    session.execute(sa.insert(Consent).values(person_id=person_id, purpose=purpose, version=version, given_at=at))


def has(session: Session, *, person_id: int, purpose: str) -> bool:
    """Tell whether a yes to this purpose stands, in whatever version."""
    last = last_consent(session, person_id=person_id, purpose=purpose)
    return last is not None and last.withdrawn_at is None


def withdraw(session: Session, *, person_id: int, purpose: str, at: datetime) -> bool:
    """Take a yes back; False = there was none."""
    done = session.execute(
        sa.update(Consent)
        .where(Consent.person_id == person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


def standing(ports: Ports, session: Session, *, person_id: int, purpose: str) -> str:
    """`given` | `outdated` (the words have changed since) | `withdrawn` | `never`."""
    return consent_state(session, person_id=person_id, purpose=purpose, version=version_of(ports, purpose))


def version_of(ports: Ports, purpose: str) -> str:
    """The version of the words that hold now."""
    return str(ports.rules["consent"][purpose])


def begin(ports: Ports, session: Session, *, person_id: int, purposes: Sequence[str]) -> None:
    """Write down the first yes, which lies in an act whose prompt named these purposes; never over a no."""
    for purpose in purposes:
        if standing(ports, session, person_id=person_id, purpose=purpose) == "never":
            version = version_of(ports, purpose)
            give(session, person_id=person_id, purpose=purpose, version=version, at=ports.now())


def agree_by_binding(ports: Ports, session: Session, *, person_id: int) -> None:
    """Binding a card is the yes to it, also after a no, and the first yes to what its prompt names beside."""
    at, version = ports.now(), version_of(ports, "binding")
    give(session, person_id=person_id, purpose="binding", version=version, at=at)
    begin(ports, session, person_id=person_id, purposes=ports.rules["consent_by_binding"])


def agree(ports: Ports, *, person_id: int, purpose: str) -> None:
    """Write down an express yes, also after a no. The same yes twice is one.

    Raises Refused for a purpose that is none, NotFound.
    """
    if purpose not in PURPOSES:
        raise Refused
    at, version = ports.now(), version_of(ports, purpose)
    with ports.transaction() as session:
        hold_person(session, person_id)
        if standing(ports, session, person_id=person_id, purpose=purpose) != "given":
            give(session, person_id=person_id, purpose=purpose, version=version, at=at)
            _note(session, person_id, "consent.give", f"{purpose}/{version}", at)


def refuse(ports: Ports, *, person_id: int, purpose: str) -> bool:
    """Take a yes back, at once for the next request; False = there was none."""
    at = ports.now()
    with ports.transaction() as session:
        done = withdraw(session, person_id=person_id, purpose=purpose, at=at)
        if done:
            _note(session, person_id, "consent.withdraw", purpose, at)
    return done


def require(ports: Ports, *, person_id: int, purpose: str) -> None:
    """Raise Refused('consent_<purpose>') unless a yes to the words of now stands."""
    with ports.transaction() as session:
        demand(ports, session, person_id=person_id, purpose=purpose)


def demand(ports: Ports, session: Session, *, person_id: int, purpose: str) -> None:
    """As `require`, in the caller's transaction."""
    if standing(ports, session, person_id=person_id, purpose=purpose) != "given":
        raise Refused(f"consent_{purpose}")


def _note(session: Session, person_id: int, action: str, subject: str, at: datetime) -> None:
    audit(
        session,
        actor_kind="person",
        actor_id=person_id,
        action=action,
        subject=subject,
        about=f"person/{person_id}",
        at=at,
    )
