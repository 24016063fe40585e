"""Reports that an asker shows to whoever answers: his own act names each one, and taking it back hides it at once.

Only a reference is kept. The doctor reads the report of now through the report service, as its patient would see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.base import insert_new
from bot.errors import NotFound, PeizhenError, Refused
from bot.ports import Ports
from bot.services import access, consult, desk, privacy, reports
from bot.services.consult_rows import held
from bot.services.reports import Full, Line
from bot.services.staff import Staff

ENDED = ("withdrawn", "refused", "closed")
LISTED = 20  # newest reports that can be chosen


@dataclass(frozen=True)
class Choice:
    """One report that could be shown, and whether it is."""

    line: Line
    given: bool


@dataclass(frozen=True)
class Shown:
    """One report beside a question, for its doctor: its number there and since when; its name comes with a look."""

    number: int
    given_at: datetime


@access.reads("consult.reports", why="own")
def choices(ports: Ports, *, person_id: int, ref: str) -> list[Choice]:
    """The reports that he may show, newest first. Raises NotFound, Refused('consent_reports'), HisUnavailable."""
    with ports.transaction() as session:
        given = set(_given(session, held(session, person_id, ref).id))
    lines = [one for one in reports.mine(ports, person_id=person_id) if one.ready_at is not None and not one.held]
    return [Choice(line, line.ref in given) for line in lines[:LISTED]]


@access.acts("consult.give_report", why="own")
def give(ports: Ports, *, person_id: int, ref: str, report_ref: str) -> None:
    """Show one of his reports to whoever answers this question: the express yes to that. Twice is once.

    Raises NotFound (question, report), Refused('many_reports' | 'not_waiting'), HisUnavailable.
    """
    if not reports.shown_to(ports, person_id=person_id, ref=report_ref):
        raise NotFound
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        if question.state in ENDED:
            raise Refused("not_waiting")
        if report_ref in _given(session, question.id):
            return
        if len(_given(session, question.id)) >= int(ports.rules["reports_per_question"]):
            raise Refused("many_reports", most=ports.rules["reports_per_question"])
        _insert(ports, session, question, report_ref)
        consult.audit(session, person_id, "consult.give_report", question.ref, ports.now())


@access.acts("consult.hide_report", why="own")
def take_back(ports: Ports, *, person_id: int, ref: str, report_ref: str) -> None:
    """Hide a report again; from the next look on nobody sees it. Twice is once. Raises NotFound."""
    report = rows.QuestionReport
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        done = session.execute(
            sa.update(report)
            .where(report.question_id == question.id, report.report_ref == str(report_ref)[:80])
            .where(report.withdrawn_at.is_(None))
            .values(withdrawn_at=ports.now())
            .execution_options(synchronize_session=False)
        )
        if done.rowcount:
            consult.audit(session, person_id, "consult.hide_report", question.ref, ports.now())


def given_to(session: Session, *, question_id: int) -> int:
    """How many reports are shown beside a question."""
    return len(_given(session, question_id))


# -- the doctor's side -------------------------------------------------------------------------------------------
def shown(session: Session, *, question_id: int) -> list[Shown]:
    """The reports beside a question; whoever calls has checked that he may read it."""
    found = _numbered(session, question_id)
    return [Shown(n, row.given_at) for n, row in found.items() if row.withdrawn_at is None]


@access.reads("consult.shown_report", why="answering")
def one(ports: Ports, *, staff: Staff, ref: str, number: int) -> Full:
    """Read a report beside a question of his scope, counted from 1.

    Raises NotFound (none, taken back, of a card that was let go, no consent any more), Refused (role), HisUnavailable.
    """
    with ports.transaction() as session:
        question = desk.found(session, staff, ref)[0]
        row = _numbered(session, question.id).get(number)
        if row is None or row.withdrawn_at is not None or not _may(ports, session, question.person_id):
            raise NotFound
    full = _read(ports, question.person_id, row.report_ref)
    access.concerning(f"{question.ref}/{full.line.ref}", person_id=question.person_id)
    return full


def _read(ports: Ports, person_id: int, report_ref: str) -> Full:
    try:
        return reports.one(ports, person_id=person_id, ref=report_ref)
    except Refused as refusal:
        raise NotFound from refusal


def _may(ports: Ports, session: Session, person_id: int) -> bool:
    """Whether the asker's yes to asking and to reports stands."""
    try:
        for purpose in (consult.PURPOSE, reports.PURPOSE):
            privacy.demand(ports, session, person_id=person_id, purpose=purpose)
    except PeizhenError:
        return False
    return True


def _numbered(session: Session, question_id: int) -> dict[int, Any]:
    """All that were ever shown: taking one back renumbers none."""
    report = rows.QuestionReport
    found = session.scalars(sa.select(report).where(report.question_id == question_id).order_by(report.id)).all()
    return dict(enumerate(found, start=1))


def _given(session: Session, question_id: int) -> list[str]:
    return [row.report_ref for row in _numbered(session, question_id).values() if row.withdrawn_at is None]


def _insert(ports: Ports, session: Session, question: Any, report_ref: str) -> None:
    facts = {"question_id": question.id, "person_id": question.person_id, "given_at": ports.now()}
    if insert_new(session, rows.QuestionReport, report_ref=report_ref, **facts):
        return
    report = rows.QuestionReport  # shown before and taken back: shown again
    session.execute(
        sa.update(report)
        .where(report.question_id == question.id, report.report_ref == report_ref)
        .values(withdrawn_at=None, given_at=ports.now())
        .execution_options(synchronize_session=False)
    )
