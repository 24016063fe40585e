"""报告出来了: one word to those who bound the card, without what it is, once, and never of a held result."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.db.base import insert_new
from bot.db.cards import Card
from bot.db.reports import ReportCursor
from bot.errors import HisRefused, HisUnavailable, Unavailable
from bot.his.port import Change, Report
from bot.ports import Ports
from bot.push import outbox
from bot.services import cards, privacy, reports, withheld

log = logging.getLogger(__name__)
KIND = "report_ready"


def tell(ports: Ports) -> int:
    """Write a notice for every report that can be shown since the last time; returns how many were new.

    Any number of workers may do this at once. What the HIS does not answer now is asked again, until it is too old.
    """
    asked_at, told, open_from = ports.now(), 0, []
    for change in ports.his.changes(since=_begin(ports)):
        try:
            told += _tell(ports, change) if change.kind == KIND else 0
        except Unavailable:
            open_from.append(change.at)
    _advance(ports, to=min([*open_from, asked_at]))
    return told


def stands(ports: Ports, *, person_id: int, ref: str) -> bool:
    """Whether the notice may still go out: card bound, consent given, report not held. Raises HisUnavailable."""
    with ports.transaction() as session:
        if not privacy.has(session, person_id=person_id, purpose=cards.PURPOSE):
            return False
    return reports.shown_to(ports, person_id=person_id, ref=ref)


def _tell(ports: Ports, change: Change) -> int:
    holders = _holders(ports, change.patient_id)
    if not holders:
        return 0
    report = _read(ports, str(change.patient_id), change.subject_id)
    if report is None or report.ready_at is None or withheld.held(ports.rules, report):
        return 0
    return sum(_enqueue(ports, card_id, report) for card_id in holders)


def _holders(ports: Ports, patient_id: str | None) -> list[int]:
    """Ids of the bindings of this patient that stand now."""
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Card.id).where(Card.patient_id == patient_id, Card.active == 1)))


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


def _begin(ports: Ports) -> datetime:
    """Where to begin to ask: a little before the last time, never further back than a notice may be late."""
    overlap = timedelta(minutes=ports.rules["report_overlap_minutes"])
    oldest = ports.now() - timedelta(hours=ports.rules["report_notice_hours"])
    with ports.transaction() as session:
        at = session.scalar(sa.select(ReportCursor.at)) or ports.now()
    return max(at - overlap, oldest)


def _advance(ports: Ports, *, to: datetime) -> None:
    """Only forwards: a slow worker does not take back what a quick one has done."""
    with ports.transaction() as session:
        if not insert_new(session, ReportCursor, id=1, at=to):
            moved = sa.update(ReportCursor).where(ReportCursor.id == 1, ReportCursor.at < to).values(at=to)
            session.execute(moved.execution_options(synchronize_session=False))
