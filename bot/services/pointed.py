"""The body map's way into the interview: a part, what hurts there, then the same questions as in the chat."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.errors import BadInput
from bot.ports import Ports
from bot.services import complaint as complaints
from bot.services import emergency, triage
from bot.services.complaint import Answer, Complaint
from bot.triage import body
from bot.triage.body import ADULT, CHILD, Part

__all__ = ["ADULT", "CHILD", "Part", "advice", "answers", "begun", "dumped", "one", "parts", "tapped"]
LONGEST = 2000  # characters of all answers together


def parts(who: str) -> list[Part]:
    """The parts of a grown-up's or a child's map."""
    return [part for part in body.parts().values() if part.who in {"", who}]


def one(name: str, who: str) -> Part | None:
    return next((part for part in parts(who) if part.name == name), None)


def begun(ports: Ports, *, person_id: int, said: str, who: str, told: Sequence[Answer]) -> Complaint:
    """The complaint so far. Raises BadInput('bad_request') for what is no choice of the map."""
    if not any(said in part.says for part in parts(who)):
        raise BadInput("bad_request")
    return complaints.told_by(ports, person_id=person_id, words=body.complaint(said, who), answers=tuple(told))


def answers(text: str) -> list[Answer]:
    """Answers as a form carried them. Raises BadInput('bad_request')."""
    try:
        pairs = json.loads(text[: LONGEST + 1] or "[]")
        found = [Answer(str(key), str(told)) for key, told in pairs]
    except (ValueError, TypeError, RecursionError):
        raise BadInput("bad_request") from None
    if not all(complaints.asks(answer.key) and answer.is_tap for answer in found):
        raise BadInput("bad_request")
    return found


def tapped(text: str) -> list[Answer]:
    """The answer just tapped, `age:adult`; none before the first. Raises BadInput('bad_request')."""
    key, _, told = text.partition(":")
    return answers(json.dumps([[key, told]])) if text else []


def dumped(told: Sequence[Answer]) -> str:
    return json.dumps([[answer.key, answer.told] for answer in told])


def advice(ports: Ports, told: Complaint, found: triage.Result) -> str:
    """What to do at once; "" = it is no emergency."""
    alarm = emergency.check(ports, text=told.spoken) if found.urgency == triage.PRESSING else None
    return str(alarm["text"]) if alarm else ""
