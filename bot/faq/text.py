"""Folded text → tokens of the FAQ search. Pure; the same for entries and queries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9][a-z0-9.+\-]*")
FIRST_HAN = "\u3400"


class Tokens(NamedTuple):
    """Distinct tokens in their order: `single` Han characters, `pairs` of adjacent ones, Latin `words`."""

    single: tuple[str, ...]
    pairs: tuple[str, ...]
    words: tuple[str, ...]


def tokens(folded: str) -> list[str]:
    """List all tokens, repeats kept: Han characters, adjacent pairs of them, Latin and digit runs."""
    found: list[str] = []
    for run in RUN.findall(folded):
        if run < FIRST_HAN:
            found.append(run)
        else:
            found += run
            found += _pairs(run)
    return found


def query(folded: str) -> Tokens:
    """Give the tokens of a query, each once, by kind."""
    runs = RUN.findall(folded)
    han = [run for run in runs if run >= FIRST_HAN]
    return Tokens(
        single=tuple(dict.fromkeys("".join(han))),
        pairs=tuple(dict.fromkeys(pair for run in han for pair in _pairs(run))),
        words=tuple(dict.fromkeys(run for run in runs if run < FIRST_HAN)),
    )


def adjacent(coded: Iterable[int]) -> list[str]:
    """List the adjacent pairs of codes that are no gap (0), as two characters each."""
    return [chr(left) + chr(right) for left, right in pairwise(coded) if left and right]


def _pairs(run: str) -> list[str]:
    return [left + right for left, right in pairwise(run)]
