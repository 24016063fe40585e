"""Talks that went wrong, found by what came of their messages; nobody's words and nobody's name are in the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.consult import QuestionRating
from bot.db.messages import Inbox
from bot.errors import Refused
from bot.ports import Ports
from bot.services import access
from bot.services.staff import Staff

# What went wrong → how often in one talk before it is listed.
TROUBLES = {"missed": 2, "person": 1, "corrected": 1, "cleared": 1, "low_rating": 1}
LOOKED = 5000  # messages that are looked through, newest first
LISTED = 100


@dataclass(frozen=True)
class Talk:
    """One talk: `id` its last message that went wrong, `at` when by the hospital's clock, `troubles` in their order."""

    id: int
    at: datetime
    troubles: tuple[str, ...]


@dataclass(frozen=True)
class Bump:
    """One message after which something was wrong; `at` on the machine's clock."""

    id: int
    person_id: int
    at: datetime
    trouble: str


@access.reads("reviews.list", why="review")
def talks(ports: Ports, *, staff: Staff, trouble: str | None = None) -> list[Talk]:
    """Talks of the last days that went wrong, newest first. Raises Refused (role)."""
    allowed(ports, staff)
    with ports.transaction() as session:
        bumps = [*_outcomes(ports, session), *_low_ratings(ports, session)]
    gap, ahead = timedelta(minutes=int(ports.rules["review_gap_minutes"])), ports.now() - clock.wire()
    found = [_talk(together, ahead) for together in _grouped(bumps, gap)]
    wrong = [talk for talk in found if talk.troubles and (trouble is None or trouble in talk.troubles)]
    return sorted(wrong, key=lambda talk: (talk.at, talk.id), reverse=True)[:LISTED]


def allowed(ports: Ports, staff: Staff) -> None:
    """Raise Refused unless the rules let this role review talks."""
    if staff.role not in ports.rules["review_roles"]:
        raise Refused


def since(ports: Ports) -> datetime:
    """From when on talks may be looked at, on the machine's clock."""
    return clock.wire() - timedelta(days=int(ports.rules["review_days"]))


def _talk(bumps: list[Bump], ahead: timedelta) -> Talk:
    counts = {name: sum(bump.trouble == name for bump in bumps) for name in TROUBLES}
    troubles = tuple(name for name, least in TROUBLES.items() if counts[name] >= least)
    return Talk(bumps[-1].id, bumps[-1].at + ahead, troubles)


def _grouped(bumps: Iterable[Bump], gap: timedelta) -> Iterator[list[Bump]]:
    """Bumps of one person with no longer silence than `gap` between them, in their order."""
    together: list[Bump] = []
    for bump in sorted(bumps, key=lambda one: (one.person_id, one.at, one.id)):
        if together and (bump.person_id != together[-1].person_id or bump.at - together[-1].at > gap):
            yield together
            together = []
        together.append(bump)
    if together:
        yield together


def _outcomes(ports: Ports, session: Session) -> list[Bump]:
    wrong = (Inbox.outcome.in_(TROUBLES), Inbox.received_at >= since(ports))
    query = sa.select(Inbox.id, Inbox.person_id, Inbox.received_at, Inbox.outcome).where(*wrong)
    return [Bump(*row) for row in session.execute(query.order_by(Inbox.id.desc()).limit(LOOKED))]


def _low_ratings(ports: Ports, session: Session) -> list[Bump]:
    """The last message before an answer was rated badly."""
    ahead = ports.now() - clock.wire()
    low = (QuestionRating.stars <= ports.rules["review_stars"], QuestionRating.at >= since(ports) + ahead)
    rated = session.execute(sa.select(QuestionRating.person_id, QuestionRating.at).where(*low).limit(LOOKED)).all()
    return [bump for person_id, at in rated if (bump := _before(session, person_id, at - ahead))]


def _before(session: Session, person_id: int, at: datetime) -> Bump | None:
    query = sa.select(Inbox.id, Inbox.received_at).where(Inbox.person_id == person_id, Inbox.received_at <= at)
    last: Any = session.execute(query.order_by(Inbox.id.desc()).limit(1)).first()
    return Bump(last.id, person_id, last.received_at, "low_rating") if last else None
