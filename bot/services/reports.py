"""Lab and imaging reports of bound cards; every look is written down, and some results a doctor tells first."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from bot import clock
from bot.errors import HisRefused, HisUnavailable, NotFound, Refused
from bot.his.port import Observation, Report
from bot.ports import Ports
from bot.services import access, cards, offered, privacy, series, withheld
from bot.services.cards import Card
from bot.services.series import Trend

PURPOSE = "reports"
log = logging.getLogger(__name__)
REF = re.compile(r"(c_[0-9a-f]{10})\.([\w.:\-]{1,64})", re.ASCII)
KINDS = {"lab": "检验报告", "imaging": "检查报告"}


@dataclass(frozen=True)
class Line:
    """One report in a list; `ready_at` None = not ready, then `expected_at` may say when.

    A `held` one is named by its kind alone. `discreet` is a name that may travel through rasa.
    """

    ref: str
    card_ref: str
    masked_name: str
    name: str
    discreet: str
    kind: str
    ordered_at: datetime
    expected_at: datetime | None
    ready_at: datetime | None
    held: bool
    preliminary: bool


@dataclass(frozen=True)
class Full:
    """One whole report."""

    line: Line
    items: tuple[Observation, ...] = field(repr=False)
    finding: str = field(repr=False)
    impression: str = field(repr=False)
    doctor_name: str

    @property
    def out(self) -> tuple[Observation, ...]:
        """What is outside its range."""
        return tuple(item for item in self.items if item.flag not in {"N", ""})

    @property
    def all_within(self) -> bool:
        """Every value was judged, and none is out."""
        return bool(self.items) and all(item.flag == "N" for item in self.items)


@access.reads("reports.list", why="own")
def mine(ports: Ports, *, person_id: int, card_ref: str | None = None) -> list[Line]:
    """Reports of one card, or of all, of the last years that the rules name; newest first.

    Raises NotFound (card), Refused('consent_reports'), HisRefused('not_offered'), HisUnavailable.
    """
    chosen = _chosen(ports, person_id, card_ref)
    if chosen:
        privacy.require(ports, person_id=person_id, purpose=PURPOSE)
    lines = offered.gathered(partial(_lines, ports, card) for card in chosen)
    access.concerning(*(card.patient_id for card in chosen))
    return sorted(lines, key=lambda line: line.ordered_at, reverse=True)


@access.reads("reports.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Full:
    """Give one whole report.

    Raises NotFound (unknown and another's alike), Refused('report_not_ready' | 'report_held' | 'consent_reports') and
    HisUnavailable.
    """
    card, report = _found(ports, person_id, ref)
    access.concerning(f"{card.patient_id}/{report.id}")
    if report.ready_at is None:
        raise Refused("report_not_ready", expected_at=report.expected_at)
    if withheld.held(ports.rules, report):
        raise Refused("report_held")
    line = _line(ports, card, report)
    return Full(line, report.items, report.finding, report.impression, report.doctor_name)


@access.reads("reports.trend", why="own")
def trend(ports: Ports, *, person_id: int, ref: str, code: str) -> Trend:
    """One item of this report through all final reports of its name that may be shown.

    Raises as `one` does, and NotFound for an item that the report does not have.
    """
    full = one(ports, person_id=person_id, ref=ref)
    item = next((item for item in full.items if item.code == code), None)
    if item is None:
        raise NotFound
    return _trend(ports, person_id, full, item)


@access.reads("reports.trend", why="own")
def trend_of_line(ports: Ports, *, person_id: int, ref: str, place: int) -> Trend:
    """As `trend`, the item named by its place in the report: an address that says nothing of what was examined."""
    full = one(ports, person_id=person_id, ref=ref)
    if not 0 <= place < len(full.items):
        raise NotFound
    return _trend(ports, person_id, full, full.items[place])


def _trend(ports: Ports, person_id: int, full: Full, item: Observation) -> Trend:
    card = cards.one(ports, person_id=person_id, ref=full.line.card_ref)
    same = [report for report in _of(ports, card) if _comparable(report, full.line)]
    shown, held_back = _readable(ports, card, same[: int(ports.rules["trend_reports"])])
    access.concerning(*(f"{card.patient_id}/{report.id}" for report in shown))
    points = [
        series.point(report.ready_at or report.ordered_at, line, f"{card.ref}.{report.id}")
        for report in shown
        for line in report.items
        if line.code == item.code
    ]
    return Trend(full.line.ref, item.code, item.name, card.masked_name, series.by_unit(points), held_back)


def shown_to(ports: Ports, *, person_id: int, ref: str) -> bool:
    """Whether this person could open this report now; not a look at it. Raises HisUnavailable."""
    try:
        _, report = _found(ports, person_id, ref)
    except (NotFound, Refused):
        return False
    return report.ready_at is not None and not withheld.held(ports.rules, report)


def since(ports: Ports) -> date:
    """The first day whose papers are shown."""
    today = clock.local(ports.now()).date()
    year = today.year - int(ports.rules["report_years"])
    day = min(today.day, 28) if today.month == 2 else today.day  # noqa: PLR2004 - 29 February
    return date(year, today.month, day)


def _comparable(report: Report, line: Line) -> bool:
    return report.kind == "lab" and report.name == line.name and report.status == "final" and bool(report.ready_at)


def _readable(ports: Ports, card: Card, heads: Iterable[Report]) -> tuple[list[Report], int]:
    """Whole reports that may be shown, and how many may not."""
    whole = [_read(ports, card, head.id) for head in heads]
    shown = [report for report in whole if report.ready_at and not withheld.held(ports.rules, report)]
    return shown, len(whole) - len(shown)


def _chosen(ports: Ports, person_id: int, card_ref: str | None) -> list[Card]:
    if card_ref is None:
        return cards.mine(ports, person_id=person_id)
    return [cards.one(ports, person_id=person_id, ref=card_ref)]


def _found(ports: Ports, person_id: int, ref: str) -> tuple[Card, Report]:
    parts = REF.fullmatch(str(ref))
    if parts is None:
        raise NotFound
    card = cards.one(ports, person_id=person_id, ref=parts[1])
    privacy.require(ports, person_id=person_id, purpose=PURPOSE)
    return card, _read(ports, card, parts[2])


def _lines(ports: Ports, card: Card) -> list[Line]:
    return [_line(ports, card, report) for report in _of(ports, card)]


def _of(ports: Ports, card: Card) -> list[Report]:
    """Heads of one card, newest first."""
    first = since(ports)
    found = ports.his.reports(card.patient_id, since=first)
    _check(card, found)
    recent = [report for report in found if clock.local(report.ordered_at).date() >= first]
    return sorted(recent, key=lambda report: report.ordered_at, reverse=True)


def _read(ports: Ports, card: Card, report_id: str) -> Report:
    try:
        report = ports.his.report(patient_id=card.patient_id, report_id=report_id)
    except HisRefused:
        raise NotFound from None
    _check(card, [report])
    if report.id != report_id:
        raise HisUnavailable
    if clock.local(report.ordered_at).date() < since(ports):
        raise NotFound
    return report


def _check(card: Card, reports: list[Report]) -> None:
    """Another patient's report is never shown, and none twice: it is an alarm."""
    if any(report.patient_id != card.patient_id for report in reports):
        log.error("HIS ALARM another patient's report for card %s", card.ref)
        raise HisUnavailable
    if len({report.id for report in reports}) != len(reports):
        log.error("HIS ALARM a report twice for card %s", card.ref)
        raise HisUnavailable


def _line(ports: Ports, card: Card, report: Report) -> Line:
    held = report.ready_at is not None and withheld.held(ports.rules, report)
    plain = KINDS.get(report.kind, "报告")
    return Line(
        ref=f"{card.ref}.{report.id}",
        card_ref=card.ref,
        masked_name=card.masked_name,
        name=plain if held else report.name,
        discreet=plain if held or withheld.sensitive(ports.rules, report) else report.name,
        kind=report.kind,
        ordered_at=report.ordered_at,
        expected_at=report.expected_at,
        ready_at=report.ready_at,
        held=held,
        preliminary=report.ready_at is not None and report.status == "preliminary",
    )
