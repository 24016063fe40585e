"""Messages that are no wish in words: code, commands to a machine, abuse, another language."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard
from actions.digressions import responds_to
from bot.ports import Ports

HAN = re.compile("[\u3400-\u9fff]")
ENGLISH = re.compile(
    r"\b(?:i|the|to|is|are|you|my|me|want|can|do|how|where|what|when|please|have|need|for|see|doctor|hospital)\b",
    re.IGNORECASE,
)
FEWEST = 2  # ok, CT, wifi and B超 are words of ours, and wo yao gua hao is no English


def foreign(text: str) -> bool:
    """Whether a message is in English."""
    return not HAN.search(text) and len(ENGLISH.findall(text)) >= FEWEST


@responds_to("odd")
def odd(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """What web took out before it was read as a wish (`bot.services.oddities`)."""
    dispatcher.utter_message(response=f"utter_odd_{heard.first('kind') or 'code'}")
