"""Which department: the table's figures, what age and sex rule out, and which of the patient's words weigh."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.triage.departments.likelihood import Asker, Reading, read
from bot.triage.departments.reasons import DIGITS, Reasons
from bot.triage.text import normalise

TOP = 5
SHOWN = 3  # departments named even when unlikely
LEAST = 0.02  # probability below which a further department is not worth naming
UNSURE, LITTLE = 0.2, 8  # a text this short, this unclear, without a known finding (你好) gets no department


@dataclass(frozen=True)
class Suggestion:
    """A department by its standard name, how likely (0–1), and which of the patient's words speak for it."""

    name: str
    score: float
    because: list[str] = field(default_factory=list)


def score(text: str, *, age: int | None = None, sex: str | None = None) -> list[Suggestion]:
    """Departments best first; empty when nothing in the text is known. `age` in years, `sex` m or f."""
    asker = Asker(age, sex)
    reading = read(text, asker)
    if _says_nothing(reading):
        return []
    reasons = Reasons(reading, asker)
    return [Suggestion(name, round(value, DIGITS), reasons.of(name, value)) for name, value in _best(reading)]


def _best(reading: Reading) -> list[tuple[str, float]]:
    """The departments worth naming."""
    ranked = sorted(reading.likely.items(), key=lambda item: -item[1])[:TOP]
    return [item for place, item in enumerate(ranked) if item[1] > 0 and (place < SHOWN or item[1] >= LEAST)]


def likelihood(text: str, *, age: int | None = None, sex: str | None = None) -> dict[str, float]:
    """Department → probability, after the rules of age and sex."""
    return read(text, Asker(age, sex)).likely


def _says_nothing(reading: Reading) -> bool:
    """A greeting and the like: short, nothing known in it, no department stands out."""
    if max(reading.likely.values(), default=0.0) >= UNSURE or len(normalise(reading.text).text) >= LITTLE:
        return False
    return all(one.denied for one in reading.found)
