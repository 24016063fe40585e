"""How likely each department is for a message: the table's figures, the lexicon's votes, the rules of age and sex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.triage.cues import MONTHS, parse_age_months, parse_pregnant
from bot.triage.departments.features import age_feature, grams
from bot.triage.departments.table import table
from bot.triage.departments.votes import cast
from bot.triage.lexicon import Finding, findings
from bot.triage.names import ADULT_FROM, CHILD_UNTIL, CHILDREN, CHILDREN_FIRST, keep

MOVED = 0.9  # of an internist's share that goes to 儿科 below 14; the rest keeps the specialty as second choice


@dataclass(frozen=True)
class Asker:
    """What form or card says of the patient, beside the words. `age` in years, `sex` m or f."""

    age: int | None = None
    sex: str | None = None


@dataclass(frozen=True)
class Reading:
    """One message with what it names and the departments' shares (empty when nothing in it is known)."""

    text: str
    found: Sequence[Finding]
    likely: dict[str, float]


def read(text: str, asker: Asker) -> Reading:
    """Findings and shares of a message."""
    found = findings(text)
    return Reading(text, found, _likely(text, found, asker))


def _likely(text: str, found: Sequence[Finding], asker: Asker) -> dict[str, float]:
    """Department → probability, after the rules of age and sex."""
    figures = table()
    rows = figures.known(grams(text))
    if not rows:
        return {}
    margins = figures.margins(rows, age_feature(asker.age)) + cast(found, figures.trust, len(text))
    shares = zip(figures.names, figures.probabilities(margins, len(text)).tolist(), strict=True)
    kept = {name: value * keep(name, age=asker.age, sex=asker.sex) for name, value in shares}
    total = sum(kept.values())
    likely = {name: value / total for name, value in kept.items()}
    return likely if asker.age is None or asker.age >= CHILD_UNTIL or _is_adult(text) else _children(likely)


def _is_adult(text: str) -> bool:
    """Do the words speak of a grown-up, whatever age the form or card says?"""
    months = parse_age_months(text)
    return bool(parse_pregnant(text)) or (months is not None and months >= ADULT_FROM * MONTHS)


def _children(likely: dict[str, float]) -> dict[str, float]:
    """Below 14 most of the internists' share goes to 儿科."""
    moved = sum(MOVED * value for name, value in likely.items() if name in CHILDREN_FIRST)
    kept = {name: (1 - MOVED) * value if name in CHILDREN_FIRST else value for name, value in likely.items()}
    return {**kept, CHILDREN: kept[CHILDREN] + moved}
