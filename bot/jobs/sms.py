"""Send word to cards' owners that did not leave at once."""

from __future__ import annotations

from bot import wiring
from bot.services import texts


def run() -> int:
    return texts.deliver_due(wiring.ports())
