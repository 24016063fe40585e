"""常见问答: what nobody found is cleaned for staff, what expired is taken off where the rules say so."""

from __future__ import annotations

from bot import wiring
from bot.services import faq_misses, faq_recall


def run() -> int:
    ports = wiring.ports()
    return faq_misses.clean_fresh(ports) + faq_recall.take_off_expired(ports)
