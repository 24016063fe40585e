"""报告出来了: one word to those who bound the card, without what it is, once, and never of a held result."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

import sqlalchemy as sa

from bot.db.cards import Card
from bot.errors import HisRefused, HisUnavailable
from bot.his.port import Change, Report
from bot.ports import Ports
from bot.push import outbox
from bot.services import cards, privacy, reports, withheld

log = logging.getLogger(__name__)
KIND = "report_ready"


def hear(ports: Ports, change: Change) -> int:
    """Write the notices for a report of the hospital's news, if it can be shown; gives how many were new.

    Raises HisUnavailable: the change is looked into again.
    """
    holders = _holders(ports, change.patient_id)
    if not holders:
        return 0
    report = _read(ports, str(change.patient_id), change.subject_id)
    if report is None or report.ready_at is None or withheld.held(ports.rules, report):
        return 0
    return sum(_enqueue(ports, card_id, report) for card_id in holders)


def stands(ports: Ports, *, person_id: int, ref: str) -> bool:
    """Whether the notice may still go out: card bound, consent given, report not held. Raises HisUnavailable."""
    with ports.transaction() as session:
        if not privacy.has(session, person_id=person_id, purpose=cards.PURPOSE):
            return False
    return reports.shown_to(ports, person_id=person_id, ref=ref)


def _holders(ports: Ports, patient_id: str | None) -> list[int]:
    """Ids of the bindings of this patient that stand now, oldest first."""
    bound = sa.select(Card.id).where(Card.patient_id == patient_id, Card.active == 1)
    with ports.transaction() as session:
        return list(session.scalars(bound.order_by(Card.id)))


def _read(ports: Ports, patient_id: str, report_id: str) -> Report | None:
    try:
        report = ports.his.report(patient_id=patient_id, report_id=report_id)
    except HisRefused:
        return None
    if (report.patient_id, report.id) != (patient_id, report_id):
        log.error("HIS ALARM another report than the one asked for")
        raise HisUnavailable
    return report


def _enqueue(ports: Ports, card_id: int, report: Report) -> bool:
    """False = told before, or the card was unbound or the consent taken back meanwhile."""
    with ports.transaction() as session:
        card = session.scalars(_bound(card_id)).first()
        if card is None or not privacy.has(session, person_id=card.person_id, purpose=cards.PURPOSE):
            return False
        return outbox.enqueue(
            session,
            crypto=ports.crypto,
            person_id=card.person_id,
            kind=KIND,
            payload={"view": "report_notice", "ref": f"{card.ref}.{report.id}"},
            dedupe_key=dedupe_key(card.person_id, report),
            due_at=ports.now(),
            expires_at=ports.now() + timedelta(hours=ports.rules["report_notice_hours"]),
        )


def _bound(card_id: int) -> sa.sql.Select:
    """The row is locked: an unbinding comes wholly before or wholly after."""
    return sa.select(Card).where(Card.id == card_id, Card.active == 1).with_for_update()


def dedupe_key(person_id: int, report: Report) -> str:
    """One notice a person, report and status: the final one after a preliminary one is news again."""
    return f"report:{hashlib.sha256(f'{person_id}/{report.id}/{report.status}'.encode()).hexdigest()[:40]}"
