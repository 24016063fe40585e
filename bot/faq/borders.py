"""Where words begin and end, to tell 王姐 from a word that has 王姐 inside. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.faq.segments import Word, frequency
from bot.faq.surnames import DOUBLE

SELDOM = 50  # times; a word that the dictionary has hardly seen yields to a title
COMMON = 60  # times that the dictionary has seen what it calls a name: beyond that it is a word
PERSONS = frozenset({"nr", "nrt", "nrfg"})


class Borders:
    """The words of a text by their places."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._of = {at: word for word in words for at in range(word.start, word.end)}

    def begins(self, start: int, end: int) -> bool:
        """Whether no known word runs over the border before `start`, or over `end` from before it."""
        first = self._of.get(start)
        if first is None or (first.start < start and first.known and first.flag not in PERSONS):
            return False
        if not first.known or first.end <= end or first.flag in PERSONS:
            return True
        behind = self._of.get(first.end)  # 黄教授 was cut 黄教|授: the letter left over is no word of its own
        return frequency(first.text) < SELDOM and behind is not None and len(behind.text) == 1

    def stands(self, start: int, end: int) -> bool:
        """Whether start and end are borders: no known word crosses either, and the whole is no word itself."""
        whole = [self._of.get(at) for at in (start, end - 1)]
        for word in whole:
            crossing = word is not None and (word.start < start or word.end > end)
            if (
                word is not None
                and not re.fullmatch(DOUBLE, word.text)
                and word.known
                and not word.flag.startswith("nr")
                and (crossing or word.end - word.start > 1)
            ):
                return False
            if word is not None and crossing and word.start < start:
                return False
        return True

    def named(self, start: int, end: int) -> bool:
        """Whether the dictionary knows exactly this part as a name: the given one, behind a surname."""
        word = self._of[start]
        return (word.start, word.end) == (start, end) and end - start > 1 and word.flag in {*PERSONS, "nz"}

    def weight(self, start: int, end: int, *, led: bool) -> float:
        """What the words say of a name there: it is one to them, it tears one, or it is a plain word itself."""
        first, last = self._of[start], self._of[end - 1]
        if (first.start, first.end) == (start, end):
            return _itself(first)
        if led and first.start < start:
            first = last  # 证明人丛: what leads to a name is no part of a word with it
        torn = [w for w in (first, last) if w.known and not w.flag.startswith("nr")]
        return -2.0 * sum(w.start < start or w.end > end for w in torn) - 1.0 * (
            first.known and first.end - first.start > 1
        )


def _itself(word: Word) -> float:
    """What a word that covers exactly the name says; the dictionary holds common words among its names too."""
    if not word.known:
        return 1.5 if word.flag.startswith("nr") else 0.5
    return 1.0 if word.flag.startswith("nr") and frequency(word.text) < COMMON else -2.5
