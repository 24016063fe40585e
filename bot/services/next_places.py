"""The next half hours that can be booked in a department, few enough to be read at a glance."""

from __future__ import annotations

from bot import clock
from bot.ports import Ports
from bot.services.offers import NOON, Offer, offers, open_days

DAYS = 2  # days with places that are looked at


def next_places(ports: Ports, *, department_id: str, most: int) -> list[Offer]:
    """The earliest of the first day with places, its first afternoon, and the earliest of the day after that has some.

    Earliest first; empty = nothing is left of what can be booked now. Raises HisUnavailable.
    """
    days = [stock.day for stock in open_days(ports, department_id=department_id)[:DAYS]]
    found: list[Offer] = []
    for day in days:
        free = offers(ports, department_id=department_id, day=day)
        later = [offer for offer in free if clock.local(offer.start).hour >= NOON]
        found += [*free[:1], *(offer for offer in later[:1] if offer not in free[:1])]
    return found[:most]
