"""Reading with a learnt network, with numpy alone.

Two layers look along the characters, what speaks loudest in each of their figures is kept, and one table turns that
into how loudly each kind is spoken for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

UNKNOWN, BETWEEN, FIRST = 1, 2, 3  # numbers of what is no character of the table; 0 stands for nothing

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class CharCnn:
    """Characters → their numbers; `signs` a row for each number; `narrow`, `wide` and `out` with their offsets."""

    numbers: dict[str, int]
    signs: Array
    narrow: tuple[Array, Array]
    wide: tuple[Array, Array]
    out: tuple[Array, Array]

    def speaks(self, said: Sequence[int]) -> Array:
        """How loudly it speaks for each kind (logits); `said`, the numbers of the characters, may not be empty."""
        near = _layer(self.signs[said], self.narrow, before=0)
        far = _layer(near, self.wide, before=len(self.wide[0]) // near.shape[1] // 2)
        table, offset = self.out
        return np.concatenate([near.max(axis=0), far.max(axis=0)]) @ table + offset


def spelt(numbers: Mapping[str, int], clauses: Sequence[str], length: int) -> list[int]:
    """The characters' numbers, with a sign between clauses, and no more than `length` of them."""
    found: list[int] = []
    for clause in clauses:
        found += [BETWEEN] * bool(found) + [numbers.get(char, UNKNOWN) for char in clause]
    return found[:length]


def of(arrays: Mapping[str, npt.NDArray[Any]]) -> CharCnn:
    """The arrays of `learning.learn`, or of a file, as they are read."""
    figures = {name: array.astype(np.float32) for name, array in arrays.items() if name != "characters"}
    return CharCnn(
        {char: number for number, char in enumerate(arrays["characters"].tolist(), FIRST)},
        figures["signs"],
        (figures["narrow"], figures["narrow_offset"]),
        (figures["wide"], figures["wide_offset"]),
        (figures["out"], figures["out_offset"]),
    )


def load(path: Path) -> CharCnn:
    """What `learning.write` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        return of({name: kept[name] for name in kept.files})


def _layer(rows: Array, weights: tuple[Array, Array], *, before: int) -> Array:
    """For each place what the figures make of it and its neighbours; nothing counts as less than nothing."""
    table, offset = weights
    size = len(table) // rows.shape[1]
    padded = np.pad(rows, ((before, size - 1 - before), (0, 0)))
    beside = np.concatenate([padded[at : at + len(rows)] for at in range(size)], axis=1)
    return np.maximum(beside @ table + offset, np.float32(0))
