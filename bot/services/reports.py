"""Lab and imaging reports of bound cards; every look is written down."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from bot import clock
from bot.errors import HisRefused, HisUnavailable, NotFound, Refused
from bot.his.port import Observation, Report
from bot.ports import Ports
from bot.services import access, cards, privacy
from bot.services.cards import Card

PURPOSE = "reports"
log = logging.getLogger(__name__)
REF = re.compile(r"(c_[0-9a-f]{10})\.([\w.\-]{1,64})", re.ASCII)


@dataclass(frozen=True)
class Line:
    """One report in a list; `ready_at` None = not ready, then `expected_at` may say when."""

    ref: str
    card_ref: str
    masked_name: str
    name: str
    kind: str
    ordered_at: datetime
    expected_at: datetime | None
    ready_at: datetime | None


@dataclass(frozen=True)
class Full:
    """One whole report."""

    line: Line
    items: tuple[Observation, ...] = field(repr=False)
    finding: str = field(repr=False)
    impression: str = field(repr=False)
    doctor_name: str


@access.reads("reports.list", why="own")
def mine(ports: Ports, *, person_id: int, card_ref: str | None = None) -> list[Line]:
    """Reports of one card, or of all, of the last years that the rules name; newest first.

    Raises NotFound (card), Refused('consent_reports'), HisUnavailable.
    """
    chosen = _chosen(ports, person_id, card_ref)
    if chosen:
        privacy.require(ports, person_id=person_id, purpose=PURPOSE)
    since = _since(ports)
    lines = [_line(card, report) for card in chosen for report in _of(ports, card, since)]
    access.concerning(*(card.patient_id for card in chosen))
    return sorted(lines, key=lambda line: line.ordered_at, reverse=True)


@access.reads("reports.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Full:
    """Give one whole report.

    Raises NotFound (unknown and another's alike), Refused('report_not_ready' | 'consent_reports') and HisUnavailable.
    """
    parts = REF.fullmatch(str(ref))
    if parts is None:
        raise NotFound
    card = cards.one(ports, person_id=person_id, ref=parts[1])
    privacy.require(ports, person_id=person_id, purpose=PURPOSE)
    report = _read(ports, card, parts[2])
    if report.ready_at is None:
        raise Refused("report_not_ready", expected_at=report.expected_at)
    access.concerning(f"{card.patient_id}/{report.id}")
    return Full(_line(card, report), report.items, report.finding, report.impression, report.doctor_name)


def _chosen(ports: Ports, person_id: int, card_ref: str | None) -> list[Card]:
    if card_ref is None:
        return cards.mine(ports, person_id=person_id)
    return [cards.one(ports, person_id=person_id, ref=card_ref)]


def _since(ports: Ports) -> date:
    today = clock.local(ports.now()).date()
    year = today.year - int(ports.rules["report_years"])
    day = min(today.day, 28) if today.month == 2 else today.day  # noqa: PLR2004 - 29 February
    return date(year, today.month, day)


def _of(ports: Ports, card: Card, since: date) -> list[Report]:
    found = ports.his.reports(card.patient_id, since=since)
    _check(card, found)
    return [report for report in found if clock.local(report.ordered_at).date() >= since]


def _read(ports: Ports, card: Card, report_id: str) -> Report:
    try:
        report = ports.his.report(patient_id=card.patient_id, report_id=report_id)
    except HisRefused:
        raise NotFound from None
    _check(card, [report])
    if report.id != report_id:
        raise HisUnavailable
    if clock.local(report.ordered_at).date() < _since(ports):
        raise NotFound
    return report


def _check(card: Card, reports: Iterable[Report]) -> None:
    """Another patient's report is never shown: it is an alarm."""
    if any(report.patient_id != card.patient_id for report in reports):
        log.error("the HIS answered with another patient's report for card %s", card.ref)
        raise HisUnavailable


def _line(card: Card, report: Report) -> Line:
    return Line(
        ref=f"{card.ref}.{report.id}",
        card_ref=card.ref,
        masked_name=card.masked_name,
        name=report.name,
        kind=report.kind,
        ordered_at=report.ordered_at,
        expected_at=report.expected_at,
        ready_at=report.ready_at,
    )
