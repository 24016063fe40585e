"""A place on offer that the hospital takes away (its clinic is called off, the desk gave it to somebody).

Its patient is told, and stands in line again where he stood.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.waitlist import Wait, WaitOffer
from bot.errors import HisRefused, OddAnswer
from bot.his.port import Change
from bot.ports import Ports
from bot.push import outbox, quiet
from bot.services import words
from bot.services.waitlist_offers import move

log = logging.getLogger(__name__)


def on_offer(ports: Ports, appointments: Collection[str]) -> set[str]:
    """Which of these appointments are places on offer."""
    return {offer.appointment_id for offer in _offers(ports) if offer.appointment_id in appointments}


def hear(ports: Ports, change: Change) -> int:
    """Ask about the place on offer that this news is about; gives how many are gone. Raises HisUnavailable."""
    concerned = [offer for offer in _offers(ports) if offer.appointment_id == change.subject_id]
    return sum(_gone(ports, offer) and _end(ports, offer) for offer in concerned)


def _offers(ports: Ports) -> list[Any]:
    """All on offer anywhere: they are few, and news are many."""
    query = sa.select(WaitOffer).where(WaitOffer.state == "offered", WaitOffer.until > ports.now())
    with ports.transaction() as session:
        return list(session.scalars(query.order_by(WaitOffer.id)))


def _gone(ports: Ports, offer: Any) -> bool:
    try:
        now = ports.his.appointment(offer.appointment_id)
    except HisRefused:
        log.warning("the HIS told of offer %s and does not know it", offer.ref)
        return False
    if now.id != offer.appointment_id:
        log.error("HIS ALARM offer %s was answered with another appointment", offer.ref)
        raise OddAnswer
    return now.state in {"cancelled", "stopped"}


def _end(ports: Ports, offer: Any) -> bool:
    """False = its patient or the clock was faster."""
    waiting = sa.update(Wait).where(Wait.id == offer.wait_id, Wait.state == "offered").values(state="waiting")
    with ports.transaction() as session:
        if not move(session, offer.id, {"offered"}, state="ended", open=None):
            return False
        session.execute(waiting.execution_options(synchronize_session=False))
        _tell(ports, session, offer)
    return True


def _tell(ports: Ports, session: Session, offer: Any) -> None:
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=session.get(Wait, offer.wait_id).person_id,
        kind="wait_lost",
        payload=words.say("utter_place_taken_away"),
        dedupe_key=f"wait_lost:{offer.ref}",
        due_at=quiet.waking(ports.rules, ports.now()),
        expires_at=offer.until,
    )
