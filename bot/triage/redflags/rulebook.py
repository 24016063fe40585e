"""Rules and concepts from the YAML files beside this one, compiled once."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.errors import ConfigError
from bot.triage.matcher import Matcher, Wordings, wordings
from bot.triage.scope import DENIALS, cues
from bot.triage.sounds import sound, spelt

HERE = Path(__file__).parent
UNSIGNED = "unsigned – needs a clinician"
NEAR = 60  # folded characters from the first to the last finding of a rule, unless the rule says otherwise
SLACK = 3  # characters more than a derived concept asks for: the small words that people put between
LONG = 3  # characters from which a wording of a concept named in sounds.yml is told by its sound
LONGER = 4  # characters from which every wording that a rule needs is
TYPED = 4  # characters up to which a wording is also looked for in pinyin
MEASURED = frozenset(
    "m_fever38 m_fever39 m_fever40 m_fever41 m_temp_cold m_temp_low_fever m_sugar_high m_sugar_low m_bp_crisis "
    "m_bp_160 m_bp_low m_spo2_low m_heart_rate m_heart_130 m_breath_fast m_breath_child m_pills_many m_long".split()
)
WEIGHED = frozenset({"weighed", *(f"weighed_{number}" for number in range(1, 31))})  # what the second net names
GIVEN = frozenset({"~age_under_3m", "~age_under_6m", "~age_child"})

Groups = tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Rule:
    """One red flag. All groups of `needs` near each other, all of `given` anywhere, none of `unless` around.

    `excused`: words of a long or known illness, of a report or of a small degree; anywhere in the findings'
    sentences or the next they excuse the rule, unless the patient says that it is happening now.
    `apart`: from the first to the last clause with a finding, at most; None is as far as `near` goes.
    """

    id: str
    category: str
    advice: str
    source: str
    signed_by: str
    needs: Groups
    given: Groups
    not_given: frozenset[str]
    unless: frozenset[str]
    excused: frozenset[str]
    near: int
    apart: int | None
    fires: tuple[str, ...]
    quiet: tuple[str, ...]

    @property
    def weighed(self) -> bool:
        """Is it the answer to what only the second net found?"""
        return not self.needs[0].isdisjoint(WEIGHED)


@dataclass(frozen=True)
class Derived:
    """A concept made of bricks: all groups within `near` characters, in one clause or, unless `same`, the next.

    `across`: also on both sides of a comma; without it only where people put a space for one (胸口 疼).
    """

    concept: str
    needs: Groups
    near: int
    same: bool
    across: bool


@dataclass(frozen=True)
class Advice:
    """What to do now; the lowest rank speaks when several categories fire."""

    rank: int
    text: str


@dataclass(frozen=True)
class Rulebook:
    """Everything that the engine needs."""

    matcher: Matcher
    sounds: Matcher
    denying: frozenset[str]  # sounds of wordings that begin with a denial (没反应)
    plain: frozenset[str]  # words that only sound like a wording (穿不了), never taken for it
    rules: tuple[Rule, ...]
    by_concept: Mapping[str, tuple[Rule, ...]]  # rules that a concept may complete
    derived: Mapping[str, tuple[Derived, ...]]  # derived concepts that a concept may complete
    groups: Mapping[str, tuple[frozenset[str], ...]]  # groups that hold a concept
    wished: frozenset[str]  # bricks of suicide: what is only supposed (要是撞上护栏就解脱了) counts as well
    advice: Mapping[str, Advice]
    why: Mapping[str, str]
    numbers: Mapping[str, int]


def read(path: Path) -> dict[str, Any]:
    """One YAML file as a mapping."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}


T = TypeVar("T", Rule, Derived)


@lru_cache(maxsize=1)
def rulebook() -> Rulebook:
    """Load and compile everything, once per process. Raises ConfigError when a rule names what does not exist."""
    concepts = _concepts()
    categories = {name: body for path in sorted((HERE / "rules").glob("*.yml")) for name, body in read(path).items()}
    rules = tuple(rule for name, body in categories.items() for rule in _rules(name, body))
    derived = _derived()
    advice = {name: Advice(body["rank"], body["text"]) for name, body in read(HERE / "advice.yml").items()}
    names = wordings({**concepts, **_joined(concepts)})
    _check(rules, derived, set(concepts) | set(cues()), set(advice))
    heard = _heard(names, _needed((*rules, *derived)))
    return Rulebook(
        Matcher(_spelt(names)),
        Matcher(_sounds(heard)),
        frozenset(sound(wording) for wording in heard if wording[0] in DENIALS),
        frozenset(read(HERE / "sounds.yml")["plain"]),
        rules,
        _by_concept(rules),
        _by_concept(derived),
        _groups_of((*rules, *derived)),
        frozenset(_needed([one for one in derived if one.concept == "suicide"])),
        advice,
        {name: body["why"] for name, body in categories.items()},
        {name: body["number"] for name, body in categories.items()},
    )


def _needed(ones: Sequence[Rule | Derived]) -> set[str]:
    """Every concept that a rule or a derived concept is made of."""
    return set[str]().union(*(group for one in ones for group in one.needs))


def _concepts() -> dict[str, list[str]]:
    """Concept → patterns from every file. Raises ConfigError when two files name the same concept."""
    concepts: dict[str, list[str]] = {}
    file_of: dict[str, str] = {}
    for path in sorted((HERE / "concepts").glob("*.yml")):
        for name, patterns in read(path).items():
            if name in file_of:
                raise ConfigError("bad_rule", concept=name, files=[file_of[name], path.name])
            concepts[name], file_of[name] = patterns, path.name
    return concepts


def _joined(concepts: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Scope cues, with the masks of both files together."""
    return {name: patterns + concepts.get(name, []) for name, patterns in cues().items()}


def _heard(names: Wordings, needed: Container[str]) -> dict[str, list[str]]:
    """Wording → concepts, for the wordings that are also recognised by sound."""
    chosen = read(HERE / "sounds.yml")
    never = {sound(wording) for wording in chosen["never"]}
    heard: dict[str, list[str]] = {}
    for wording, concepts in names.items():
        told = chosen["long"] if len(wording) < LONGER else needed
        found = [one for one in concepts if one in told or one in chosen["long"]]
        if found and len(wording) >= LONG:
            heard[wording] = found
    for concept, words in chosen["short"].items():
        for word in words:
            heard[word] = [*heard.get(word, []), concept]
    return {wording: concepts for wording, concepts in heard.items() if sound(wording) not in never}


def _sounds(heard: Wordings) -> dict[str, list[str]]:
    """Sound → concepts."""
    sounds: dict[str, list[str]] = {}
    for wording, concepts in heard.items():
        sounds.setdefault(sound(wording), []).extend(concepts)
    return sounds


def _spelt(names: Wordings) -> Wordings:
    """All wordings, and those of `spelt` in sounds.yml typed in pinyin as well."""
    every = {wording: list(concepts) for wording, concepts in names.items()}
    for concept, words in read(HERE / "sounds.yml")["spelt"].items():
        for typed in (typed for word in words if len(word) <= TYPED for typed in spelt(word)):
            every.setdefault(typed, []).append(concept)
    return every


def _rules(category: str, body: Mapping[str, Any]) -> list[Rule]:
    """The rules of one category, the category's defaults filled in."""
    return [
        Rule(
            id=f"{category}.{name}",
            category=category,
            advice=rule.get("advice", body["advice"]),
            source=rule.get("source", body["source"]),
            signed_by=rule.get("signed_by", body.get("signed_by", UNSIGNED)),
            needs=_groups(rule["needs"]),
            given=_groups(rule.get("given", [])),
            not_given=frozenset(rule.get("not_given", [])),
            unless=frozenset(rule.get("unless", [])),
            excused=frozenset(rule.get("excused", body.get("excused", []))),
            near=rule.get("near", NEAR),
            apart=rule.get("apart"),
            fires=tuple(rule["fires"]),
            quiet=tuple(rule["quiet"]),
        )
        for name, rule in body["rules"].items()
    ]


def _groups(groups: Sequence[Sequence[str]]) -> Groups:
    """Lists of alternatives → sets."""
    return tuple(frozenset(group) for group in groups)


def _derived() -> tuple[Derived, ...]:
    """Derived concepts."""
    found = read(HERE / "derived.yml").items()
    across = frozenset(read(HERE / "across.yml")["across"])
    return tuple(
        Derived(name, _groups(one["all"]), one["near"] + SLACK, one.get("same", False), name in across)
        for name, ways in found
        for one in ways
    )


def _check(rules: Sequence[Rule], derived: Sequence[Derived], names: set[str], advice: set[str]) -> None:
    """Every concept and advice that a rule names exists."""
    known = names | MEASURED | GIVEN | WEIGHED | {one.concept for one in derived}
    for rule in rules:
        used = set().union(*rule.needs, *rule.given, rule.unless, rule.excused, rule.not_given)
        if used - known or rule.advice not in advice:
            raise ConfigError("bad_rule", rule=rule.id, unknown=sorted(used - known))
    for one in derived:
        if set().union(*one.needs) - known:
            raise ConfigError("bad_rule", rule=one.concept, unknown=sorted(set().union(*one.needs) - known))


def _by_concept(ones: Sequence[T]) -> dict[str, tuple[T, ...]]:
    """Concept → the rules or derived concepts that may complete when it appears."""
    found: dict[str, list[T]] = {}
    for one in ones:
        for concept in set().union(*one.needs):
            found.setdefault(concept, []).append(one)
    return {concept: tuple(uses) for concept, uses in found.items()}


def _groups_of(ones: Sequence[Rule | Derived]) -> dict[str, tuple[frozenset[str], ...]]:
    """Concept → every group of `needs` that holds it, each once."""
    groups = {group for one in ones for group in one.needs}
    found: dict[str, list[frozenset[str]]] = {}
    for group in groups:
        for concept in group:
            found.setdefault(concept, []).append(group)
    return {concept: tuple(uses) for concept, uses in found.items()}
