"""Whom a broadcast would reach now, and why others not; how many mass sends the month has seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot import clock
from bot.db.broadcast import Broadcast
from bot.db.messages import Person
from bot.db.privacy import Consent
from bot.errors import Unavailable
from bot.ports import Ports
from bot.services import privacy
from bot.services.broadcast_words import Words

HELPER = "mphelper"  # sends WeChat's word of a finished mass send; follows nothing
UNKNOWN = "outcome_unknown"  # the reason of a mass send that may have gone out
CHUNK = 500  # openids looked up at a time


@dataclass(frozen=True)
class DryRun:
    """Everybody we ever met is in exactly one of the counts; `told` is whom it would reach.

    `never`, `withdrawn`, `outdated`: what stands of the consent to be told things, where it counts. `elsewhere`:
    follow, but without the tag. `strangers`: have the tag at WeChat and never wrote to us; they are told too.
    """

    told: int
    unsubscribed: int = 0
    erased: int = 0
    never: int = 0
    withdrawn: int = 0
    outdated: int = 0
    elsewhere: int = 0
    strangers: int = 0


@dataclass(frozen=True)
class Month:
    """Mass sends of this month that a follower of this audience may have had, of how many he can get."""

    used: int
    most: int

    @property
    def full(self) -> bool:
        return self.used >= self.most


def dry_run(ports: Ports, *, words: Words) -> DryRun:
    """Count whom it would reach now; nothing is sent. Raises Unavailable (a tag's members cannot be asked for)."""
    tagged = _tagged(ports, words.tag_id) if words.tag_id is not None else None
    with ports.transaction() as session:
        gone = _gone(ports, session)
        if words.audience == "agreed":
            return _agreed(ports, session, **gone)
        following = int(session.scalar(_count().where(_follows(ports))) or 0)
        if tagged is None:
            return DryRun(following, **gone)
        known = _known(session, ports, tagged)
        return DryRun(len(tagged), **gone, elsewhere=following - known, strangers=len(tagged) - known)


def month(ports: Ports, *, words: Words) -> Month:
    """What a follower of this audience may have had, or is about to get: sends to all, and those to the same tag."""
    mine = [Broadcast.audience == "all"]
    if words.audience == "tag":
        mine.append(Broadcast.tag_id == words.tag_id)
    gone = sa.or_(Broadcast.state != "failed", Broadcast.reason == UNKNOWN)
    this_month = sa.and_(Broadcast.handed_at >= _first_of_month(ports.now()), gone)
    counts = (Broadcast.way == "mass", sa.or_(this_month, Broadcast.state == "approved"), sa.or_(*mine))
    query = sa.select(sa.func.count()).select_from(Broadcast).where(*counts)
    with ports.transaction() as session:
        return Month(int(session.scalar(query) or 0), int(ports.rules["mass_per_month"]))


def agreed_after(ports: Ports, session: Session, *, person_id: int, limit: int) -> list[int]:
    """The next people, by their number, who follow and of whom a yes to the words of now stands."""
    query = _with_consent(ports).where(Person.id > person_id, _given(ports)).order_by(Person.id).limit(limit)
    return list(session.scalars(query.with_only_columns(Person.id)))


def _agreed(ports: Ports, session: Session, **gone: int) -> DryRun:
    state = sa.case(
        (Consent.id.is_(None), "never"),
        (Consent.withdrawn_at.is_not(None), "withdrawn"),
        (_given(ports), "told"),
        else_="outdated",
    ).label("standing")
    query = _with_consent(ports).with_only_columns(state, sa.func.count()).group_by(state)
    return DryRun(**{"told": 0, **dict(session.execute(query).all())}, **gone)


def _with_consent(ports: Ports) -> Any:
    """Followers, each with the newest row of his consent to be told things, if there is one."""
    newer = aliased(Consent)
    newest = ~sa.exists().where(newer.person_id == Consent.person_id, newer.purpose == "push", newer.id > Consent.id)
    mine = sa.and_(Consent.person_id == Person.id, Consent.purpose == "push", newest)
    return sa.select(Person).outerjoin(Consent, mine).where(_follows(ports))


def _given(ports: Ports) -> Any:
    return sa.and_(Consent.withdrawn_at.is_(None), Consent.version == privacy.version_of(ports, "push"))


def _follows(ports: Ports) -> Any:
    return sa.and_(Person.subscribed.is_(True), Person.openid_hash != ports.crypto.digest("openid", HELPER))


def _count() -> Any:
    return sa.select(sa.func.count()).select_from(Person)


def _gone(ports: Ports, session: Session) -> dict[str, int]:
    """Who left, and who of them was erased: a row without an openid."""
    empty = sa.func.length(Person.openid_sealed) <= len(ports.crypto.seal(""))
    left = Person.subscribed.is_(False)
    erased = int(session.scalar(_count().where(left, empty)) or 0)
    return {"unsubscribed": int(session.scalar(_count().where(left)) or 0) - erased, "erased": erased}


def _tagged(ports: Ports, tag: int) -> list[str]:
    if ports.articles is None:
        raise Unavailable
    return list(dict.fromkeys(ports.articles.members(tag)))


def _known(session: Session, ports: Ports, openids: list[str]) -> int:
    """How many of these follow as far as we know."""
    digests = [ports.crypto.digest("openid", openid) for openid in openids]
    found = 0
    for start in range(0, len(digests), CHUNK):
        some = Person.openid_hash.in_(digests[start : start + CHUNK])
        found += int(session.scalar(_count().where(some, _follows(ports))) or 0)
    return found


def _first_of_month(moment: datetime) -> datetime:
    return clock.utc(clock.local(moment).replace(day=1, hour=0, minute=0, second=0, microsecond=0))
