"""The doctors' inbox: filters, pages and counts, and a tag that changes when anything in it does.

The tag is one aggregate over an index, so that a page that polls costs next to nothing while nothing happens: every
change of a question counts its `version` up, and time itself changes only who is late and whose hold ran out.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.errors import BadInput
from bot.ports import Ports
from bot.services import access
from bot.services.desk_lines import Waiting, line
from bot.services.desk_scope import scope, select
from bot.services.staff import Staff

FILTERS = ("all", "mine", "overdue", "flagged", "asked_back")
OPEN = ("waiting", "claimed")
BACK = "asked_back"
PAGE = 50
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Wanted:
    """What part of the inbox: one of `FILTERS`, one department's ('' = all), one doctor's ('' = all), a page from 1."""

    which: str = "all"
    department_id: str = ""
    doctor_id: str = ""
    page: int = 1


@dataclass(frozen=True)
class Inbox:
    """One page. `counts` by filter, `total` of the one that is shown; `departments`: (id, name) to choose from."""

    lines: tuple[Waiting, ...]
    counts: dict[str, int]
    total: int
    pages: int
    departments: tuple[tuple[str, str], ...]
    doctors: tuple[str, ...]
    tag: str


def parse(which: str = "", department_id: str = "", doctor_id: str = "", page: str = "") -> Wanted:
    """What an address asks for; what cannot be read is the beginning of everything. Never raises."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= len(str(LAST_PAGE)) else 1
    chosen = which if which in FILTERS else "all"
    return Wanted(chosen, department_id[:64], doctor_id[:64], min(max(number, 1), LAST_PAGE))


@access.reads("consult.inbox", why="answering")
def page(ports: Ports, *, staff: Staff, wanted: Wanted) -> Inbox:
    """One page of his scope: red flags first, then by deadline. Raises Refused (role), BadInput (no such filter)."""
    question = rows.Question
    with ports.transaction() as session:
        counts, stamp = _sums(ports, session, staff, wanted)
        total = counts[wanted.which]
        pages = max(-(-total // PAGE), 1)
        shown = _which(ports, staff, wanted)
        first = (min(wanted.page, pages) - 1) * PAGE
        order = (question.red_flag.desc(), question.due_at, question.id)
        found = session.execute(select(staff).where(*shown).order_by(*order).offset(first).limit(PAGE)).all()
        places = _places(session, staff)
        lines = tuple(line(ports, staff, *row) for row in found)
    departments = {department_id: name for department_id, name, _ in places}
    doctors = sorted({doctor for _, _, doctor in places if doctor})
    return Inbox(lines, counts, total, pages, tuple(departments.items()), tuple(doctors), _tag(staff, wanted, stamp))


def inbox(ports: Ports, *, staff: Staff) -> list[Waiting]:
    """The first page of all open questions of his scope. Raises Refused (role)."""
    return list(page(ports, staff=staff, wanted=Wanted()).lines)


def tag(ports: Ports, *, staff: Staff, wanted: Wanted) -> str:
    """Another one as soon as anything on the page, or its counts, would be another. Raises as `page`."""
    with ports.transaction() as session:
        return _tag(staff, wanted, _sums(ports, session, staff, wanted)[1])


def _sums(ports: Ports, session: Session, staff: Staff, wanted: Wanted) -> tuple[dict[str, int], str]:
    """How many each filter has, and what stands for the state of them all."""
    question, now = rows.Question, ports.now()
    open_ = question.state.in_(OPEN)
    filters = [sa.func.sum(sa.case((sa.and_(*_filter(ports, staff, name)), 1), else_=0)) for name in FILTERS]
    stamps = [
        sa.func.count(),
        sa.func.sum(question.id),
        sa.func.sum(question.version),
        sa.func.sum(question.id * question.version),
        sa.func.sum(sa.case((sa.and_(open_, question.claim_until < now), 1), else_=0)),
    ]
    seen = sa.select(*filters, *stamps).where(scope(staff), question.state.in_((*OPEN, BACK)), *_placed(wanted))
    sums = [int(value or 0) for value in session.execute(seen).one()]
    counts = dict(zip(FILTERS, sums, strict=False))
    return counts, " ".join(map(str, sums))


def _which(ports: Ports, staff: Staff, wanted: Wanted) -> list[Any]:
    return [*_filter(ports, staff, wanted.which), *_placed(wanted)]


def _filter(ports: Ports, staff: Staff, name: str) -> list[Any]:
    question, now = rows.Question, ports.now()
    open_ = question.state.in_(OPEN)
    asked_for = question.doctor_id == staff.doctor_id if staff.doctor_id else sa.false()
    holds = sa.and_(question.claimed_by == staff.id, question.claim_until >= now)
    filters = {
        "all": [open_],
        "mine": [open_, sa.or_(holds, question.preferred_by == staff.id, asked_for)],
        "overdue": [open_, question.due_at <= now],
        "flagged": [open_, question.red_flag.is_(True)],
        "asked_back": [question.state == BACK],
    }
    if name not in filters:
        raise BadInput
    return filters[name]


def _placed(wanted: Wanted) -> list[Any]:
    question = rows.Question
    chosen = ((question.department_id, wanted.department_id), (question.doctor_id, wanted.doctor_id))
    return [column == value for column, value in chosen if value]


def _places(session: Session, staff: Staff) -> list[Any]:
    question = rows.Question
    open_ = (scope(staff), question.state.in_((*OPEN, BACK)))
    query = sa.select(question.department_id, question.department_name, question.doctor_id).where(*open_)
    return list(session.execute(query.distinct().order_by(question.department_name)))


def _tag(staff: Staff, wanted: Wanted, stamp: str) -> str:
    return sha256(f"{staff.id} {staff.role} {wanted} {stamp}".encode()).hexdigest()[:24]
