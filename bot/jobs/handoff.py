"""End the talks with a person in which nobody says anything any more, appointed ones as well."""

from __future__ import annotations

from bot import wiring
from bot.services import handoff_ends, talk_ends


def run() -> int:
    ports = wiring.ports()
    return handoff_ends.sweep(ports) + talk_ends.sweep(ports)
