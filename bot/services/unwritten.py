"""Messages that are no typed words, or not for the bot: voices, pictures, and what a person is to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import clock
from bot.ports import Ports, Reply
from bot.services import consult_voices, emergency, handoff, photos, talk_chat, voices, words
from bot.services.inbox import Leased

MEDIA_SECONDS = 12  # a voice or a picture that cannot be fetched so long is asked for again


def for_a_person(ports: Ports, leased: Leased, body: Mapping[str, Any]) -> list[Reply] | None:
    """The answer to a message that a person is to read, None = it is the bot's; a tap on what we offered always is."""
    if body.get("menu_id"):
        return None
    facts: dict[str, Any] = {"person_id": leased.person_id, "inbox_id": leased.id, "body": body}
    to_doctor = talk_chat.listen(ports, expects=leased.expects, **facts)
    return to_doctor if to_doctor is not None else handoff.listen(ports, **facts)


def voice(ports: Ports, leased: Leased) -> list[Reply]:
    """What was understood goes to the person who listens, or is said back: nothing is done that was misheard.

    Raises Unavailable: it is tried again.
    """
    heard = voices.understand(ports, body=leased.body, last=_too_late(leased))
    passed_on = for_a_person(ports, leased, {**leased.body, "text": heard.text})
    if passed_on is not None:
        return passed_on
    kept = _kept(ports, leased, heard.text)
    urgent = emergency.check(ports, text=heard.text) if heard.text else None
    if kept and heard.why:
        return [words.say("utter_voice_kept")]
    return [urgent or voices.say_back(ports, person_id=leased.person_id, heard=heard)]


def _kept(ports: Ports, leased: Leased, said: str) -> bool:
    """Whether the voice itself goes with the question that is being written."""
    return consult_voices.take(
        ports,
        person_id=leased.person_id,
        inbox_id=leased.id,
        media_id=str(leased.body.get("media_id") or ""),
        expects=leased.expects,
        words=said,
    )


def picture(ports: Ports, leased: Leased) -> list[Reply]:
    """Kept with the question it belongs to; what is written below it is read for red flags first.

    Raises Unavailable: it is tried again.
    """
    caption = str(leased.body.get("text") or "")
    urgent = emergency.check(ports, text=caption) if caption else None
    kept = photos.take(
        ports,
        person_id=leased.person_id,
        inbox_id=leased.id,
        media_id=str(leased.body.get("media_id") or ""),
        expects=leased.expects,
        last=_too_late(leased),
    )
    return [urgent, kept] if urgent else [kept]


def _too_late(leased: Leased) -> bool:
    """What a patient writes after a voice waits for it, so it is tried for some seconds only."""
    return (clock.wire() - leased.received_at).total_seconds() > MEDIA_SECONDS
