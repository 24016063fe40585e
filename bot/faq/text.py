"""Text → tokens of the FAQ search. Pure; the same for entries and queries."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

LONGEST = 2000  # characters of a text that are looked at; a question is never longer
RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9][a-z0-9.+\-]*")
FIRST_HAN = "\u3400"


class Tokens(NamedTuple):
    """Distinct tokens in their order: `single` Han characters, `pairs` of adjacent ones, Latin `words`."""

    single: tuple[str, ...]
    pairs: tuple[str, ...]
    words: tuple[str, ...]


def tokens(text: str) -> list[str]:
    """List all tokens, repeats kept: Han characters, adjacent pairs of them, Latin and digit runs."""
    found: list[str] = []
    for run in _runs(text):
        if run < FIRST_HAN:
            found.append(run)
        else:
            found += run
            found += _pairs(run)
    return found


def query(text: str) -> Tokens:
    """Give the tokens of a query, each once, by kind."""
    runs = _runs(text)
    han = [run for run in runs if run >= FIRST_HAN]
    return Tokens(
        single=tuple(dict.fromkeys("".join(han))),
        pairs=tuple(dict.fromkeys(pair for run in han for pair in _pairs(run))),
        words=tuple(dict.fromkeys(run for run in runs if run < FIRST_HAN)),
    )


def _runs(text: str) -> list[str]:
    plain: list[str] = RUN.findall(unicodedata.normalize("NFKC", text[:LONGEST]).lower())
    return plain


def _pairs(run: str) -> list[str]:
    return [left + right for left, right in pairwise(run)]
