"""The rows of an appointed talk that runs in the chat: one handoff of the way `doctor`, named by its appointment.

What is said stands twice: as a line of the chat, which goes like all of a handoff, and as a turn of the question, which
stays as long as the question does.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.consult import Question
from bot.db.handoff import Handoff
from bot.db.live_talks import LiveTalk
from bot.db.messages import hold_person
from bot.errors import Refused
from bot.ports import Ports
from bot.services import consult_turns, desk_deadlines, desk_turns
from bot.services import handoff_rows as rows
from bot.services.consult_rows import OPEN

DOCTOR = "doctor"  # the way of such a handoff
TURN = "talk"  # the kind of the question's turns
KEY = "talk:"
EARLY = timedelta(minutes=5)  # so long before its time a talk can be begun


def chat_key(ref: str) -> str:
    """The key of the handoff of an appointment: there is never a second one."""
    return f"{KEY}{ref}"


def appointment(session: Session, chat: Any) -> Any:
    """(LiveTalk, Question) of a doctor's handoff."""
    query = sa.select(LiveTalk, Question).join(Question, Question.id == LiveTalk.question_id)
    return session.execute(query.where(LiveTalk.ref == chat.key[len(KEY) :])).one()


def in_time(ports: Ports, talk: Any) -> None:
    """Raises Refused('talk_early' | 'talk_over')."""
    if ports.now() < talk.start - EARLY:
        raise Refused("talk_early")
    if talk.live is None or ports.now() >= talk.end:
        raise Refused("talk_over")


def waits_for(ports: Ports, person_id: int) -> bool:
    """Whether a doctor waits for this person to come."""
    waiting = sa.select(Handoff.id).where(Handoff.person_id == person_id, Handoff.live == 1, Handoff.way == DOCTOR)
    with ports.transaction() as session:
        return session.scalar(waiting) is not None


def begin(ports: Ports, session: Session, talk: Any, *, state: str, staff_id: int | None = None) -> Any:
    """Give the chat of an appointment, made now if there is none. Raises Refused('talk_busy')."""
    hold_person(session, talk.person_id)
    _make_room(ports, session, talk)
    facts = {"way": DOCTOR, "state": state, "staff_id": staff_id, "doing": "", "account": ""}
    return rows.begin(ports, session, person_id=talk.person_id, key=chat_key(talk.ref), **facts)


def add(ports: Ports, session: Session, chat: Any, *, key: str, text: str, staff_id: int | None = None) -> bool:
    """Write one thing down that was said; the same key is one thing."""
    side = "patient" if staff_id is None else "staff"
    if not rows.add_line(ports, session, chat, key=key, text=text, side=side, staff_id=staff_id):
        return False
    question = appointment(session, chat)[1]
    consult_turns.add(
        ports, session, question=question, kind=TURN, text=text, key=chat_key(key)[:80], staff_id=staff_id
    )
    return True


def to_desk(ports: Ports, session: Session, question: Any, *, red_flag: bool = False) -> None:
    """Let the desk have the question again, to be answered in writing; a red flag on top, by its own deadline."""
    if not desk_turns.reopen(ports, session, question):
        desk_turns.replied(ports, session, question)
    if not red_flag:
        return
    due = desk_deadlines.due(ports, at=ports.now(), department=question.department_name, red_flag=True)
    sooner = sa.case((Question.due_at < due, Question.due_at), else_=due)
    flagged = sa.update(Question).where(Question.id == question.id, Question.state.in_(OPEN))
    values = {"red_flag": True, "due_at": sooner, "version": Question.version + 1}
    session.execute(flagged.values(values).execution_options(synchronize_session=False))


def end(ports: Ports, session: Session, chat: Any, *, by: str) -> bool:
    """End a chat and its appointment; False = it has ended meanwhile."""
    if not rows.end(ports, session, chat, by=by):
        return False
    over(session, appointment(session, chat)[0])
    return True


def over(session: Session, talk: Any) -> bool:
    """Nobody comes to this appointment any more; another can be made. False = it was over or called off."""
    done = sa.update(LiveTalk).where(LiveTalk.id == talk.id, LiveTalk.live == 1).values(state="over", live=None)
    return bool(session.execute(done.execution_options(synchronize_session=False)).rowcount == 1)


def _make_room(ports: Ports, session: Session, talk: Any) -> None:
    """A wish for a person that nobody has taken up waits on the staff's list; whoever talks with one is busy."""
    other = rows.live(session, talk.person_id)
    if other is None or other.key == chat_key(talk.ref):
        return
    if other.state == "asked" and other.way != DOCTOR:
        rows.end(ports, session, other, by="patient")
    elif (other.way, other.state) == ("console", "queued"):
        rows.keep(ports, session, other)
    else:
        raise Refused("talk_busy")
