"""What our own lexicon says: each finding that counts votes for the departments that look after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from bot.triage.lexicon import Finding, findings, lexicon
from bot.triage.names import STANDARD

# Length of a vote beside the table's margins (a fair department stands near 0.6, most others below -1): SHORT over
# the number of characters, since a short text leaves the table little to go by (头疼一周了); and where the table has
# seen no patients, never less than UNTAUGHT.
SHORT, SHORTEST = 4.5, 4
UNTAUGHT = 0.6
_PLACE = {name: place for place, name in enumerate(STANDARD)}
Array = np.ndarray[Any, Any]


def trust_in(taught: Collection[str]) -> Array:
    """The least length of a vote per department, from those that patients' texts taught."""
    return np.array([0.0 if name in taught else UNTAUGHT for name in STANDARD], dtype=np.float32)


def votes(text: str, trust: Array) -> Array:
    """One figure per standard department: the findings' votes made a unit, each part as long as its reach."""
    return cast(findings(text), trust, len(text))


def cast(found: Iterable[Finding], trust: Array, length: int) -> Array:
    """The same for findings already made in a text of so many characters."""
    entries = lexicon().entries
    figures = np.zeros(len(STANDARD), dtype=np.float32)
    for one in found:
        if not one.denied:
            to = entries[one.concept].to
            for name, weight in to.items():
                figures[_PLACE[name]] += weight / sum(to.values())
    size = float(np.sqrt(np.square(figures).sum()))
    reach = np.maximum(trust, SHORT / max(length, SHORTEST))
    return figures / size * reach if size else figures
