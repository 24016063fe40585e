"""One Aho-Corasick automaton over all wordings; each wording names one or more concepts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import ahocorasick

from bot.triage.pattern import expand
from bot.triage.text import Normal


class Hit(NamedTuple):
    """A wording found: positions in the folded text."""

    start: int
    end: int
    concept: str


Found = tuple[int, int, tuple[str, ...]]  # start, end, concepts
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

    def find(self, normal: Normal, text: str | None = None) -> list[Hit]:
        """Hits sorted by start, longest first; wordings that bridge a clause end are not hits.

        `text` stands in for the folded text, character for character (how it sounds).
        """
        found_at = self._automaton.iter(normal.text if text is None else text)
        spans = [(last + 1 - size, last + 1, found) for last, (size, found) in found_at]
        allowed = _whole(spans, normal)
        hits = [Hit(start, end, name) for start, end, found in spans if allowed(start, end) for name in found]
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        return hits


def _whole(spans: list[Found], normal: Normal) -> Callable[[int, int], bool]:
    """May a wording stand there? Not across a clause end, nor across a pause at which another word begins."""
    starts = normal.starts
    if not normal.joints:
        return lambda _start, _end: True
    pauses = normal.joints.intersection(normal.clauses)  # an emoji inside a word is no pause
    begins = {
        start for start, end, _ in spans if start in pauses and end - start > 1 and not _inside(starts, start, end)
    }

    def allowed(start: int, end: int) -> bool:
        gaps = _inside(starts, start, end)
        return not gaps or not any(gap in normal.stops or gap in begins for gap in gaps)

    return allowed


def _inside(starts: tuple[int, ...], start: int, end: int) -> tuple[int, ...]:
    """Run starts strictly inside a span."""
    first = bisect_right(starts, start)
    return starts[first : bisect_left(starts, end, first)] if first < len(starts) and starts[first] < end else ()
