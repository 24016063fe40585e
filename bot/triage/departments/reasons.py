"""Why a department: the patient's own expressions without which it is less likely. Nothing else is ever shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from bot.triage.cues import MONTHS, parse_age_months
from bot.triage.departments.features import grams
from bot.triage.departments.likelihood import Asker, Reading, read
from bot.triage.departments.table import table

SHOWN = 3  # words for one department
SHORTEST = 2  # characters of a word
EXPRESSIONS, WORDS = 8, 3  # of the lexicon tried for a message; of everyday words tried for one department
DIGITS = 4  # of a probability as it is shown


class Reasons:
    """The reasons of one message; each candidate is taken out and the rest read again, once."""

    def __init__(self, reading: Reading, asker: Asker) -> None:
        self._reading = reading
        self._asker = asker
        self._without: dict[str, Mapping[str, float]] = {}

    def of(self, name: str, value: float) -> list[str]:
        """Expressions of the lexicon, heaviest first; else an everyday word; else nothing."""
        return self._lowering(name, value, self._expressions) or self._lowering(name, value, self._words(name))[:1]

    def _lowering(self, name: str, value: float, words: Iterable[str]) -> list[str]:
        """Words whose removal lowers the department's figure as shown, the heaviest first."""
        left = {word: round(self._rest(word).get(name, 0.0), DIGITS) for word in words}
        lowering = [word for word, rest in left.items() if rest < round(value, DIGITS)]
        return sorted(lowering, key=lambda word: left[word])[:SHOWN]

    @cached_property
    def _expressions(self) -> list[str]:
        """Expressions of the lexicon that count."""
        said = dict.fromkeys(one.words for one in self._reading.found if not one.denied and len(one.words) >= SHORTEST)
        return list(said)[:EXPRESSIONS]

    def _words(self, name: str) -> list[str]:
        """Everyday words that push the department most, none of them part of a denied expression."""
        place = table().names.index(name)
        push = {word: figures[place] for word, figures in self._pushes.items() if figures[place] > 0}
        return sorted(push, key=lambda word: -push[word])[:WORDS]

    @cached_property
    def _pushes(self) -> dict[str, list[float]]:
        """Each everyday word of the message with how far it pushes each department."""
        figures, text = table(), self._reading.text
        denied = [one.words for one in self._reading.found if one.denied]
        words = dict.fromkeys(word for _, word in figures.words.iter_long(text))
        free = [word for word in words if not any(word in other for other in denied)]
        return {word: figures.force(figures.known(grams(word))).tolist() for word in free}

    def _rest(self, word: str) -> Mapping[str, float]:
        """Highest shares of the message without any mention of a word."""
        if word not in self._without:
            text = self._reading.text.replace(word, "")
            readings = [read(text, Asker(age, self._asker.sex)).likely for age in self._ages(text)]
            names = {name for likely in readings for name in likely}
            self._without[word] = {name: max(likely.get(name, 0.0) for likely in readings) for name in names}
        return self._without[word]

    def _ages(self, text: str) -> set[int | None]:
        """The age that is known, and the one still said, for the words now gone may have been its only source."""
        age = self._asker.age
        return {age} if age is None or _said(self._reading.text) != age else {age, _said(text)}


def _said(text: str) -> int | None:
    """Years stated in the words."""
    months = parse_age_months(text)
    return None if months is None else months // MONTHS
