"""What a patient reads of his doctor's doings: a further answer, a question back, a refusal, another department."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from bot.db.consult import Question
from bot.errors import NotFound
from bot.ports import Ports, Reply
from bot.services import consult, consult_turns, desk_telling, words
from bot.services.consult_turns import Turn

SHORT = 40  # characters of the question that is spoken of


def answer_further(ports: Ports, person_id: int, ref: str) -> Reply:
    return _said(ports, person_id, ref, "answer", "utter_answer_further")


def asked_back(ports: Ports, person_id: int, ref: str) -> Reply:
    return _said(ports, person_id, ref, "ask_back", "utter_asked_back")


def refused(ports: Ports, person_id: int, ref: str) -> Reply:
    return _said(ports, person_id, ref, "refusal", "utter_question_refused")


def moved(ports: Ports, person_id: int, ref: str) -> Reply:
    asked = consult.mine_one(ports, person_id=person_id, ref=ref)
    return words.say("utter_question_moved", question=_short(asked.text), department=asked.department_name)


def _said(ports: Ports, person_id: int, ref: str, kind: str, response: str) -> Reply:
    asked = consult.mine_one(ports, person_id=person_id, ref=ref)
    turn = _last(ports, person_id, ref, kind)
    doctor = f"{asked.department_name} {turn.by or ''}".strip()
    return words.say(response, question=_short(asked.text), doctor=doctor, said=turn.text)


def _last(ports: Ports, person_id: int, ref: str, kind: str) -> Turn:
    """The newest thing of this kind that was said to him."""
    with ports.transaction() as session:
        own = sa.select(Question.id).where(Question.ref == ref, Question.person_id == person_id)
        turns = consult_turns.of(ports, session, question_id=session.scalar(own) or 0)
    found = next((turn for turn in reversed(turns) if turn.kind == kind), None)
    if found is None:
        raise NotFound
    return found


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


VIEWS: dict[str, Callable[[Ports, int, str], Reply]] = {
    desk_telling.ANSWER_FURTHER: answer_further,
    desk_telling.ASKED_BACK: asked_back,
    desk_telling.REFUSED: refused,
    desk_telling.MOVED: moved,
}
