"""Noting what was not surely understood, so that staff can say later what was meant."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Tracker

from actions.base import Heard, caller
from bot.ports import Ports
from bot.services import unclear

log = logging.getLogger(__name__)


def note(ports: Ports, tracker: Tracker) -> str | None:
    """Note the patient's last message; gives its ref, None = nothing noted. Never in the way of an answer."""
    heard = Heard(tracker)
    if heard.tapped or heard.entrusted or not heard.text:
        return None
    ranking: list[dict[str, Any]] = (tracker.latest_message or {}).get("intent_ranking") or []
    best = next((one for one in ranking if one.get("name") not in {None, "nlu_fallback"}), {})
    try:
        return unclear.note(
            ports,
            person_id=caller(ports, tracker).person_id,
            text=heard.text,
            guess=str(best.get("name") or "out_of_scope"),
            confidence=float(best.get("confidence") or 0),
        )
    except Exception as error:
        log.warning("not noted: %s", type(error).__name__)
        return None


def note_if_unsure(ports: Ports, tracker: Tracker) -> None:
    """Note a message that is acted upon though its meaning is a guess."""
    if not Heard(tracker).sure:
        note(ports, tracker)
