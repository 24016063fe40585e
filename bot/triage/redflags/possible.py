"""Which rules a text can fire at all, told from the concepts that it names anywhere: what lets the rest be skipped."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bot.triage.redflags.rulebook import Derived, Rule, Rulebook

T = TypeVar("T", Rule, Derived)


@dataclass(frozen=True)
class Possible:
    """Rules, the derived concepts that lead to them, and every concept that may have a part in it."""

    rules: tuple[Rule, ...]
    derived: tuple[Derived, ...]
    concepts: frozenset[str]


def reachable(book: Rulebook, named: set[str], given: set[str]) -> Possible:
    """What `named` concepts of a text and facts `given` about the person can complete, in the order of the files."""
    known = set(named)
    derived = _derivable(book, known)
    everything = known | given
    found = {rule.id for concept in known for rule in book.by_concept.get(concept, ()) if _may(rule, known, everything)}
    rules = tuple(rule for rule in book.rules if rule.id in found) if found else ()
    return _serving(rules, derived, frozenset())


def narrowed(possible: Possible, rules: tuple[Rule, ...], *, seen: Collection[str]) -> Possible:
    """The same for fewer rules; `given` of those left out still has to be learnt unless it was `seen`."""
    asked = {concept for rule in possible.rules for concept in _facts(rule) if concept not in seen}
    return _serving(rules, possible.derived, frozenset(asked | _excuses(possible.rules, possible.derived)))


def by_concept(ones: Iterable[T]) -> dict[str, list[T]]:
    """Concept → the rules or derived concepts that may complete when it appears."""
    found: dict[str, list[T]] = {}
    for one in ones:
        for concept in frozenset().union(*one.needs):
            found.setdefault(concept, []).append(one)
    return found


def _derivable(book: Rulebook, known: set[str]) -> list[Derived]:
    """Derived concepts that can come about; their names join what is known."""
    found: list[Derived] = []
    fresh = set(known)
    while fresh:
        waiting = {id(one): one for concept in fresh for one in book.derived.get(concept, ())}
        made = [one for one in waiting.values() if one not in found and _met(one.needs, known)]
        found += made
        fresh = {one.concept for one in made} - known
        known |= fresh
    return found


def _met(groups: Iterable[frozenset[str]], known: set[str]) -> bool:
    return not any(group.isdisjoint(known) for group in groups)


def _may(rule: Rule, known: set[str], everything: set[str]) -> bool:
    return _met(rule.needs, known) and _met(rule.given, everything)


def _serving(rules: tuple[Rule, ...], derived: Iterable[Derived], more: frozenset[str]) -> Possible:
    """Rules with the derived concepts that lead to one of them, however indirectly, or to a concept of `more`."""
    wanted = set(more).union(*(group for rule in rules for group in rule.needs), *(_facts(rule) for rule in rules))
    wanted |= _excuses(rules, derived)
    left, kept = list(derived), []
    while serving := [one for one in left if one.concept in wanted]:
        kept += serving
        left = [one for one in left if one.concept not in wanted]
        wanted |= {concept for one in serving for group in one.needs for concept in group}
    return Possible(rules, tuple(kept), frozenset(wanted))


def _facts(rule: Rule) -> frozenset[str]:
    """Concepts that have to stand, or must not stand, anywhere."""
    return rule.not_given.union(*rule.given)


def _excuses(rules: Iterable[Rule], derived: Iterable[Derived]) -> set[str]:
    """Derived concepts that excuse a rule: they have to be found as long as the text goes on."""
    made = {one.concept for one in derived}
    return {concept for rule in rules for concept in rule.unless} & made
