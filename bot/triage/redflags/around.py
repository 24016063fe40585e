"""What stands around some findings and excuses them, or says that it is happening now."""

from __future__ import annotations

from bisect import bisect_left

from bot.triage.matcher import Hit
from bot.triage.text import Normal

CHRONIC, SUDDEN = "chronic", "sudden"  # "for years" does not excuse what came "suddenly"
STORY = 6  # clauses before and after the findings whose sentences tell how it came about
HAPPENING = "happening"  # what is happening now is excused by no history
ARRANGING = "arranging"  # a clause about an appointment, a fee or a report tells of no illness, so it excuses nothing


class Around:
    """Which concepts, counting or not, stand in the clauses around some findings."""

    def __init__(self, normal: Normal, hits: list[Hit], made: list[Hit]) -> None:
        self._normal = normal
        self._hits = hits
        self._made = made
        self._places: dict[str, list[int]] = {}

    def _starts(self, concept: str) -> list[int]:
        """Where a concept stands, in order; looked up once it is asked for."""
        if concept not in self._places:
            starts = [hit.start for hit in self._hits if hit.concept == concept]
            more = [hit.start for hit in self._made if hit.concept == concept]
            self._places[concept] = sorted(starts + more) if more else starts
        return self._places[concept]

    def excuses(self, parts: tuple[Hit, ...], unless: frozenset[str]) -> bool:
        """Is one of the exceptions in a clause of the findings or in a neighbouring one of the same sentence?"""
        return any(self._excused(concept, parts) for concept in unless)

    def tells_of(self, parts: tuple[Hit, ...], excused: frozenset[str]) -> bool:
        """Is it a long story (`excused`), with nothing around the findings that says it is happening now?"""
        if not excused:
            return False
        first, last = self._clauses_of(parts)
        start, end = self._sentences(max(first - STORY, 0), min(last + STORY, len(self._normal.clauses) - 1))
        if not any(self._tells(concept, start, end) for concept in excused):
            return False
        return not self._within(HAPPENING, max(first - 1, start), min(last + 1, end))

    def speaks_of(self, parts: tuple[Hit, ...], concepts: frozenset[str]) -> bool:
        """Does one of the concepts stand in the sentences of the findings?"""
        if not concepts:
            return False
        first, last = self._clauses_of(parts)
        start, end = self._sentences(first, last)
        return any(self._within(concept, start, end) for concept in concepts)

    def _excused(self, concept: str, parts: tuple[Hit, ...]) -> bool:
        """`chronic` looks at the findings' own clauses and the next, the others at the one before as well."""
        first, last = self._clauses_of(parts)
        start, end = self._sentences(first, last)
        if concept != CHRONIC:
            return self._within(concept, max(first - 1, start), min(last + 1, end))
        here = first, min(last + 1, end)
        return self._within(CHRONIC, *here) and not self._within(SUDDEN, *here)

    def _clauses_of(self, parts: tuple[Hit, ...]) -> tuple[int, int]:
        """The first and the last clause that hold findings."""
        numbers = [self._normal.clause(part.start) for part in parts]
        return min(numbers), max(numbers)

    def _sentences(self, first: int, last: int) -> tuple[int, int]:
        """The first and the last clause of the sentences that hold these clauses."""
        normal = self._normal
        begins = normal.sentences[normal.sentence(normal.clauses[first])]
        after = normal.sentence(normal.clauses[last]) + 1
        ends = normal.sentences[after] if after < len(normal.sentences) else len(normal.text)
        return normal.clause(begins), normal.clause(ends - 1)

    def _within(self, concept: str, first: int, last: int) -> bool:
        """Does the concept stand in the clauses `first`..`last`?"""
        return bool(self._between(concept, first, last))

    def _tells(self, concept: str, first: int, last: int) -> bool:
        """Does it stand in one of them that arranges nothing?"""
        numbers = (self._normal.clause(place) for place in self._between(concept, first, last))
        return any(not self._within(ARRANGING, number, number) for number in numbers)

    def _between(self, concept: str, first: int, last: int) -> list[int]:
        """Where the concept stands in the clauses `first`..`last`."""
        clauses = self._normal.clauses
        end = clauses[last + 1] if last + 1 < len(clauses) else len(self._normal.text)
        places = self._starts(concept)
        return places[bisect_left(places, clauses[first]) : bisect_left(places, end)]
