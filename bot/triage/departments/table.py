"""The weight table: n-gram × department, int8, as built by bot.triage.build_table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ahocorasick
import numpy as np

PATH = Path(__file__).parent / "table.npz"
Array = np.ndarray[Any, Any]
SHORT, SHORTEST = 3.0, 4  # a text of n characters is SHORT / n less sure than a long one; n counts from SHORTEST


def doubt(length: int) -> float:
    """Factor on the temperature for a text of so many characters."""
    return 1 + SHORT / max(length, SHORTEST)


@dataclass(frozen=True)
class Table:
    """`weights[row, department] * scale[department]` is the weight of one n-gram; `rows` finds its row.

    `heat`: temperature of the softmax for a long text. `trust`: least length of a lexicon vote per department.
    `words`: automaton of everyday words that lean to a department.
    """

    rows: Mapping[str, int]
    idf: Array
    weights: Array
    scale: Array
    bias: Array
    names: tuple[str, ...]
    heat: float
    trust: Array
    words: ahocorasick.Automaton

    def known(self, grams: Iterable[str]) -> list[int]:
        """Rows of the n-grams that the table holds."""
        return [self.rows[gram] for gram in grams if gram in self.rows]

    def margins(self, rows: Sequence[int], age: str | None) -> Array:
        """Score of each department before calibration."""
        value = self.idf[rows] / np.sqrt(np.square(self.idf[rows]).sum())
        margins: Array = value @ self.weights[rows] * self.scale + self.bias
        row = self.rows.get(age or "")
        return margins if row is None else margins + self.weights[row] * self.scale

    def force(self, rows: Sequence[int]) -> Array:
        """How far n-grams push each department, before the text's length is taken out."""
        push: Array = self.idf[rows] @ self.weights[rows] * self.scale
        return push

    def probabilities(self, margins: Array, length: int) -> Array:
        """Calibrated softmax for a text of so many characters."""
        powers: Array = np.exp((margins - margins.max()) / (self.heat * doubt(length)))
        shares: Array = powers / powers.sum()
        return shares


@lru_cache(maxsize=1)
def table() -> Table:
    """Load the table once per process."""
    with np.load(PATH, allow_pickle=False) as data:
        return Table(
            {term: row for row, term in enumerate(_words(data["terms"]))},
            data["idf"].astype(np.float32),
            data["weights"].astype(np.float32),
            data["scale"],
            data["bias"],
            tuple(_words(data["names"])),
            float(data["heat"]),
            data["trust"],
            _automaton(_words(data["words"])),
        )


def _words(packed: Array) -> list[str]:
    """Words from the bytes the builder wrote."""
    return bytes(packed).decode("utf-8").split("\n")


def _automaton(words: Iterable[str]) -> ahocorasick.Automaton:
    """Finds every word in one pass."""
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton
