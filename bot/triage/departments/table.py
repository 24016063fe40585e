"""The weight table: n-gram × department, int8, as built by bot.triage.build_table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

PATH = Path(__file__).parent / "table.npz"
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Table:
    """`weights[row, department] * scale[department]` is the weight of one n-gram; `rows` finds its row."""

    rows: Mapping[str, int]
    idf: Array
    weights: Array
    scale: Array
    bias: Array
    names: tuple[str, ...]
    temperature: float

    def margins(self, grams: Iterable[str], age: str | None) -> Array | None:
        """Score of each department before calibration; None when no n-gram is known."""
        rows = [self.rows[gram] for gram in grams if gram in self.rows]
        if not rows:
            return None
        value = self.idf[rows] / np.sqrt(np.square(self.idf[rows]).sum())
        margins: Array = value @ self.weights[rows] * self.scale + self.bias
        row = self.rows.get(age or "")
        return margins if row is None else margins + self.weights[row] * self.scale

    def probabilities(self, margins: Array) -> Array:
        """Calibrated softmax."""
        powers: Array = np.exp((margins - margins.max()) / self.temperature)
        shares: Array = powers / powers.sum()
        return shares


@lru_cache(maxsize=1)
def table() -> Table:
    """Load the table once per process."""
    with np.load(PATH, allow_pickle=False) as data:
        terms = bytes(data["terms"]).decode("utf-8").split("\n")
        return Table(
            {term: row for row, term in enumerate(terms)},
            data["idf"].astype(np.float32),
            data["weights"].astype(np.float32),
            data["scale"],
            data["bias"],
            tuple(bytes(data["names"]).decode("utf-8").split("\n")),
            float(data["temperature"]),
        )
