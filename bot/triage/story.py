"""One complaint as far as it is known: the patient's words, who it is about, what his answers added or ruled out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.triage import cues
from bot.triage.cues import MONTHS


@dataclass(frozen=True)
class Story:
    """`age` in years (`months` for the red flags of infants), `sex` m or f, `days` since it began; None = not known.

    `denied`: concepts asked for, not there. `asked`: keys of the questions that were answered, in order.
    """

    words: str = ""
    age: int | None = None
    months: int | None = None
    sex: str | None = None
    pregnant: bool | None = None
    days: float | None = None
    denied: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    def adding(self, words: str, **facts: Any) -> Story:
        """With more words and facts; what the new words say of the person fills what was not known."""
        more = said(words)
        known = {name: value for name, value in more.items() if getattr(self, name) is None}
        text = "，".join(part for part in (self.words, words) if part)
        return replace(self, words=text, **{**known, **{k: v for k, v in facts.items() if v is not None}})


def told(words: str, *, age: int | None = None, months: int | None = None, sex: str | None = None) -> Story:
    """A story from its first words; what is known of the person beside them counts first. `months` before `age`."""
    if months is not None:
        age = months // MONTHS
    return Story(age=age, months=months if age is None or months is not None else age * MONTHS, sex=sex).adding(words)


def said(words: str) -> dict[str, Any]:
    """Age, sex, pregnancy and duration in the words."""
    months = cues.parse_age_months(words)
    return {
        "age": None if months is None else months // MONTHS,
        "months": months,
        "sex": cues.parse_sex(words),
        "pregnant": cues.parse_pregnant(words),
        "days": cues.parse_duration(words),
    }
