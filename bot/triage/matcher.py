"""One Aho-Corasick automaton over all wordings; each wording names one or more concepts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import ahocorasick

from bot.triage.pattern import expand
from bot.triage.sounds import Sounds
from bot.triage.text import Normal


class Hit(NamedTuple):
    """A wording found: positions in the folded text."""

    start: int
    end: int
    concept: str


Found = tuple[int, int, tuple[str, ...]]  # start, minus the end, concepts: sorts as hits do
Wordings = Mapping[str, list[str]]  # wording → its concepts


def wordings(concepts: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Concept → patterns, turned round."""
    names: dict[str, list[str]] = {}
    for concept, patterns in concepts.items():
        for wording in {wording for pattern in patterns for wording in expand(pattern)}:
            names.setdefault(wording, []).append(concept)
    return names


class Matcher:
    """Finds every wording of every concept in one pass over the text."""

    def __init__(self, names: Wordings) -> None:
        self.wordings = names
        self._automaton = ahocorasick.Automaton()
        for wording, found in names.items():
            self._automaton.add_word(wording, (len(wording), tuple(found)))
        self._automaton.make_automaton()

    def find(self, normal: Normal) -> list[Hit]:
        """Hits sorted by start, longest first; wordings that bridge a clause end are not hits."""
        return hits(self.spans(normal))

    def spans(self, normal: Normal, heard: Sounds | None = None) -> list[Found]:
        """The same, with all concepts of a wording together; in how the text sounds, when that is given."""
        found_at = self._automaton.iter(normal.text if heard is None else heard.signs)
        if heard is None or heard.places is None:
            spans = [(last + 1 - size, -last - 1, found) for last, (size, found) in found_at]
        else:
            at = heard.places
            spans = [(at[last + 1 - size], -at[last + 1], found) for last, (size, found) in found_at]
        spans = _whole(spans, normal)
        spans.sort()  # a wording stands once at a place, so names are never compared
        return spans


def hits(spans: Iterable[Found]) -> list[Hit]:
    """One hit for each concept."""
    return [_new(Hit, (start, -end, name)) for start, end, found in spans for name in found]


_new = tuple.__new__  # a NamedTuple made without its own constructor: a long text has tens of thousands


def _whole(spans: list[Found], normal: Normal) -> list[Found]:
    """The wordings that may stand there: not across a clause end, nor across a pause at which another word begins."""
    starts, stops = normal.starts, normal.stops
    if not normal.joints:
        return spans
    pauses = normal.joints.intersection(normal.clauses)  # an emoji inside a word is no pause
    gaps = [_inside(starts, start, -end) if -end - start > 1 else () for start, end, _ in spans]
    begins = {
        start
        for (start, end, _), across in zip(spans, gaps, strict=True)
        if not across and start in pauses and -end - start > 1
    }
    return [
        span
        for span, across in zip(spans, gaps, strict=True)
        if not across or not any(gap in stops or gap in begins for gap in across)
    ]


def _inside(starts: tuple[int, ...], start: int, end: int) -> tuple[int, ...]:
    """Run starts strictly inside a span."""
    first = bisect_right(starts, start)
    return starts[first : bisect_left(starts, end, first)] if first < len(starts) and starts[first] < end else ()
