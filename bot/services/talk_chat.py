"""An appointed talk in the chat, the patient's side: he comes, what he writes goes to the doctor, he leaves.

While it runs the bot keeps silent; a red flag still gets its warning at once and puts the question on top of the desk.
A doctor who waits is told whatever is not plainly for the bot: an open question of a form, the menu, a tap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.db.handoff import Handoff
from bot.db.live_talks import LiveTalk
from bot.errors import Refused
from bot.ports import Ports, Reply
from bot.services import choices, emergency, handoff, talk_ends, talk_rows, words
from bot.services import handoff_rows as rows

HERE = f"{choices.LATE}:talk "  # the payload of 我来了, with the reference of the appointment behind it


def here(ref: str) -> str:
    """The payload of the tap by which the patient of an appointment comes."""
    return f"{HERE}{ref}"


def came(ports: Ports, *, person_id: int, payload: str) -> list[Reply]:
    """The patient says that he is there."""
    mine = (LiveTalk.ref == payload[len(HERE) :][:32], LiveTalk.person_id == person_id, LiveTalk.live == 1)
    with ports.transaction() as session:
        talk = session.scalars(sa.select(LiveTalk).where(*mine, LiveTalk.way == "text")).first()
        if talk is None:
            return [words.say("utter_live_talk_gone")]
        try:
            talk_rows.in_time(ports, talk)
            chat = talk_rows.begin(ports, session, talk, state="queued")
        except Refused as error:
            return [words.say(f"utter_error_{error.code}")]
        met = rows.step(session, chat.id, Handoff.state == "asked", state="open", heard_at=ports.now())
    return [words.say("utter_live_talk_here" if met or chat.state == "open" else "utter_live_talk_came")]


def listen(
    ports: Ports, *, person_id: int, inbox_id: int, body: Mapping[str, Any], expects: str | None
) -> list[Reply] | None:
    """Take a message that is for his doctor; None = it is not."""
    chat = live(ports, person_id)
    text = str(body.get("text") or "")
    if chat is None or (chat.state == "asked" and (expects or handoff.OURS.fullmatch(text.strip()))):
        return None
    if handoff.wants_out(chat, text):
        return _left(ports, chat)
    return _heard(ports, chat, inbox_id, text, str(body.get("kind")))


def overheard(ports: Ports, *, person_id: int, inbox_id: int, text: str) -> None:
    """Let the doctor read what was answered out of turn."""
    chat = live(ports, person_id)
    if chat is not None:
        _take(ports, chat, f"{inbox_id}:line", text, urgent=True)


def live(ports: Ports, person_id: int) -> Any:
    """His appointed talk that goes on, or None."""
    with ports.transaction() as session:
        chat = rows.live(session, person_id)
    if chat is None or chat.way != talk_rows.DOCTOR or talk_ends.settle(ports, chat):
        return None
    return chat


def _heard(ports: Ports, chat: Any, inbox_id: int, text: str, kind: str) -> list[Reply]:
    urgent = emergency.check(ports, text=text) if text else None
    said = text or handoff.SEEN_KINDS.get(kind, "（发来一条看不了的消息）")
    _take(ports, chat, f"{inbox_id}:line", said[: handoff.LONGEST], urgent=urgent is not None)
    if urgent:
        return [{name: value for name, value in urgent.items() if name != "choices"}]  # his next words go to a person
    return [] if text else [words.say("utter_live_talk_words_only")]


def _take(ports: Ports, chat: Any, key: str, text: str, *, urgent: bool) -> None:
    """Keep one line; whoever writes to a doctor who waits for him has come."""
    with ports.transaction() as session:
        if not talk_rows.add(ports, session, chat, key=key, text=text):
            return
        rows.step(session, chat.id, Handoff.live == 1, heard_at=ports.now())
        rows.step(session, chat.id, Handoff.state == "asked", state="open")
        if urgent:
            question = talk_rows.appointment(session, chat)[1]
            talk_rows.to_desk(ports, session, question, red_flag=True)


def _left(ports: Ports, chat: Any) -> list[Reply]:
    with ports.transaction() as session:
        talk = talk_rows.appointment(session, chat)[0]
        talk_rows.end(ports, session, chat, by="patient")
    return [{"view": "live_talk_over", "ref": talk.ref}]
