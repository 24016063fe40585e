"""How an appointed talk ends by itself: nobody speaks, or one of the two has not come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.consult import Question
from bot.db.handoff import Handoff
from bot.db.live_talks import LiveTalk
from bot.ports import Ports
from bot.push import outbox
from bot.services import handoff_rows, talk_rows
from bot.services.consult_reports import ENDED
from bot.services.talk_rows import DOCTOR

SAID = {"away": "live_talk_away", "absent": "live_talk_absent"}  # why it ended → what its patient hears


def sweep(ports: Ports) -> int:
    """End what has nobody in it any more, and appointments to which nobody came; returns how many."""
    begun = sa.exists().where(Handoff.key == sa.literal(talk_rows.KEY) + LiveTalk.ref)
    with ports.transaction() as session:
        chats = session.scalars(sa.select(Handoff).where(Handoff.live == 1, Handoff.way == DOCTOR)).all()
        past = sa.select(LiveTalk.id).where(LiveTalk.live == 1, LiveTalk.end <= ports.now(), ~begun)
        missed = list(session.scalars(past))
    return sum(settle(ports, chat) for chat in chats) + sum(_missed(ports, talk_id) for talk_id in missed)


def settle(ports: Ports, chat: Any) -> bool:
    """End this chat if its time is over. True = it has ended."""
    with ports.transaction() as session:
        talk, question = talk_rows.appointment(session, chat)
        by = _over_by(ports, chat, talk)
        if not by or not talk_rows.end(ports, session, chat, by=by):
            return bool(by)
        if by == "absent":
            talk_rows.to_desk(ports, session, question)
        tell(ports, session, chat, talk, by=by)
    return True


def tell(ports: Ports, session: Session, chat: Any, talk: Any, *, by: str) -> None:
    """Say to the patient that his talk is over, and why."""
    handoff_rows.tell(ports, session, chat, view=SAID.get(by, "live_talk_over"), key="over", ref=talk.ref)


def _over_by(ports: Ports, chat: Any, talk: Any) -> str:
    """Why it is over, as `Handoff.ended_by`; '' = it goes on."""
    now = ports.now()
    if chat.state == "open":
        return "timeout" if chat.heard_at <= now - _minutes(ports, "live_talk_silent_minutes") else ""
    if chat.state == "queued":
        return "absent" if now >= talk.end else ""
    waited = max(talk.start, chat.asked_at) + _minutes(ports, "live_talk_wait_minutes")
    return "away" if now >= waited else ""


def _missed(ports: Ports, talk_id: int) -> bool:
    """An appointment that no doctor began: a written one is owed an explanation."""
    with ports.transaction() as session:
        talk = session.get(LiveTalk, talk_id)
        if talk is None or not talk_rows.over(session, talk):
            return False
        question = session.get(Question, talk.question_id)
        if talk.way == "text" and question.state not in ENDED:
            _apologise(ports, session, talk)
    return True


def _apologise(ports: Ports, session: Session, talk: Any) -> None:
    facts = {"person_id": talk.person_id, "payload": {"view": SAID["absent"], "ref": talk.ref}}
    key = f"{SAID['absent']}:{talk.ref}"
    outbox.enqueue(session, crypto=ports.crypto, kind="live_talk_now", dedupe_key=key, due_at=ports.now(), **facts)


def _minutes(ports: Ports, rule: str) -> timedelta:
    return timedelta(minutes=int(ports.rules[rule]))
