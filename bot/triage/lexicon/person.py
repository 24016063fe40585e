"""In whom: age, sex and pregnancy as said beside a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.triage.cues import parse_age_months, parse_pregnant, parse_sex
from bot.triage.text import Normal


@dataclass(frozen=True)
class Person:
    """What the words say of the one who has the finding; None where they say nothing. Age in months."""

    months: int | None = None
    sex: str | None = None
    pregnant: bool | None = None


def persons(normal: Normal) -> Sequence[Person]:
    """One person per sentence: whom a sentence names, the next ones speak of too, until another is named."""
    known: list[Person] = []
    for start, end in zip(normal.sentences, (*normal.sentences[1:], len(normal.text)), strict=True):
        named = _named(normal.text[start:end])
        known.append(named if named != Person() else known[-1] if known else named)
    return _backwards(known)


def _named(sentence: str) -> Person:
    """The person one sentence speaks of."""
    return Person(parse_age_months(sentence), parse_sex(sentence), parse_pregnant(sentence))


def _backwards(known: list[Person]) -> Sequence[Person]:
    """Sentences before the first named person speak of that one as well (`发烧三天了。孩子五岁`)."""
    first = next((person for person in known if person != Person()), Person())
    return tuple(first if person == Person() else person for person in known)
