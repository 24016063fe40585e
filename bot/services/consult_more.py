"""What the asker says after his question: an answer to a doctor who asked back, and a further question."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.db.messages import hold_person
from bot.errors import Refused
from bot.ports import Ports
from bot.services import access, consult, consult_turns, consult_voices, desk_turns, emergency, flagged, photos, privacy
from bot.services.consult_rows import held

FOLLOW_UP, REPLY = "follow_up", "reply"


@access.acts("consult.follow_up", why="own")
def follow_up(ports: Ports, *, person_id: int, ref: str, text: str, key: str) -> bool:
    """Ask further after an answer; the same key asks once. True = it holds a red flag.

    Raises BadInput('bad_question'), NotFound, Refused('no_follow_up' | 'consent_consult').
    """
    return _say(ports, person_id, ref, FOLLOW_UP, text, key)


@access.acts("consult.reply", why="own")
def reply(ports: Ports, *, person_id: int, ref: str, text: str, key: str) -> bool:
    """Answer a doctor who asked back; the same key answers once. True = it holds a red flag.

    Raises BadInput('bad_question'), NotFound, Refused('not_asked_back' | 'consent_consult').
    """
    return _say(ports, person_id, ref, REPLY, text, key)


def left(ports: Ports, session: Session, question: Any) -> int:
    """How many further questions are still free."""
    asked = rows.QuestionTurn
    count = sa.select(sa.func.count()).where(asked.question_id == question.id, asked.kind == FOLLOW_UP)
    return max(int(ports.rules["follow_ups"]) - int(session.scalar(count) or 0), 0)


def may_follow_up(ports: Ports, session: Session, question: Any) -> bool:
    """Whether one may ask further now."""
    if question.state != "answered" or question.answered_at is None:
        return False
    until = question.answered_at + timedelta(days=int(ports.rules["follow_up_until_days"]))
    return ports.now() <= until and left(ports, session, question) > 0


def _say(ports: Ports, person_id: int, ref: str, kind: str, text: str, key: str) -> bool:
    plain = consult.parse_reply(text) if kind == REPLY else consult.parse_question(text)
    urgent = emergency.check(ports, text=plain) is not None
    red_flag = urgent or flagged.stands(ports, person_id=person_id)
    with ports.transaction() as session:
        hold_person(session, person_id)
        question = held(session, person_id, ref)
        if _said(session, question, key):
            return urgent
        privacy.demand(ports, session, person_id=person_id, purpose=consult.PURPOSE)
        _back_to_the_desk(ports, session, question, kind)
        consult_turns.add(ports, session, question=question, kind=kind, text=plain, key=key)
        photos.attach(ports, session, person_id=person_id, question_id=question.id)
        consult_voices.attach(ports, session, person_id=person_id, question_id=question.id)
        _flag(ports, session, question, red_flag=red_flag)
        consult.audit(session, person_id, f"consult.{kind}", question.ref, ports.now())
    return urgent


def _back_to_the_desk(ports: Ports, session: Session, question: Any, kind: str) -> None:
    if kind == FOLLOW_UP:
        if not (may_follow_up(ports, session, question) and desk_turns.reopen(ports, session, question)):
            raise Refused("no_follow_up", most=ports.rules["follow_ups"])
    elif not desk_turns.replied(ports, session, question):
        raise Refused("not_asked_back")


def _said(session: Session, question: Any, key: str) -> bool:
    turn = rows.QuestionTurn
    return session.scalar(sa.select(turn.id).where(turn.key == key, turn.question_id == question.id)) is not None


def _flag(ports: Ports, session: Session, question: Any, *, red_flag: bool) -> None:
    """On top while these words, not those that were answered, hold a red flag; an unanswered one stays on top."""
    stays = question.red_flag and question.state == "asked_back"
    update = sa.update(rows.Question).where(rows.Question.id == question.id).values(red_flag=red_flag or stays)
    session.execute(update.execution_options(synchronize_session=False))
    if red_flag:
        flagged.stand(ports, session, person_id=question.person_id)
