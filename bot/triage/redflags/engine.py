"""One pass over the hits: derived concepts, rules, then what must hold for the whole text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.triage.matcher import Hit
from bot.triage.redflags.measures import measure
from bot.triage.redflags.rulebook import Derived, Groups, Rule, Rulebook
from bot.triage.scope import is_cue, judge
from bot.triage.sounds import sound
from bot.triage.text import Normal

TRIES = 8  # places at which one rule is tried against its exceptions; keeps long texts linear
CHRONIC, SUDDEN = "chronic", "sudden"  # "for years" does not excuse what came "suddenly"


@dataclass(frozen=True)
class Firing:
    """A rule that fired and the findings that made it fire."""

    rule: Rule
    hits: tuple[Hit, ...]


class _Pass:
    """State of one pass: where each concept and each group was last seen alive, and what nearly fired."""

    def __init__(self, book: Rulebook, normal: Normal) -> None:
        self._book = book
        self._normal = normal
        self._last: dict[str, Hit] = {}
        self._group: dict[frozenset[str], Hit] = {}
        self.tried: dict[str, list[tuple[Hit, ...]]] = {}
        self.made: list[Hit] = []

    @property
    def seen(self) -> set[str]:
        """Every concept that was seen alive."""
        return set(self._last)

    def take(self, hit: Hit) -> None:
        """One live finding; it may complete derived concepts, which are findings in turn."""
        known = self._last.get(hit.concept)
        if known is not None and known.end >= hit.end and known.start <= hit.start:
            return
        self._last[hit.concept] = hit
        for group in self._book.groups.get(hit.concept, ()):
            self._group[group] = hit
        for one in self._book.derived.get(hit.concept, ()):
            self._derive(one, hit)
        for rule in self._book.by_concept.get(hit.concept, ()):
            self._try(rule, hit)

    def _derive(self, one: Derived, hit: Hit) -> None:
        """Emit the concept when its bricks stand together in one clause or in two that follow each other."""
        parts = self._together(one.needs, hit, one.near)
        if parts is None:
            return
        made = Hit(min(part.start for part in parts), max(part.end for part in parts), one.concept)
        if self._normal.clause(made.end - 1) - self._normal.clause(made.start) <= 1:
            self.made.append(made)
            self.take(made)

    def _try(self, rule: Rule, hit: Hit) -> None:
        """Remember where a rule's findings stand together."""
        places = self.tried.get(rule.id)
        if places is not None and len(places) >= (TRIES if rule.unless else 1):
            return
        parts = self._together(rule.needs, hit, rule.near)
        if parts is not None:
            self.tried.setdefault(rule.id, []).append(parts)

    def _together(self, groups: Groups, hit: Hit, near: int) -> tuple[Hit, ...] | None:
        """For each group the latest finding, when all lie within `near` characters of this one."""
        parts = []
        for group in groups:
            part = self._group.get(group)
            if part is None or hit.start - part.end > near:
                return None
            parts.append(part)
        return tuple(parts)


def run(book: Rulebook, normal: Normal, given: Iterable[str]) -> list[Firing]:
    """Every rule that fires, in the order of the rule files."""
    words = book.matcher.find(normal)
    hits = _merge(_heard(book, normal, words), measure(normal))
    state = _Pass(book, normal)
    for hit, reason in judge(normal, hits):
        if not reason:
            state.take(hit)
    seen = state.seen | set(given)
    around = _Around(normal, _merge(hits, state.made))
    fired = (_fire(rule, state.tried.get(rule.id, ()), seen, around) for rule in book.rules)
    return [firing for firing in fired if firing is not None]


def _heard(book: Rulebook, normal: Normal, words: list[Hit]) -> list[Hit]:
    """The words with those that only sound right, where no word as written covers them."""
    whole = [hit for hit in words if hit.end - hit.start > 1 and not is_cue(hit)]
    reaches = {hit.start: hit.end for hit in reversed(whole)}  # the longest comes first, so it stays
    begins = {hit.end: hit.start for hit in reversed(whole)}
    heard = book.sounds.find(normal, sound(normal.text))
    return _merge(words, [hit for hit in heard if not _as_written(hit, reaches, begins)])


def _as_written(hit: Hit, reaches: Mapping[int, int], begins: Mapping[int, int]) -> bool:
    """Does a word as written stand over the whole of what was only heard?"""
    return reaches.get(hit.start, -1) >= hit.end or begins.get(hit.end, hit.end) <= hit.start


def _merge(words: list[Hit], numbers: list[Hit]) -> list[Hit]:
    """Word and number hits in order of the text."""
    return sorted([*words, *numbers], key=lambda hit: (hit.start, -hit.end)) if numbers else words


def _fire(rule: Rule, places: Iterable[tuple[Hit, ...]], seen: set[str], around: _Around) -> Firing | None:
    """The first place at which nothing excuses the rule."""
    if rule.not_given & seen or not all(group & seen for group in rule.given):
        return None
    for parts in places:
        if not around.excuses(parts, rule.unless):
            return Firing(rule, parts)
    return None


class _Around:
    """Which concepts, counting or not, stand in the clauses around some findings."""

    def __init__(self, normal: Normal, hits: list[Hit]) -> None:
        self._normal = normal
        self._places: dict[str, list[int]] = {}
        for hit in hits:
            self._places.setdefault(hit.concept, []).append(hit.start)

    def excuses(self, parts: tuple[Hit, ...], unless: frozenset[str]) -> bool:
        """Is one of the exceptions in a clause of the findings or in a neighbouring one of the same sentence?"""
        return any(self._excused(concept, parts) for concept in unless)

    def _excused(self, concept: str, parts: tuple[Hit, ...]) -> bool:
        """`chronic` looks at the findings' own clauses and the next, the others at the one before as well."""
        first = min(self._normal.clause(part.start) for part in parts)
        last = max(self._normal.clause(part.start) for part in parts)
        if concept != CHRONIC:
            return self._within(concept, first - 1, last + 1)
        return self._within(CHRONIC, first, last + 1) and not self._within(SUDDEN, first, last + 1)

    def _within(self, concept: str, first: int, last: int) -> bool:
        """Does the concept stand in the clauses `first`..`last`?"""
        clauses = self._normal.clauses
        start = clauses[max(first, 0)]
        end = clauses[last + 1] if last + 1 < len(clauses) else len(self._normal.text)
        places = self._places.get(concept, [])
        at = bisect_left(places, start)
        return at < len(places) and places[at] < end
