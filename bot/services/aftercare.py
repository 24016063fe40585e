"""Prescriptions of bound cards."""

from __future__ import annotations

from bot.his.port import Prescription
from bot.ports import Ports
from bot.services import access, papers
from bot.services.papers import Mine


@access.reads("aftercare.prescriptions", why="own")
def prescriptions(ports: Ports, *, person_id: int, card_ref: str | None = None) -> list[Mine[Prescription]]:
    """Of the years that the rules name for reports, newest first. Raises NotFound (card), HisUnavailable."""
    return papers.of_cards(
        ports,
        person_id=person_id,
        card_ref=card_ref,
        ask=ports.his.prescriptions,
        moment=lambda paper: paper.ordered_at,
    )
