"""The generator's tables: CSV files beside it, read once."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent / "data"


@cache
def read(name: str) -> tuple[dict[str, str], ...]:
    """All rows of `data/<name>.csv`; an empty cell is an empty string."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def dice(*words: object) -> Random:
    """A random source that follows from its words alone, the same on every machine and Python."""
    return Random("/".join(map(str, words)))  # noqa: S311 - reproducible play data, no secrets
