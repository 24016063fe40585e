"""What came of one message, in names: written with its answer, so that nobody need read a talk to count it.

The dialogue says it in a reply of its own, `{"heard": {…}}`, which no patient gets; web adds what it knows itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.db.messages import OUTCOMES
from bot.ports import Reply
from bot.services.emergency import CLEARED, RAISED

MARK = "heard"  # the key of a reply that says what came of the message, and nothing else
PERSON, ODD = "human_agent", "odd"  # intents that are outcomes
ALARMS = {RAISED: "red_flag", CLEARED: "cleared"}
# What a prompt asks for that is the patient himself, whatever he then writes.
ENTRUSTED = frozenset({"person_name", "id_number", "phone", "card_no", "sms_code"})
WISH = re.compile(r"[a-z_]{1,40}")
# Hospital and number, as in bot.services.access: what is none may be a patient's words.
DEPARTMENT = re.compile(r"[a-z]{1,8}\.[\w\-]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Outcome:
    """As the columns of the inbox row: an intent, a department's id, one of `OUTCOMES`, one of `PRIVATE`."""

    wish: str | None = None
    department: str | None = None
    outcome: str | None = None
    private: str | None = None


NOTHING = Outcome()


def mark(**facts: str) -> Reply:
    """A reply that says only this."""
    return {MARK: facts}


def split(replies: Iterable[Reply]) -> tuple[list[Reply], list[Reply]]:
    """(what is said, the marks)."""
    told = list(replies)
    return [reply for reply in told if MARK not in reply], [reply for reply in told if MARK in reply]


def apart(replies: Sequence[Reply], *, expects: str | None) -> tuple[list[Reply], Outcome]:
    """What is said, and what came of the message: a warning counts for more than what the dialogue made of it.

    `expects`: what the message was asked for; a view in the replies shows data of the patient's own.
    """
    said, marks = split(replies)
    facts: dict[str, Any] = {}
    for each in marks:
        facts |= each[MARK]
    wish = _matching(WISH, facts.get("wish"))
    alarms = [ALARMS[reply["alarm"]] for reply in said if reply.get("alarm") in ALARMS]
    outcome = next(iter(alarms), None) or _came(wish, facts)
    department = _matching(DEPARTMENT, facts.get("department"))
    return said, Outcome(wish, department, outcome if said else None, _private(said, expects))


def _came(wish: str | None, facts: dict[str, Any]) -> str:
    if facts.get("missed") is True:
        return "missed"
    if wish in {PERSON, ODD}:
        return {PERSON: "person", ODD: "odd"}[str(wish)]
    named = facts.get("outcome")
    return str(named) if named in OUTCOMES else "answered"


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _private(said: Sequence[Reply], expects: str | None) -> str | None:
    words, answer = expects in ENTRUSTED, any(reply.get("view") for reply in said)
    return "both" if words and answer else "words" if words else "answer" if answer else None
