"""What is said of a talk with a person, each looked up for whoever it is said to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.db.handoff import Handoff, HandoffLine
from bot.errors import NotFound
from bot.ports import Ports, Reply
from bot.services import service_hours, words

OFFERED_HOURS = 12  # the way back below such a message stays open


def said(ports: Ports, person_id: int, ref: str) -> Reply:
    """What a member of staff wrote; `ref` is `<talk>/<line>`."""
    talk, _, line = ref.partition("/")
    lines = HandoffLine
    query = sa.select(lines.text_sealed).join(Handoff, Handoff.id == lines.handoff_id)
    query = query.where(Handoff.ref == talk, lines.person_id == person_id, lines.side == "staff")
    with ports.transaction() as session:
        sealed = session.scalar(query.where(lines.id == int(line))) if is_number(line) else None
    if sealed is None:
        raise NotFound
    return words.say("utter_handoff_said", text=ports.crypto.open(sealed))


def joined(ports: Ports, person_id: int, ref: str) -> Reply:
    _talk(ports, person_id, ref)
    return words.say("utter_handoff_joined")


def over(ports: Ports, person_id: int, ref: str) -> Reply:
    """The bot is back, and knows what was going on before."""
    talk = _talk(ports, person_id, ref)
    if not talk.doing:
        return words.say("utter_handoff_over")
    reply = words.say("utter_handoff_over_doing", doing=talk.doing)
    return _offering(ports, reply, f"接着{talk.doing}", "/repeat")


def unanswered(ports: Ports, person_id: int, ref: str) -> Reply:
    _talk(ports, person_id, ref)
    return words.say("utter_handoff_unanswered", when=service_hours.in_words(ports))


def missed(ports: Ports, person_id: int, ref: str) -> Reply:
    _talk(ports, person_id, ref)
    return _offering(ports, words.say("utter_handoff_missed"), "再转一次人工", "/human_agent")


def _offering(ports: Ports, reply: Reply, label: str, payload: str) -> Reply:
    until = ports.now() + timedelta(hours=OFFERED_HOURS)
    return {**reply, "choices": [{"label": label, "payload": payload}], "until": until}


def _talk(ports: Ports, person_id: int, ref: str) -> Any:
    """Raises NotFound, the same for another's and an unknown one."""
    query = sa.select(Handoff).where(Handoff.ref == ref[:32], Handoff.person_id == person_id)
    with ports.transaction() as session:
        talk = session.scalars(query).first()
    if talk is None:
        raise NotFound
    return talk


def is_number(text: str) -> bool:
    """Whether it can be the number of a line."""
    return text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004 - what the column holds


VIEWS = {
    "handoff_said": said,
    "handoff_joined": joined,
    "handoff_over": over,
    "handoff_unanswered": unanswered,
    "handoff_missed": missed,
}
