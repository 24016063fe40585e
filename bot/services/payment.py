"""Bills of bound cards, to be read; they are paid at the hospital."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.his.port import Bill
from bot.ports import Ports
from bot.services import access, papers


@dataclass(frozen=True)
class Mine:
    """A bill and whose it is."""

    card_ref: str
    masked_name: str
    bill: Bill = field(repr=False)


@access.reads("payment.bills", why="own")
def bills(ports: Ports, *, person_id: int, card_ref: str | None = None) -> list[Mine]:
    """Of the years that the rules name for reports, open ones first, then newest. Raises NotFound, HisUnavailable."""
    found = papers.of_cards(
        ports,
        person_id=person_id,
        card_ref=card_ref,
        ask=ports.his.bills,
        moment=lambda paper: paper.made_at,
    )
    mine = [Mine(card.ref, card.masked_name, bill) for card, bill in found]
    return sorted(mine, key=lambda each: each.bill.state != "open")
