"""Prescriptions of bound cards."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.his.port import Prescription
from bot.ports import Ports
from bot.services import access, papers


@dataclass(frozen=True)
class Mine:
    """A prescription and whose it is."""

    card_ref: str
    masked_name: str
    prescription: Prescription = field(repr=False)


@access.reads("aftercare.prescriptions", why="own")
def prescriptions(ports: Ports, *, person_id: int, card_ref: str | None = None) -> list[Mine]:
    """Of the years that the rules name for reports, newest first. Raises NotFound (card), HisUnavailable."""
    found = papers.of_cards(
        ports,
        person_id=person_id,
        card_ref=card_ref,
        ask=ports.his.prescriptions,
        moment=lambda paper: paper.ordered_at,
    )
    return [Mine(card.ref, card.masked_name, paper) for card, paper in found]
