"""Words of a text with their kinds, as jieba's dictionary and its model of unknown words see them."""

from __future__ import annotations

import logging
import math
from collections import Counter
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
    jieba.posseg.dt.initialize()
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


def surname_odds(letter: str) -> float:
    """How much of what begins with a letter in the dictionary is a person's name (log, 0 = all of it, -9 = none)."""
    return _odds()[0].get(letter, RARE_SURNAME)


def given_odds(letter: str) -> float:
    """How much likelier a letter stands in the dictionary's given names than in its other words (log)."""
    return _odds()[1].get(letter, NEVER_GIVEN)


RARE_SURNAME, NEVER_GIVEN = -2.5, -5.0
FULL_NAME = (2, 3)  # characters
PERSON = frozenset({"nr", "nrfg"})


@lru_cache(maxsize=1)
def _odds() -> tuple[dict[str, float], dict[str, float]]:
    """Count the 65 thousand names and the other words of the dictionary, once (half a second)."""
    jieba = _tools()
    kinds, times = jieba.posseg.dt.word_tag_tab, jieba.dt.FREQ
    first, named, given, other = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for word in filter(times.get, times):  # what has no number is only the beginning of a word
        first[word[0]] += times[word]
        if len(word) in FULL_NAME and kinds.get(word) in PERSON:
            named[word[0]] += times[word]
            given.update(word[1:])
            continue
        for letter in word:
            other[letter] += times[word]
    return (
        {letter: math.log((named[letter] + 2) / (first[letter] + 40)) for letter in named},
        _likelier(given, other),
    )


def _likelier(given: Counter[str], other: Counter[str]) -> dict[str, float]:
    """Each letter's share of the given names against its share of the other words (log)."""
    ours, theirs = given.total(), other.total()
    return {letter: math.log((given[letter] + 0.5) / ours / ((other[letter] + 50) / theirs)) for letter in given}
