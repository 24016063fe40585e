"""Words of a text with their kinds, as jieba's dictionary and its model of unknown words see them."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any, NamedTuple

LONGEST = 2000  # characters cut at a time; its model's time grows with the length of a stretch


class Word(NamedTuple):
    """One word; `flag` is jieba's (nr person, ns place, n noun, …), `known` = it stands in the dictionary."""

    start: int
    end: int
    text: str
    flag: str
    known: bool


@lru_cache(maxsize=1)
def _tools() -> Any:
    """Load on first use: 100 MB and most of a second that only those pay who clean a text."""
    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba


def words(text: str) -> list[Word]:
    """Cut a text; the places are those of the text."""
    jieba, found, at = _tools(), [], 0
    for begin in range(0, len(text), LONGEST):
        for pair in jieba.posseg.cut(text[begin : begin + LONGEST]):
            end = at + len(pair.word)
            found.append(Word(at, end, pair.word, pair.flag, jieba.dt.FREQ.get(pair.word, 0) > 0))
            at = end
    return found


def frequency(word: str) -> int:
    """How often the dictionary has seen a word; 0 = it does not know it."""
    return int(_tools().dt.FREQ.get(word, 0))
