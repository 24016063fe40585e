"""What was said to the assistant and what came of it, counted from what stands beside each message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.messages import Inbox
from bot.ports import Ports
from bot.services import intents
from bot.services.insight_window import Window, as_date

TOPICS = 12  # listed at most
UNMET = ("missed", "odd", "person")  # outcomes of a turn in which the assistant was no help


@dataclass(frozen=True)
class Day:
    """One hospital day; `turns`: messages that the dialogue answered, `unmet`: those in which it was no help."""

    day: date
    messages: int = 0
    patients: int = 0
    turns: int = 0
    unmet: int = 0

    @property
    def rate(self) -> float | None:
        """0–1; None = nothing was said."""
        return self.unmet / self.turns if self.turns else None


@dataclass(frozen=True)
class Talks:
    """All days and their sum; `outcomes`: how often each; `patients` of the sum are counted once.

    Of one department there are no days, as few patients speak of one on a day.
    """

    days: tuple[Day, ...]
    total: Day
    outcomes: dict[str, int]


@dataclass(frozen=True)
class Topic:
    """A wish or a department, by how many patients and how often it was spoken of."""

    name: str
    patients: int
    times: int


@dataclass(frozen=True)
class Topics:
    """What enough patients asked, most asked first; `hidden`: how many more were asked by too few to be shown."""

    shown: tuple[Topic, ...]
    hidden: int


def talks(ports: Ports, session: Session, wanted: Window) -> Talks | None:
    """Messages, patients and outcomes, day by day; None = too few patients spoke of this department."""
    total = Day(wanted.until, *(int(sum_ or 0) for sum_ in session.execute(_summed(wanted)).one()))
    if wanted.department and total.patients < _least(ports):
        return None
    query = sa.select(Inbox.outcome, sa.func.count()).where(*_said(wanted), Inbox.outcome.is_not(None))
    outcomes = {str(name): int(count) for name, count in session.execute(query.group_by(Inbox.outcome))}
    return Talks(() if wanted.department else _days(session, wanted), total, outcomes)


def _days(session: Session, wanted: Window) -> tuple[Day, ...]:
    number = wanted.day_of(Inbox.received_at, machine=True).label("day")
    rows = session.execute(_summed(wanted).add_columns(number).group_by(number)).all()
    found = {as_date(row.day): row[:-1] for row in rows}
    return tuple(Day(day, *(int(value) for value in found.get(day, ()))) for day in wanted.days)


def asked(ports: Ports, session: Session, wanted: Window) -> Topics:
    """What patients wanted, by the names that staff know."""
    names = intents.names()
    return _topics(ports, session, wanted, Inbox.wish, {n: words for n, words in names.items() if n != "odd"})


def places(ports: Ports, session: Session, wanted: Window, names: dict[str, str]) -> Topics:
    """Which departments they spoke of; `names` by id, one that is none any more is not told."""
    return _topics(ports, session, wanted, Inbox.department_id, names)


def _topics(ports: Ports, session: Session, wanted: Window, column: Any, names: dict[str, str]) -> Topics:
    people, times = sa.func.count(Inbox.person_id.distinct()), sa.func.count()
    query = sa.select(column, people, times).where(*_said(wanted), column.in_(names)).group_by(column)
    rows = session.execute(query.order_by(people.desc(), times.desc(), column)).all()
    enough = [Topic(names[key], int(many), int(often)) for key, many, often in rows if many >= _least(ports)]
    return Topics(tuple(enough[:TOPICS]), len(rows) - len(enough))


def _least(ports: Ports) -> int:
    return int(ports.rules["insight_least"])


def _said(wanted: Window) -> tuple[Any, ...]:
    """What patients wrote, spoke or sent; events are WeChat's."""
    here = (Inbox.department_id == wanted.department,) if wanted.department else ()
    return (wanted.during(Inbox.received_at, machine=True), Inbox.kind != "event", *here)


def _summed(wanted: Window) -> Any:
    turned = sa.case((Inbox.wish.is_not(None), 1), else_=0)
    unmet = sa.case((sa.and_(Inbox.wish.is_not(None), Inbox.outcome.in_(UNMET)), 1), else_=0)
    people = sa.func.count(Inbox.person_id.distinct())
    return sa.select(sa.func.count(), people, sa.func.sum(turned), sa.func.sum(unmet)).where(*_said(wanted))
