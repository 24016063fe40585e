"""What our own lexicon says: each finding that counts votes for the departments that look after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from bot.triage.lexicon import Finding, findings, lexicon
from bot.triage.names import STANDARD

# Length of a unit vote beside the table's margins (a fair department stands near 0.5, a wrong one below -0.5):
# much where the table has seen no patients, little where it has seen many.
UNTAUGHT, TAUGHT = 0.45, 0.1
_PLACE = {name: place for place, name in enumerate(STANDARD)}
Array = np.ndarray[Any, Any]


def trust_in(taught: Collection[str]) -> Array:
    """Length of a vote per department, from those that patients' texts taught."""
    return np.array([TAUGHT if name in taught else UNTAUGHT for name in STANDARD], dtype=np.float32)


def votes(text: str, trust: Array) -> Array:
    """One figure per standard department: the findings' votes made a unit, each part as long as its trust."""
    return cast(findings(text), trust)


def cast(found: Iterable[Finding], trust: Array) -> Array:
    """The same for findings already made."""
    entries = lexicon().entries
    figures = np.zeros(len(STANDARD), dtype=np.float32)
    for one in found:
        if not one.denied:
            to = entries[one.concept].to
            for name, weight in to.items():
                figures[_PLACE[name]] += weight / sum(to.values())
    length = float(np.sqrt(np.square(figures).sum()))
    return figures / length * trust if length else figures
