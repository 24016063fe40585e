"""What a message says as a whole: a small network (`bot.charcnn`) that reads the clauses together.

It says how much more likely an emergency is than none. `python -m bot.triage.build_weights` writes whole.npz.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np

from bot.charcnn.reading import CharCnn, load, spelt

PATH = Path(__file__).with_suffix(".npz")
LENGTH = 120  # characters that are read as a whole
LIGHTER, HEAVIER = -4.0, 5.0  # what it may take from the weight of words and add to it
SHARE = 1.5  # of its own figure, beside the weight of words
CLEAR = 0.5  # chance, among the categories, from which one is named


@dataclass(frozen=True)
class Reading:
    """What reading the clauses together adds to the weight of their words (log odds, LIGHTER..HEAVIER).

    `category`: the number of the one that it speaks for, 0 when none is clear.
    """

    adds: float = 0.0
    category: int = 0


@lru_cache(maxsize=64)  # one check reads the same clauses several times
def lean(*clauses: str) -> Reading:
    """Read clauses as one message."""
    whole = read()
    said = spelt(whole.numbers, clauses, LENGTH)
    if not said:
        return Reading()
    speaks = whole.speaks(said)  # the first is no emergency
    most = int(speaks[1:].argmax()) + 1
    top = float(speaks[most])
    others = float(np.exp(speaks[1:] - top).sum())
    adds = min(HEAVIER, max(LIGHTER, SHARE * (top + math.log(others) - float(speaks[0]))))
    return Reading(adds, most if 1 / others >= CLEAR else 0)


def around(lengths: Sequence[int], first: int, end: int) -> tuple[int, int]:
    """The clauses that are read together with those from `first` to `end`: as many on both sides as LENGTH holds."""
    starts = [0, *accumulate(lengths)]
    while True:
        wider = [(a, b) for a, b in ((first - 1, end), (first, end + 1)) if a >= 0 and b <= len(lengths)]
        wider = [(a, b) for a, b in wider if starts[b] - starts[a] <= LENGTH]
        if not wider:
            return first, end
        first, end = wider[0]
        if len(wider) > 1:
            end += starts[end + 1] - starts[first] <= LENGTH


@lru_cache(maxsize=1)
def read() -> CharCnn:
    """What was learnt."""
    return load(PATH)
