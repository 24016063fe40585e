"""What a message says as a whole: a small network of learnt figures that reads the clauses together.

Two layers look along the characters, what speaks loudest in each of their figures is kept, and one table turns that
into how much more likely an emergency is than none. `python -m bot.triage.build_weights` writes whole.npz.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PATH = Path(__file__).with_suffix(".npz")
UNKNOWN, BETWEEN, FIRST = 1, 2, 3  # numbers of what is no character of the table; 0 stands for nothing
NARROW, WIDE = 4, 5  # characters that the first layer sees beside each other, and places that the second does
LENGTH = 120  # characters that are read as a whole
LIGHTER, HEAVIER = -4.0, 5.0  # what it may take from the weight of words and add to it
SHARE = 1.5  # of its own figure, beside the weight of words
CLEAR = 0.5  # chance, among the categories, from which one is named

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Whole:
    """Characters → their numbers; `signs` a row for each number; `narrow`, `wide` and `out` with their offsets."""

    numbers: dict[str, int]
    signs: Array
    narrow: tuple[Array, Array]
    wide: tuple[Array, Array]
    out: tuple[Array, Array]


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
    said = spelt(whole.numbers, clauses)
    if not said:
        return Reading()
    speaks = categories(whole, said)
    most = int(speaks[1:].argmax()) + 1
    top = float(speaks[most])
    others = float(np.exp(speaks[1:] - top).sum())
    adds = min(HEAVIER, max(LIGHTER, SHARE * (top + math.log(others) - float(speaks[0]))))
    return Reading(adds, most if 1 / others >= CLEAR else 0)


def spelt(numbers: dict[str, int], clauses: Sequence[str]) -> list[int]:
    """The characters' numbers, with a sign between clauses."""
    found: list[int] = []
    for clause in clauses:
        found += [BETWEEN] * bool(found) + [numbers.get(char, UNKNOWN) for char in clause]
    return found[:LENGTH]


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


def categories(whole: Whole, said: Sequence[int]) -> Array:
    """How loudly it speaks for each category (logits); the first is no emergency."""
    near = _layer(whole.signs[said], NARROW, 0, whole.narrow)
    far = _layer(near, WIDE, WIDE // 2, whole.wide)
    table, offset = whole.out
    return np.concatenate([near.max(axis=0), far.max(axis=0)]) @ table + offset


def _layer(rows: Array, size: int, before: int, weights: tuple[Array, Array]) -> Array:
    """For each place what the figures make of it and its neighbours; nothing counts as less than nothing."""
    table, offset = weights
    padded = np.pad(rows, ((before, size - 1 - before), (0, 0)))
    beside = np.concatenate([padded[at : at + len(rows)] for at in range(size)], axis=1)
    return np.maximum(beside @ table + offset, np.float32(0))


@lru_cache(maxsize=1)
def read() -> Whole:
    """What was learnt."""
    with np.load(PATH, allow_pickle=False) as kept:
        return of({name: kept[name] for name in kept.files})


def of(arrays: Mapping[str, npt.NDArray[Any]]) -> Whole:
    """The arrays of the file as they are used."""
    figures = {name: array.astype(np.float32) for name, array in arrays.items() if name != "characters"}
    return Whole(
        {char: number for number, char in enumerate(arrays["characters"].tolist(), FIRST)},
        figures["signs"],
        (figures["narrow"], figures["narrow_offset"]),
        (figures["wide"], figures["wide_offset"]),
        (figures["out"], figures["out_offset"]),
    )
