"""What a patient reads when his question went to another department."""

from __future__ import annotations

from collections.abc import Callable

from bot.ports import Ports, Reply
from bot.services import consult, desk_telling, words

SHORT = 40  # characters of the question that is spoken of


def moved(ports: Ports, person_id: int, ref: str) -> Reply:
    asked = consult.mine_one(ports, person_id=person_id, ref=ref)
    return words.say("utter_question_moved", question=_short(asked.text), department=asked.department_name)


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


VIEWS: dict[str, Callable[[Ports, int, str], Reply]] = {desk_telling.MOVED: moved}
