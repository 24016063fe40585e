"""What doctors do to a patient's newest question, and the notice that he gets of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from bot import wiring
from bot.db.consult import Question
from bot.ports import Reply
from bot.push import outbox
from bot.services import consult, consult_turns
from tests.conversations.house import Talk
from tests.conversations.visits import doctor_of, rows, send_due


def answers(talk: Talk, words: str) -> Reply:
    """Claimed and answered; a further answer is a turn of its own."""
    question = _newest(talk)
    doctor = doctor_of(talk.ports, question.department_id)
    if question.answered_at is None and not _said(talk, question, "follow_up"):
        consult.claim(talk.ports, staff=doctor, ref=question.ref)
        consult.answer(talk.ports, staff=doctor, ref=question.ref, text=words)
    else:
        _end(talk, question, kind="answer", text=words, state="answered", view="answer")
    return _told(talk)


def asks(talk: Talk, words: str) -> Reply:
    _end(talk, _newest(talk), kind="ask_back", text=words, state="asked_back", view="asked_back")
    return _told(talk)


def refuses(talk: Talk, words: str) -> Reply:
    _end(talk, _newest(talk), kind="refusal", text=words, state="refused", view="question_refused")
    return _told(talk)


def _end(talk: Talk, question: Any, *, kind: str, text: str, state: str, view: str) -> None:
    ports = talk.ports
    doctor = doctor_of(ports, question.department_id)
    key = f"{kind}:{question.ref}:{question.version}"
    with ports.transaction() as session:
        moved: dict[str, Any] = {"state": state, "version": Question.version + 1}
        moved |= {"answered_at": ports.now()} if state == "answered" else {}
        session.execute(sa.update(Question).where(Question.id == question.id).values(**moved))
        consult_turns.add(ports, session, question=question, kind=kind, text=text, key=key, staff_id=doctor.id)
        facts = {"person_id": question.person_id, "kind": view, "payload": {"view": view, "ref": question.ref}}
        outbox.enqueue(session, crypto=ports.crypto, dedupe_key=key, due_at=ports.now(), **facts)


def _told(talk: Talk) -> Reply:
    assert send_due() >= 1
    return next(reply for openid, reply in reversed(wiring.ports().push.sent) if openid == talk.openid)


def _newest(talk: Talk) -> Any:
    return rows(talk.ports, Question, person_id=talk.person_id)[-1]


def _said(talk: Talk, question: Any, kind: str) -> bool:
    with talk.ports.transaction() as session:
        return any(turn.kind == kind for turn in consult_turns.of(talk.ports, session, question_id=question.id))


DEEDS: Mapping[str, Callable[[Talk, str], Reply]] = {"answers": answers, "asks": asks, "refuses": refuses}
