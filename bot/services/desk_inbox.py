"""The doctors' inbox: one page of it, and a tag that changes when anything on it, or in its counts, does."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.ports import Ports
from bot.services import access, desk_sums
from bot.services.desk_filters import FILTERS, Wanted, conditions, parse, placed
from bot.services.desk_lines import Waiting, line
from bot.services.desk_scope import scope, select
from bot.services.desk_sums import Sums
from bot.services.staff import Staff

__all__ = ["FILTERS", "PAGE", "Inbox", "Wanted", "inbox", "page", "parse", "tag"]
PAGE = 50


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


@access.reads("consult.inbox", why="answering")
def page(ports: Ports, *, staff: Staff, wanted: Wanted) -> Inbox:
    """One page of his scope: red flags first, then by deadline. Raises Refused (role), BadInput (no such filter)."""
    with ports.transaction() as session:
        sums = desk_sums.of(ports, session, staff=staff, wanted=wanted)
        total = sums.counts.get(wanted.which, 0)
        pages = max(-(-total // PAGE), 1)
        ids = _ids(ports, session, staff, wanted, min(wanted.page, pages))
        lines = tuple(line(ports, staff, *row) for row in _rows(session, staff, ids))
    departments = {department_id: name for department_id, name, _ in sums.places}
    doctors = sorted({doctor for _, _, doctor in sums.places if doctor})
    return Inbox(
        lines, sums.counts, total, pages, tuple(departments.items()), tuple(doctors), _tag(staff, wanted, sums)
    )


def inbox(ports: Ports, *, staff: Staff) -> list[Waiting]:
    """The first page of all open questions of his scope. Raises Refused (role)."""
    return list(page(ports, staff=staff, wanted=Wanted()).lines)


def tag(ports: Ports, *, staff: Staff, wanted: Wanted) -> str:
    """Another one as soon as anything on the page, or its counts, would be another. Raises as `page`."""
    with ports.transaction() as session:
        return _tag(staff, wanted, desk_sums.of(ports, session, staff=staff, wanted=wanted))


def _ids(ports: Ports, session: Session, staff: Staff, wanted: Wanted, number: int) -> list[int]:
    """The ids of one page in their order: what is sorted is small, whatever was written in the questions."""
    question = rows.Question
    shown = (scope(staff), *conditions(ports, staff, wanted.which), *placed(wanted))
    order = (question.red_flag.desc(), question.due_at, question.id)
    query = sa.select(question.id).where(*shown).order_by(*order)
    return list(session.scalars(query.offset((number - 1) * PAGE).limit(PAGE)))


def _rows(session: Session, staff: Staff, ids: list[int]) -> list[Any]:
    found = session.execute(select(staff).where(rows.Question.id.in_(ids))).all()
    return sorted(found, key=lambda row: ids.index(row[0].id))


def _tag(staff: Staff, wanted: Wanted, sums: Sums) -> str:
    return sha256(f"{staff.id} {staff.role} {wanted} {sums.print}".encode()).hexdigest()[:24]
