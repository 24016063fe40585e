"""A second net: does a text that no rule knows sound like the emergencies that people wrote?

A weight for every run of one to four folded characters, learnt (bot/triage/build_similar.py); a text counts as much as
its best stretch. So whatever stands before or after it, politeness, a booking, a story, can never lower it. It only
adds an alarm, under its own id, with general words: what was said is not understood, only alike.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ID = "similar"
PATH = Path(__file__).parent / "similar.bin"
SIZES = (1, 2, 3, 4)  # characters of a run
BITS = 18  # of a run's number; runs that share one share its weight
MOST = 1000  # characters looked at from either end of a long text
WIDTH = 4  # bytes of one character in UTF-32


@dataclass(frozen=True)
class Weights:
    """`of` every run's number; what each character costs, and from which sum on a stretch is an alarm."""

    of: array[int]
    cost: float
    enough: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The learnt weights: a line of JSON, then one signed byte a number, compressed."""
    head, _, body = PATH.read_bytes().partition(b"\n")
    facts = json.loads(head)
    return Weights(array("b", zlib.decompress(body)), facts["cost"], facts["enough"])


def alike(folded: str) -> bool:
    """Does some stretch of a folded text reach the line?"""
    known = weights()
    parts = (folded,) if len(folded) <= 2 * MOST else (folded[:MOST], folded[-MOST:])
    return any(best(numbers(part), known.of, known.cost) >= known.enough for part in parts)


def numbers(folded: str) -> Iterator[list[int]]:
    """For every character the numbers of the runs that begin there; none where the text only repeats itself."""
    raw = folded.encode("utf-32-le", "surrogatepass")
    longest = SIZES[-1]
    for at in range(len(folded)):
        here = folded[at : at + longest]
        again = len(here) == longest and here in folded[max(at - longest, 0) : at + longest - 1]
        yield [] if again else [_number(raw, at, size) for size in SIZES if at + size <= len(folded)]


def _number(raw: bytes, at: int, size: int) -> int:
    return zlib.crc32(raw[WIDTH * at : WIDTH * (at + size)]) & ((1 << BITS) - 1)


def best(runs: Iterator[list[int]] | Sequence[list[int]], of: Sequence[float], cost: float) -> float:
    """The largest sum of a stretch: its weights less the cost of its characters."""
    top = total = 0.0
    for found in runs:
        total = max(total + sum([of[number] for number in found]) - cost, 0.0)
        top = max(top, total)
    return top
