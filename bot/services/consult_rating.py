"""What an asker thinks of the answer: one rating a question, in words by tap, changeable for a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.base import insert_new
from bot.errors import BadInput, Refused
from bot.ports import Ports
from bot.services import access, consult, emergency, flagged
from bot.services.consult_rows import held

STARS = {5: "很有帮助", 4: "有帮助", 3: "一般", 2: "帮助不大", 1: "没有帮助"}
LONGEST = 500  # characters


@dataclass(frozen=True)
class Rating:
    """1 to 5, its name, and what was written with it ('' = nothing); `open`: whether it can still be changed."""

    stars: int
    name: str
    words: str = field(repr=False)
    at: datetime
    open: bool


@dataclass(frozen=True)
class Satisfaction:
    """The ratings of one department in a span: how many, their mean, and how many of each, 1 to 5."""

    department_id: str
    department_name: str
    count: int
    mean: float
    each: tuple[int, ...]


@access.acts("consult.rate", why="own")
def rate(ports: Ports, *, person_id: int, ref: str, stars: int, text: str = "") -> bool:
    """Rate the answer, or change the rating within the hours of the rules. True = the words hold a red flag.

    Raises NotFound, BadInput('bad_input' | 'bad_detail'), Refused('not_rateable').
    """
    if stars not in STARS:
        raise BadInput
    plain = _parse(text)
    urgent = bool(plain) and emergency.check(ports, text=plain) is not None
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        if not _set(ports, session, question, stars=stars, **_sealed(ports, plain)):
            raise Refused("not_rateable")
        _note(ports, session, question, urgent=urgent)
    return urgent


@access.acts("consult.rate", why="own")
def say(ports: Ports, *, person_id: int, ref: str, text: str) -> bool:
    """Write something with a rating that was given. True = it holds a red flag. Raises as `rate`."""
    plain = _parse(text)
    urgent = emergency.check(ports, text=plain) is not None
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        if of(ports, session, question_id=question.id) is None or not _change(ports, session, question, plain):
            raise Refused("not_rateable")
        _note(ports, session, question, urgent=urgent)
    return urgent


def may_rate(ports: Ports, session: Session, question: Any) -> bool:
    """Whether the answer can be rated now, or its rating changed."""
    given = of(ports, session, question_id=question.id)
    return given.open if given is not None else _first_time(ports, session, question)


def of(ports: Ports, session: Session, *, question_id: int) -> Rating | None:
    """The rating of one question; whoever calls has checked that he may read it."""
    row = session.scalars(_row(question_id)).first()
    if row is None:
        return None
    words = ports.crypto.open(row.words_sealed) if row.words_sealed is not None else ""
    return Rating(row.stars, STARS[row.stars], words, row.at, ports.now() <= row.at + _change_hours(ports))


def satisfaction(ports: Ports, *, first: datetime, last: datetime) -> list[Satisfaction]:
    """The ratings given in a span (naive UTC), a department a line, most rated first; nobody's words, nobody's name."""
    rating, asked = rows.QuestionRating, rows.Question
    query = sa.select(asked.department_id, asked.department_name, rating.stars, sa.func.count())
    query = query.join(rating, rating.question_id == asked.id).where(rating.at >= first, rating.at < last)
    with ports.transaction() as session:
        found = session.execute(query.group_by(asked.department_id, asked.department_name, rating.stars)).all()
    each: dict[tuple[str, str], dict[int, int]] = {}
    for department_id, name, stars, count in found:
        each.setdefault((department_id, name), {})[stars] = int(count)
    return sorted((_summed(*key, counts) for key, counts in each.items()), key=lambda line: -line.count)


def _summed(department_id: str, name: str, counts: dict[int, int]) -> Satisfaction:
    total = sum(counts.values())
    mean = sum(stars * count for stars, count in counts.items()) / total
    return Satisfaction(department_id, name, total, mean, tuple(counts.get(stars, 0) for stars in sorted(STARS)))


def _parse(text: str) -> str:
    plain = text.replace("\x00", "").strip()
    if len(plain) > LONGEST:
        raise BadInput("bad_detail", most=LONGEST)
    return plain


def _sealed(ports: Ports, plain: str) -> dict[str, bytes]:
    """Words that were not written leave those that were."""
    return {"words_sealed": ports.crypto.seal(plain)} if plain else {}


def _set(ports: Ports, session: Session, question: Any, **values: Any) -> bool:
    facts = {"question_id": question.id, "person_id": question.person_id, "at": ports.now()}
    if _first_time(ports, session, question) and insert_new(session, rows.QuestionRating, **facts, **values):
        return True
    return _update(ports, session, question, **values)


def _change(ports: Ports, session: Session, question: Any, plain: str) -> bool:
    return _update(ports, session, question, words_sealed=ports.crypto.seal(plain) if plain else None)


def _update(ports: Ports, session: Session, question: Any, **values: Any) -> bool:
    rating = rows.QuestionRating
    since = ports.now() - _change_hours(ports)
    changed = sa.update(rating).where(rating.question_id == question.id, rating.at >= since).values(**values)
    return bool(session.execute(changed.execution_options(synchronize_session=False)).rowcount)


def _first_time(ports: Ports, session: Session, question: Any) -> bool:
    answer = rows.Answer
    since = ports.now() - timedelta(days=int(ports.rules["rating_until_days"]))
    answered = sa.select(answer.id).where(answer.question_id == question.id, answer.at >= since)
    return session.scalar(answered) is not None and session.scalars(_row(question.id)).first() is None


def _note(ports: Ports, session: Session, question: Any, *, urgent: bool) -> None:
    if urgent:
        flagged.stand(ports, session, person_id=question.person_id)
    consult.audit(session, question.person_id, "consult.rate", question.ref, ports.now())


def _row(question_id: int) -> Any:
    return sa.select(rows.QuestionRating).where(rows.QuestionRating.question_id == question_id)


def _change_hours(ports: Ports) -> timedelta:
    return timedelta(hours=int(ports.rules["rating_change_hours"]))
