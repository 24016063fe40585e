"""Patients' words → findings: what, where in the message, denied or not, how long, which side, how bad, in whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bot.errors import ConfigError
from bot.triage.cues import parse_duration
from bot.triage.lexicon.person import Person, persons
from bot.triage.matcher import Hit, Matcher, wordings
from bot.triage.scope import cues, judge
from bot.triage.text import Normal, normalise

_SIDE = re.compile(r"(?P<left>左)|(?P<right>右)|(?P<both>两边|双侧|两侧|两只|双)")
_SEVERE = re.compile(r"剧烈|厉害|受不了|忍不了|要命|要死|钻心|打滚|特别|非常|严重|越来越|加重|难忍|剧痛|不行了|睡不着")
_MILD = re.compile(r"有点|一点点?|轻微|稍微|隐隐|偶尔|不太|略微")


@dataclass(frozen=True)
class Entry:
    """A canonical concept and the departments that look after it (department → weight)."""

    concept: str
    to: Mapping[str, float]
    level: str


class Finding(NamedTuple):
    """One wording as the patient wrote it, its concept, and whether it is denied, over, told or only supposed."""

    words: str
    concept: str
    denied: bool


@dataclass(frozen=True)
class Span:
    """One finding with what is said around it. `start` and `end` are positions in the original message."""

    start: int
    end: int
    words: str
    concept: str
    denied: bool
    days: float | None
    side: str
    severity: str
    person: Person


@dataclass(frozen=True)
class Lexicon:
    """All entries and the automaton of their wordings."""

    entries: Mapping[str, Entry]
    matcher: Matcher


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read and compile the YAML files beside this one, once per process."""
    bodies = read()
    entries = {name: Entry(name, body["to"], body.get("level", "routine")) for name, body in bodies.items()}
    return Lexicon(entries, Matcher(wordings({**{name: body["say"] for name, body in bodies.items()}, **cues()})))


def read() -> dict[str, dict[str, Any]]:
    """Concept → body of every file, `say` as a list of patterns. Raises ConfigError on a concept written twice."""
    bodies: dict[str, dict[str, Any]] = {}
    for path in sorted(Path(__file__).parent.glob("*.yml")):
        for name, body in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader).items():
            if name in bodies:
                raise ConfigError("concept_twice", concept=name)
            bodies[name] = {**body, "say": body["say"].split()}
    return bodies


def findings(text: str) -> list[Finding]:
    """What a message names, in order; of overlapping wordings the longest stands."""
    normal = normalise(text)
    return [Finding(normal.words(hit.start, hit.end), hit.concept, bool(reason)) for hit, reason in _judged(normal)]


def spans(text: str) -> list[Span]:
    """The same findings with what the words around them say."""
    normal = normalise(text)
    judged = _judged(normal)
    of_sentence = persons(normal) if judged else ()
    return [_span(normal, hit, reason, of_sentence[normal.sentence(hit.start)]) for hit, reason in judged]


def _judged(normal: Normal) -> list[tuple[Hit, str]]:
    """Hits with "" or why they do not count."""
    return _longest(judge(normal, lexicon().matcher.find(normal)))


def _longest(judged: Iterable[tuple[Hit, str]]) -> list[tuple[Hit, str]]:
    """Without wordings inside other wordings (hits come sorted by start, longest first)."""
    kept: list[tuple[Hit, str]] = []
    for hit, reason in judged:
        inside = kept and hit.end <= kept[-1][0].end and hit.end - hit.start < kept[-1][0].end - kept[-1][0].start
        if not inside:
            kept.append((hit, reason))
    return kept


def _span(normal: Normal, hit: Hit, reason: str, person: Person) -> Span:
    """A hit with what its clause says about it."""
    first = normal.clauses[normal.clause(hit.start)]
    last = normal.clause_end(hit.end - 1)
    around = normal.text[max(first, hit.start - 12) : min(last, hit.end + 16)]
    return Span(
        normal.offset(hit.start),
        normal.offset(hit.end - 1) + 1,
        normal.words(hit.start, hit.end),
        hit.concept,
        bool(reason),
        parse_duration(around),
        _side(around),
        "severe" if _SEVERE.search(around) else "mild" if _MILD.search(around) else "",
        person,
    )


def _side(around: str) -> str:
    """left, right, both or "" from the words around."""
    found = {match.lastgroup for match in _SIDE.finditer(around)}
    return "both" if len(found) > 1 or "both" in found else (found.pop() or "") if found else ""
