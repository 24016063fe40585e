"""A live talk about a question at an appointed time, in writing or by video: chosen, called off, reminded, listed.

Places are stock: each is one row that a UNIQUE key holds, so two patients never get the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import consult as questions
from bot.db.base import insert_new, new_ref
from bot.db.live_talks import LiveTalk
from bot.db.messages import hold_person
from bot.errors import BadInput, NotFound, Refused
from bot.ports import Ports
from bot.push import outbox
from bot.services import access, consult, desk, privacy
from bot.services.consult_reports import ENDED
from bot.services.consult_rows import held
from bot.services.staff import Staff

Way = Literal["text", "video"]
SOON, NOW = "live_talk_soon", "live_talk_now"
EARLY = timedelta(minutes=5)  # so long before it the door to a video room opens


@dataclass(frozen=True)
class Time:
    """One time that can be chosen; naive UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Talk:
    """One appointment, as its patient sees it. `over`: its time is past."""

    ref: str
    question_ref: str
    department_name: str
    way: Way
    start: datetime
    end: datetime
    over: bool


@dataclass(frozen=True)
class Listed:
    """One appointment, as its doctor sees it."""

    ref: str
    question_ref: str
    department_name: str
    way: Way
    start: datetime
    end: datetime


def ways(ports: Ports) -> tuple[Way, ...]:
    """How one can talk here; empty = not offered."""
    if not ports.rules["live_talks"]:
        return ()
    return ("text", "video") if ports.video is not None else ("text",)


@access.reads("talks.times", why="own")
def times(ports: Ports, *, person_id: int, ref: str) -> list[Time]:
    """The times that are free for this question, earliest first. Raises NotFound."""
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        taken = _taken(session, question.department_id)
    places = int(ports.rules["live_talk_places"])
    return [each for each in _offered(ports) if taken[each.start] < places]


@access.acts("talks.book", why="own")
def book(ports: Ports, *, person_id: int, ref: str, start: datetime, way: Way, key: str) -> Talk:
    """Take a time; the same key takes one. Raises NotFound, BadInput, Refused('talk_gone' | 'talk_already' | …)."""
    if way not in ways(ports):
        raise BadInput
    slot = next((each for each in _offered(ports) if each.start == start), None)
    with ports.transaction() as session:
        hold_person(session, person_id)
        question = held(session, person_id, ref)
        if _by_key(session, key, question) is None:
            privacy.demand(ports, session, person_id=person_id, purpose=consult.PURPOSE)
            _take(ports, session, question, slot, way, key)
    found = of_question(ports, person_id=person_id, ref=ref)
    if found is None:
        raise Refused("talk_gone")
    return found


@access.acts("talks.cancel", why="own")
def cancel(ports: Ports, *, person_id: int, ref: str) -> None:
    """Call the talk about a question off; its place is free again. Twice is once. Raises NotFound, Refused."""
    talk = LiveTalk
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        row = session.scalars(sa.select(talk).where(talk.question_id == question.id, talk.live == 1)).first()
        if row is None:
            return
        if row.start <= ports.now():
            raise Refused("talk_begun")
        off = sa.update(talk).where(talk.id == row.id, talk.live == 1).values(state="cancelled", live=None)
        session.execute(off.execution_options(synchronize_session=False))
        consult.audit(session, person_id, "talks.cancel", row.ref, ports.now())


@access.reads("talks.read", why="own")
def of_question(ports: Ports, *, person_id: int, ref: str) -> Talk | None:
    """The talk that is appointed about a question; None = none is. Raises NotFound."""
    with ports.transaction() as session:
        question = held(session, person_id, ref)
        query = sa.select(LiveTalk).where(LiveTalk.question_id == question.id, LiveTalk.live == 1)
        row = session.scalars(query).first()
    return _talk(ports, row, question) if row is not None else None


@access.reads("talks.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Talk:
    """An appointed talk by its own ref. Raises NotFound, the same for another's, an unknown one and one called off."""
    query = sa.select(LiveTalk, questions.Question).join(questions.Question)
    query = query.where(LiveTalk.ref == str(ref)[:32], LiveTalk.person_id == person_id, LiveTalk.live == 1)
    with ports.transaction() as session:
        found = session.execute(query).first()
    if found is None:
        raise NotFound
    return _talk(ports, *found)


@access.reads("talks.door", why="own")
def door(ports: Ports, *, person_id: int, ref: str) -> str:
    """The address of the video room, from shortly before its time until its end.

    Raises NotFound, Refused('talk_early' | 'talk_over' | 'not_offered'), Unavailable.
    """
    talk = one(ports, person_id=person_id, ref=ref)
    return _door(ports, talk, "patient")


@access.reads("talks.list", why="answering")
def of_staff(ports: Ports, *, staff: Staff) -> list[Listed]:
    """The appointments about questions of his scope that are not over, earliest first. Raises Refused (role)."""
    if staff.role not in desk.ANSWERING:
        raise Refused
    asked = questions.Question
    query = sa.select(LiveTalk, asked.ref, asked.department_name).join(asked).where(desk.editing_scope(staff))
    query = query.where(LiveTalk.live == 1, LiveTalk.end > ports.now()).order_by(LiveTalk.start, LiveTalk.id)
    with ports.transaction() as session:
        found = session.execute(query).all()
    return [Listed(row.ref, question, name, row.way, row.start, row.end) for row, question, name in found]


@access.reads("talks.door", why="answering")
def staff_door(ports: Ports, *, staff: Staff, ref: str) -> str:
    """The doctor's door to the video room of a talk of his scope. Raises as `door`, and Refused (role)."""
    talk = next((each for each in of_staff(ports, staff=staff) if each.ref == ref), None)
    if talk is None:
        raise NotFound
    return _door(ports, talk, "doctor")


def _door(ports: Ports, talk: Talk | Listed, who: Literal["patient", "doctor"]) -> str:
    if ports.video is None or talk.way != "video":
        raise Refused("not_offered")
    if ports.now() < talk.start - EARLY:
        raise Refused("talk_early")
    if ports.now() >= talk.end:
        raise Refused("talk_over")
    return ports.video.link(key=talk.ref, who=who, start=talk.start, end=talk.end)


def _take(ports: Ports, session: Session, question: Any, slot: Time | None, way: Way, key: str) -> None:
    if question.state in ENDED:
        raise Refused("not_waiting")
    live = sa.select(LiveTalk.id).where(LiveTalk.question_id == question.id, LiveTalk.live == 1)
    if session.scalar(live) is not None:
        raise Refused("talk_already")
    ref = new_ref("l")
    facts = {"question_id": question.id, "person_id": question.person_id, "department_id": question.department_id}
    facts |= {"ref": ref, "key": key, "way": way, "state": "booked", "live": 1, "made_at": ports.now()}
    places = range(1, int(ports.rules["live_talk_places"]) + 1) if slot else ()
    if slot is None or not any(
        insert_new(session, LiveTalk, start=slot.start, end=slot.end, place=place, **facts) for place in places
    ):
        raise Refused("talk_gone")
    _remind(ports, session, question, slot, ref, way)
    consult.audit(session, question.person_id, "talks.book", ref, ports.now())


def _remind(ports: Ports, session: Session, question: Any, slot: Time, ref: str, way: Way) -> None:
    """Shortly before, and at its time to one in writing. Drawn when it leaves: one called off is told to nobody."""
    before = timedelta(minutes=int(ports.rules["live_talk_notice_minutes"]))
    facts = {"person_id": question.person_id, "payload": {"view": SOON, "ref": ref}}
    due = max(slot.start - before, ports.now())
    outbox.enqueue(session, crypto=ports.crypto, kind="live_talk_soon", dedupe_key=f"{SOON}:{ref}", due_at=due, **facts)
    if way == "text":
        facts["payload"] = {"view": NOW, "ref": ref}
        outbox.enqueue(
            session, crypto=ports.crypto, kind="live_talk_now", dedupe_key=f"{NOW}:{ref}", due_at=slot.start, **facts
        )


def _by_key(session: Session, key: str, question: Any) -> Any:
    row = session.scalars(sa.select(LiveTalk).where(LiveTalk.key == key)).first()
    if row is not None and row.question_id != question.id:
        raise NotFound
    return row


def _taken(session: Session, department_id: str) -> Counter[datetime]:
    talk = LiveTalk
    query = sa.select(talk.start, sa.func.count()).where(talk.department_id == department_id, talk.live == 1)
    return Counter(dict(tuple(row) for row in session.execute(query.group_by(talk.start))))


def _offered(ports: Ports) -> Iterator[Time]:
    """All times of the rules from `live_talk_ahead_minutes` on."""
    now = ports.now()
    first = now + timedelta(minutes=int(ports.rules["live_talk_ahead_minutes"]))
    today = clock.local(now).date()
    for ahead in range(int(ports.rules["live_talk_days"]) + 1):
        for each in _of_day(ports, today + timedelta(days=ahead)):
            if each.start >= first:
                yield each


def _of_day(ports: Ports, day: date) -> Iterator[Time]:
    step = timedelta(minutes=int(ports.rules["live_talk_minutes"]))
    for span in ports.rules["live_talks"]:
        begin, end = _at(day, span["from"]), _at(day, span["until"])
        while day.isoweekday() in span["days"] and begin + step <= end:
            yield Time(begin, begin + step)
            begin += step


def _at(day: date, text: str) -> datetime:
    return clock.utc(datetime.combine(day, time.fromisoformat(text)))


def _talk(ports: Ports, row: Any, question: Any) -> Talk:
    over = row.end <= ports.now()
    return Talk(row.ref, question.ref, question.department_name, row.way, row.start, row.end, over)
