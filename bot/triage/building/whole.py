"""Learns what a message says as a whole, on the texts of the second net: `redflags/whole.py` reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from bot.charcnn.learning import Shape
from bot.charcnn.learning import learn as learn_apart
from bot.triage.building.weighing import Text
from bot.triage.redflags.weighing import pieces
from bot.triage.redflags.whole import LENGTH
from bot.triage.text import normalise

KINDS = 31  # no emergency, and the thirty categories
SHAPE = Shape(KINDS, LENGTH, signs=96, figures=160, widths=(2, 3, 4), rounds=6, doubt=0.02)


def learn(texts: Sequence[Text]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of whole.npz."""
    cuts = [
        [normal.text[part.start : part.end] for part in pieces(normal)]
        for normal in (normalise(text.words) for text in texts)
    ]
    return learn_apart(cuts, [text.category for text in texts], SHAPE)
