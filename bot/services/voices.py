"""Spoken messages: turned into words where somebody can, and said back before anything is done with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import PeizhenError, Refused, Unavailable
from bot.ports import Ports, Reply
from bot.services import choices, inbound_media, vault, words

# The payload of a choice, with the vault's reference of what was understood, or nothing. It answers a question, as
# `choices.LATE` does: a late tap changes nothing.
HEARD = f"{choices.LATE}:heard "
AMR = (b"#!AMR\n", b"#!AMR-WB\n")
MOST_BYTES = 512 * 1024  # a minute at the best rate has 96 KB, and WeChat records no longer
MOST_CHARACTERS = 1000  # nobody says more in a minute
SHOWN = 300  # characters of it that are said back
YES = re.compile(r"(?:对|是|嗯|好|没错|正确|可以|行)(?:的|了|呀|啊|吧|对|是)*[。.！!]?")
NO = re.compile(r"(?:不对|不是|错了|没听对|听错了|不)(?:的|了|呀|啊)*[。.！!]?")


@dataclass(frozen=True)
class Heard:
    """The words of a voice, or why there are none: `got_voice` (nobody listens), `voice_unclear`, `voice_lost`."""

    text: str = field(repr=False)
    why: str = ""


def understand(ports: Ports, *, body: Mapping[str, Any], last: bool = False) -> Heard:
    """The words of one spoken message, WeChat's own where it still sends any.

    Raises Unavailable, but at the `last` try.
    """
    text = str(body.get("text") or "").strip()
    if text:
        return Heard(text)
    if ports.speech is None or ports.media is None:
        return Heard("", "got_voice")
    try:
        sound = inbound_media.fetch(ports, media_id=str(body.get("media_id") or ""))
        return _words(ports, sound)
    except Refused:
        return Heard("", "voice_lost")
    except Unavailable:
        if not last:
            raise
        return Heard("", "voice_lost")


def say_back(ports: Ports, *, person_id: int, heard: Heard) -> Reply:
    """我听到的是…, with a yes and a no; or what to do instead."""
    if heard.why:
        return words.say(f"utter_{heard.why}")
    ref = vault.put(ports, person_id=person_id, kind="text", value=heard.text)
    shown = heard.text if len(heard.text) <= SHOWN else f"{heard.text[:SHOWN]}…"
    asked = [{"label": "对，就这样", "payload": f"{HEARD}{ref}"}, {"label": "不对，我再说", "payload": HEARD}]
    return {**words.say("utter_voice_heard", text=shown), "choices": asked}


def answered(ports: Ports, *, person_id: int, text: str) -> str:
    """A typed 对 or 不对 as the number of the choice that it means; any other text as it is."""
    number = "1" if YES.fullmatch(text.strip()) else "2" if NO.fullmatch(text.strip()) else ""
    if not number:
        return text
    payload = choices.pick(ports, person_id=person_id, text=number, menu_id="", asked=True)
    return number if payload is not None and payload.startswith(HEARD) else text


def confirmed(ports: Ports, *, person_id: int, payload: str) -> str:
    """The words that were said back and confirmed; '' = they were wrong, or too old."""
    ref = payload.removeprefix(HEARD)
    try:
        return vault.get(ports, person_id=person_id, ref=ref) if ref else ""
    except PeizhenError:
        return ""


def is_voice(sound: bytes) -> bool:
    """Whether these bytes are a recording as WeChat makes them, told by the first of them and their number."""
    return sound.startswith(AMR) and len(sound) <= MOST_BYTES


def _words(ports: Ports, sound: bytes) -> Heard:
    assert ports.speech is not None
    if not is_voice(sound):
        return Heard("", "voice_unclear")
    text = ports.speech.listen(sound).strip()[:MOST_CHARACTERS]
    return Heard(text) if text else Heard("", "voice_unclear")
