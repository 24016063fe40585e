"""Doctors' answers against what was promised, and what patients think of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.consult import Answer, Question, QuestionRating, QuestionTurn
from bot.ports import Ports
from bot.services.insight_window import Window

NINE_OF_TEN = 0.9
UNANSWERED = ("waiting", "claimed")
MOST_STARS = 5


@dataclass(frozen=True)
class Times:
    """Answers of one department or of all (`name` ''); None = too few to tell, or none with a promise that stood.

    `in_time`: the share given before the promised moment, which counts working hours (0–1).
    """

    name: str
    answered: int
    median: timedelta | None
    nine_of_ten: timedelta | None
    in_time: float | None


@dataclass(frozen=True)
class Stars:
    """`counts`: how many gave 1, 2, … 5 stars, None while too few did."""

    given: int
    mean: float | None
    counts: tuple[int, ...] | None


@dataclass(frozen=True)
class Answers:
    asked: int
    flagged: int
    waiting_late: int
    all: Times
    departments: tuple[Times, ...]
    stars: Stars


def answers(ports: Ports, session: Session, wanted: Window) -> Answers:
    """Questions asked, answered, late now, and rated in these days."""
    least = int(ports.rules["insight_least"])
    rows = session.execute(_given(wanted)).all()
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_name[row.department_name].append(row)
    departments = (_times(name, found, least) for name, found in by_name.items() if len(found) >= least)
    return Answers(
        *_asked(ports, session, wanted),
        all=_times("", rows, least),
        departments=tuple(sorted(departments, key=lambda one: (-one.answered, one.name))),
        stars=stars(session, wanted, least),
    )


def _given(wanted: Window) -> Any:
    """First answers; `moved`: a further question has set a new promise since, so the first one is not known."""
    moved = sa.exists().where(QuestionTurn.question_id == Question.id, QuestionTurn.kind == "follow_up")
    query = sa.select(Question.department_name, Question.asked_at, Answer.at, Question.due_at, moved.label("moved"))
    return query.join(Answer, Answer.question_id == Question.id).where(wanted.during(Answer.at), *_here(wanted))


def _asked(ports: Ports, session: Session, wanted: Window) -> tuple[int, int, int]:
    flags = sa.func.sum(sa.case((Question.red_flag, 1), else_=0))
    query = sa.select(sa.func.count(), flags).where(wanted.during(Question.asked_at), *_here(wanted))
    count, flagged = session.execute(query).one()
    late = sa.select(sa.func.count()).where(Question.state.in_(UNANSWERED), Question.due_at < ports.now())
    return int(count), int(flagged or 0), int(session.scalar(late.where(*_here(wanted))) or 0)


def _here(wanted: Window) -> tuple[Any, ...]:
    return (Question.department_id == wanted.department,) if wanted.department else ()


def _times(name: str, rows: Sequence[Any], least: int) -> Times:
    if len(rows) < least:
        return Times(name, len(rows), None, None, None)
    took = sorted(row.at - row.asked_at for row in rows)
    promised = [row.at <= row.due_at for row in rows if not row.moved]
    share = sum(promised) / len(promised) if promised else None
    return Times(name, len(rows), median(took), took[math.ceil(NINE_OF_TEN * len(took)) - 1], share)


def stars(session: Session, wanted: Window, least: int) -> Stars:
    """Ratings of answers."""
    query = sa.select(QuestionRating.stars, sa.func.count()).join(Question, Question.id == QuestionRating.question_id)
    query = query.where(wanted.during(QuestionRating.at), *_here(wanted)).group_by(QuestionRating.stars)
    found = {int(each): int(count) for each, count in session.execute(query)}
    given = sum(found.values())
    if given < least:
        return Stars(given=given, mean=None, counts=None)
    mean = sum(each * count for each, count in found.items()) / given
    return Stars(given=given, mean=mean, counts=tuple(found.get(n, 0) for n in range(1, MOST_STARS + 1)))
