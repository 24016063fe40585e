"""The parts of the doctors' inbox: what each filter holds, and what an address asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bot.db import consult as rows
from bot.errors import BadInput
from bot.ports import Ports
from bot.services.staff import Staff

FILTERS = ("all", "mine", "overdue", "flagged", "asked_back")
OPEN = ("waiting", "claimed")
BACK = "asked_back"
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Wanted:
    """What part of the inbox: one of `FILTERS`, one department's ('' = all), one doctor's ('' = all), a page from 1."""

    which: str = "all"
    department_id: str = ""
    doctor_id: str = ""
    page: int = 1

    @property
    def first(self) -> Wanted:
        """The same part from its beginning, whatever filter: all of them are counted together."""
        return replace(self, which="all", page=1)


def parse(which: str = "", department_id: str = "", doctor_id: str = "", page: str = "") -> Wanted:
    """What an address asks for; what cannot be read is the beginning of everything. Never raises."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= len(str(LAST_PAGE)) else 1
    chosen = which if which in FILTERS else "all"
    return Wanted(chosen, department_id[:64], doctor_id[:64], min(max(number, 1), LAST_PAGE))


def conditions(ports: Ports, staff: Staff, name: str) -> list[Any]:
    """What one filter asks of a question of his scope. Raises BadInput (no such filter)."""
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


def placed(wanted: Wanted) -> list[Any]:
    """Of which department, for which doctor."""
    question = rows.Question
    chosen = ((question.department_id, wanted.department_id), (question.doctor_id, wanted.doctor_id))
    return [column == value for column, value in chosen if value]
