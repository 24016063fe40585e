"""What is said of an appointed talk in the chat, each looked up for whoever it is said to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.consult import Question
from bot.db.handoff import Handoff, HandoffLine
from bot.db.live_talks import LiveTalk
from bot.db.staff import StaffMember
from bot.errors import NotFound
from bot.ports import Ports, Reply
from bot.services import talk_chat, talk_rows, words
from bot.services.handoff_views import is_number

AGAIN = "约时间或看提问"


def now(ports: Ports, person_id: int, ref: str) -> Reply:
    """Its time has come; said only while no doctor has begun it."""
    talk, question, chat, _ = _of(ports, person_id, ref)
    if talk.live is None or chat is not None:
        raise NotFound
    drawn = words.say("utter_live_talk_now", department=question.department_name)
    return {**drawn, "choices": [{"label": "我来了", "payload": talk_chat.here(talk.ref)}], "until": talk.end}


def begun(ports: Ports, person_id: int, ref: str) -> Reply:
    """The doctor is there and waits; not said when it is over."""
    talk, question, chat, by = _of(ports, person_id, ref)
    if chat is None or talk.live is None:
        raise NotFound
    waits = timedelta(minutes=int(ports.rules["live_talk_wait_minutes"]))
    until = clock.local(max(talk.start, chat.asked_at) + waits)
    doctor = f"{question.department_name}{by or ''}"
    drawn = words.say("utter_live_talk_begun", doctor=doctor, until=f"{until:%H:%M}")
    return {**drawn, "choices": [{"label": "我来了", "payload": talk_chat.here(talk.ref)}], "until": talk.end}


def said(ports: Ports, person_id: int, ref: str) -> Reply:
    """What the doctor wrote; `ref` is `<chat>/<line>`."""
    chat, _, line = ref.partition("/")
    query = sa.select(HandoffLine.text_sealed, StaffMember.name).join(Handoff, Handoff.id == HandoffLine.handoff_id)
    query = query.join(StaffMember, StaffMember.id == HandoffLine.staff_id)
    own = (Handoff.ref == chat, Handoff.way == talk_rows.DOCTOR, HandoffLine.person_id == person_id)
    with ports.transaction() as session:
        found = session.execute(query.where(*own, HandoffLine.id == int(line))).first() if is_number(line) else None
    if found is None:
        raise NotFound
    return words.say("utter_live_talk_said", doctor=found.name, text=ports.crypto.open(found.text_sealed))


def over(ports: Ports, person_id: int, ref: str) -> Reply:
    return _ended(ports, person_id, ref, "utter_live_talk_over")


def away(ports: Ports, person_id: int, ref: str) -> Reply:
    return _ended(ports, person_id, ref, "utter_live_talk_away")


def absent(ports: Ports, person_id: int, ref: str) -> Reply:
    return _ended(ports, person_id, ref, "utter_live_talk_absent")


def _ended(ports: Ports, person_id: int, ref: str, name: str) -> Reply:
    question = _of(ports, person_id, ref)[1]
    return {**words.say(name), "link": {"title": AGAIN, "url": f"{ports.public_url}/h5/questions/{question.ref}"}}


def _of(ports: Ports, person_id: int, ref: str) -> Any:
    """(appointment, question, its chat, the doctor's name). Raises NotFound, the same for another's and an unknown."""
    query = sa.select(LiveTalk, Question, Handoff, StaffMember.name)
    query = query.join(Question, Question.id == LiveTalk.question_id)
    query = query.outerjoin(Handoff, Handoff.key == sa.literal(talk_rows.KEY) + LiveTalk.ref)
    query = query.outerjoin(StaffMember, StaffMember.id == Handoff.staff_id)
    with ports.transaction() as session:
        found = session.execute(query.where(LiveTalk.ref == ref[:32], LiveTalk.person_id == person_id)).first()
    if found is None:
        raise NotFound
    return found


VIEWS = {
    "live_talk_now": now,
    "live_talk_begun": begun,
    "live_talk_said": said,
    "live_talk_over": over,
    "live_talk_away": away,
    "live_talk_absent": absent,
}
