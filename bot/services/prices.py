"""What examinations and drugs cost."""

from __future__ import annotations

import unicodedata

from bot.his.port import Price, PriceKind
from bot.ports import Ports

LONGEST = 50  # characters of a search; no item's name is longer


def find(ports: Ports, *, text: str, kind: PriceKind | None = None) -> list[Price]:
    """Items whose name contains the text, shortest name first; empty = none. Raises HisUnavailable."""
    wanted = unicodedata.normalize("NFKC", text).strip()[:LONGEST]
    return ports.his.prices(text=wanted, kind=kind) if wanted else []
