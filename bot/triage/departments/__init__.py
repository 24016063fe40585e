"""Which department: the table's figures, what age and sex rule out, and which of the patient's words weigh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.triage.cues import MONTHS, parse_age_months, parse_pregnant
from bot.triage.departments.features import age_feature, grams
from bot.triage.lexicon import lexicon, spans
from bot.triage.names import ADULT_FROM, CHILD_UNTIL, CHILDREN, CHILDREN_FIRST, keep
from bot.triage.text import normalise

TOP = 5
SHOWN = 3  # departments named even when unlikely
LEAST = 0.02  # probability below which a further department is not worth naming
MOVED = 0.9  # of an internist's share that goes to 儿科 below 14; the rest keeps the specialty as second choice
UNSURE, LITTLE = 0.3, 8  # a text this short, this unclear, without a known finding (你好) gets no department
REASONS = 3  # words shown for one department
SHORTEST = 2  # characters of a word shown


@dataclass(frozen=True)
class Suggestion:
    """A department by its standard name, how likely (0–1), and which of the patient's words speak for it."""

    name: str
    score: float
    because: list[str] = field(default_factory=list)


def score(text: str, *, age: int | None = None, sex: str | None = None) -> list[Suggestion]:
    """Departments best first; empty when nothing in the text is known. `age` in years, `sex` m or f."""
    likely = likelihood(text, age=age, sex=sex)
    if _says_nothing(text, likely):
        return []
    ranked = sorted(likely.items(), key=lambda item: -item[1])[:TOP]
    best = [
        (name, value) for place, (name, value) in enumerate(ranked) if value > 0 and (place < SHOWN or value >= LEAST)
    ]
    lower = _without(text, age=age, sex=sex) if best else []
    return [Suggestion(name, round(value, 4), _reasons(name, value, lower, text)) for name, value in best]


def _says_nothing(text: str, likely: Mapping[str, float]) -> bool:
    """A greeting and the like: short, nothing known in it, no department stands out."""
    if max(likely.values(), default=0.0) >= UNSURE or len(normalise(text).text) >= LITTLE:
        return False
    return all(span.denied for span in spans(text))


def likelihood(text: str, *, age: int | None = None, sex: str | None = None) -> dict[str, float]:
    """Department → probability, after the rules of age and sex."""
    from bot.triage.departments.table import table
    from bot.triage.departments.votes import votes

    figures = table()
    margins = figures.margins(grams(text), age_feature(age))
    if margins is None:
        return {}
    raw = zip(figures.names, figures.probabilities(margins + votes(text)).tolist(), strict=True)
    kept = {name: value * keep(name, age=age, sex=sex) for name, value in raw}
    total = sum(kept.values())
    likely = {name: value / total for name, value in kept.items()}
    return likely if _is_adult(text) else _children(likely, age)


def _is_adult(text: str) -> bool:
    """Do the words speak of a grown-up, whatever age the form or card says?"""
    months = parse_age_months(text)
    return bool(parse_pregnant(text)) or (months is not None and months >= ADULT_FROM * MONTHS)


def _children(likely: dict[str, float], age: int | None) -> dict[str, float]:
    """Below 14 most of the internists' share goes to 儿科."""
    if age is None or age >= CHILD_UNTIL:
        return likely
    moved = sum(MOVED * value for name, value in likely.items() if name in CHILDREN_FIRST)
    kept = {name: (1 - MOVED) * value if name in CHILDREN_FIRST else value for name, value in likely.items()}
    return {**kept, CHILDREN: kept[CHILDREN] + moved}


def _without(text: str, *, age: int | None, sex: str | None) -> list[tuple[str, Mapping[str, float]]]:
    """Each expression of the patient with what remains when every mention of it is taken out."""
    words = dict.fromkeys(span.words for span in spans(text) if not span.denied and len(span.words) >= SHORTEST)
    return [(word, likelihood(text.replace(word, ""), age=age, sex=sex)) for word in list(words)[:8]]


def _because(name: str, value: float, lower: list[tuple[str, Mapping[str, float]]]) -> list[str]:
    """Expressions without which the department is less likely, the heaviest first."""
    drops = [(value - rest.get(name, 0.0), word) for word, rest in lower]
    return [word for drop, word in sorted(drops, key=lambda item: -item[0]) if round(drop, 4) > 0][:REASONS]


def _reasons(name: str, value: float, lower: list[tuple[str, Mapping[str, float]]], text: str) -> list[str]:
    return _because(name, value, lower) or (_known(name, text) if value >= LEAST else [])


def _known(name: str, text: str) -> list[str]:
    """Expressions of findings that the department looks after: where any one would do (胃胀反酸), none weighs alone."""
    entries = lexicon().entries
    said = dict.fromkeys(
        span.words
        for span in spans(text)
        if not span.denied and len(span.words) >= SHORTEST and name in entries[span.concept].to
    )
    return list(said)[:REASONS]
