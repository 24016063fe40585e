"""What our own lexicon says: each finding that counts votes for the departments that look after it."""

from __future__ import annotations

from typing import Any

import numpy as np

from bot.triage.lexicon import lexicon, spans
from bot.triage.names import STANDARD

WEIGHT = 0.45  # of a unit vote beside the table's margins (a fair department stands near 0.5, a wrong one below -0.5)
_PLACE = {name: place for place, name in enumerate(STANDARD)}


def votes(text: str) -> np.ndarray[Any, Any]:
    """One figure per standard department, together of length WEIGHT, or all zero."""
    entries = lexicon().entries
    figures = np.zeros(len(STANDARD), dtype=np.float32)
    for span in spans(text):
        if not span.denied:
            to = entries[span.concept].to
            for name, weight in to.items():
                figures[_PLACE[name]] += weight / sum(to.values())
    length = float(np.sqrt(np.square(figures).sum()))
    return figures * (WEIGHT / length) if length else figures
