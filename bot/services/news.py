"""What happened at the hospitals: one reader, each hospital from where it was left, every change to whom it concerns.

A change says only that there is something to see; what it is now, its subject is asked. So one change of a subject
stands for all of them, and repeats are harmless: every answer is written down by a conditional UPDATE or under a key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.db.base import insert_new
from bot.db.changes import ChangeCursor
from bot.errors import HisUnavailable, OddAnswer, Unavailable
from bot.his.port import Change, ChangeKind
from bot.ports import Ports
from bot.services import attendance, hospitals, report_notices, waitlist_lost

log = logging.getLogger(__name__)
FAILURES_BEFORE_STOP = 3
CONCERNS: Mapping[ChangeKind, Sequence[Callable[[Ports, Change], int]]] = {
    "appointment": (attendance.hear, waitlist_lost.hear),
    "session_closed": (attendance.hear,),
    "report_ready": (report_notices.hear,),
}


def hear(ports: Ports) -> int:
    """Read what is new everywhere; gives how many numbers ended or stopped and how many notices were written.

    A hospital that does not answer holds no other up; its news are read from the same moment next time. Raises
    HisUnavailable for it when all others were read. Any number of readers may do this at once. Called by bot.jobs.
    """
    heard, silent = 0, None
    for hospital in (each for each in hospitals.known(ports) if "news" in each.offers):
        try:
            heard += _hear(ports, hospital.id)
        except HisUnavailable as error:
            log.warning("no news of hospital %s", hospital.id)
            silent = error
    if silent is not None:
        raise silent
    return heard


def _hear(ports: Ports, hospital_id: str) -> int:
    """One hospital's news. The cursor stops before the first that could not be looked into."""
    began = ports.now()
    heard, failures, left_open = 0, 0, []
    for change in _concerning(ports, ports.his.changes(since=_since(ports, hospital_id), hospital_id=hospital_id)):
        try:
            heard += sum(look(ports, change) for look in CONCERNS[change.kind])
        except OddAnswer:  # asked again next time; it must not keep the news of all others back
            left_open.append(change.at)
        except Unavailable:
            left_open.append(change.at)
            failures += 1
        if failures == FAILURES_BEFORE_STOP:
            break
    _advance(ports, hospital_id, to=min([*left_open, began]))
    return heard


def _concerning(ports: Ports, changes: Iterable[Change]) -> list[Change]:
    """The first change of every subject that somebody here has to do with, oldest first."""
    first: dict[tuple[str, str], Change] = {}
    for change in changes:
        if change.kind in CONCERNS:
            first.setdefault((change.kind, change.subject_id), change)
    subjects = {subject for kind, subject in first if kind != report_notices.KIND}
    numbers = attendance.booked_here(ports, subjects) | waitlist_lost.on_offer(ports, subjects)
    return [c for c in first.values() if c.kind == report_notices.KIND or c.subject_id in numbers]


def _since(ports: Ports, hospital_id: str) -> datetime:
    """A little before where it was left, never further back than hospitals remember; the first time from now on."""
    now, rules = ports.now(), ports.rules
    with ports.transaction() as session:
        seen = session.scalar(sa.select(ChangeCursor.seen_until).where(ChangeCursor.hospital_id == hospital_id))
    back_to = (seen or now) - timedelta(minutes=rules["news_overlap_minutes"])
    return max(back_to, now - timedelta(hours=rules["news_reach_hours"]))


def _advance(ports: Ports, hospital_id: str, *, to: datetime) -> None:
    """Never back: a slower reader beside us may have begun earlier."""
    with ports.transaction() as session:
        if not insert_new(session, ChangeCursor, hospital_id=hospital_id, seen_until=to):
            ours = ChangeCursor.hospital_id == hospital_id, ChangeCursor.seen_until < to
            forward = sa.update(ChangeCursor).where(*ours).values(seen_until=to)
            session.execute(forward.execution_options(synchronize_session=False))
