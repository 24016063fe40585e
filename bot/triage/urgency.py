"""How soon: emergency, urgent (today), routine (a normal booking), self_care."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.triage.cues import parse_pregnant
from bot.triage.lexicon import Span, lexicon
from bot.triage.redflags.measures import measure
from bot.triage.text import normalise

EMERGENCY, URGENT, ROUTINE, SELF_CARE = "emergency", "urgent", "routine", "self_care"
LEVELS = (EMERGENCY, URGENT, ROUTINE, SELF_CARE)
LONG_FEVER = 3  # days
INFANT, SMALL, MIDDLE, OLD = 1, 5, 40, 65  # years


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    """The YAML file beside this one."""
    path = Path(__file__).with_suffix(".yml")
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def level(
    text: str, found: Sequence[Span], *, red_flag: bool, age: int | None = None, pregnant: bool | None = None
) -> str:
    """One of LEVELS for a message, its findings and what is known of the person."""
    if red_flag:
        return EMERGENCY
    live = [span for span in found if not span.denied]
    facts = _facts(text, live, age, pregnant=parse_pregnant(text) if pregnant is None else pregnant)
    if _is_urgent(live, facts):
        return URGENT
    return SELF_CARE if _is_mild(live, facts, age) else ROUTINE


def _facts(text: str, live: Sequence[Span], age: int | None, *, pregnant: bool | None) -> set[str]:
    """Concepts, measures and facts about the person, by name."""
    facts = {span.concept for span in live} | {hit.concept for hit in measure(normalise(text))}
    facts |= {"severe"} if any(span.severity == "severe" for span in live) else set()
    facts |= {"pregnant"} if pregnant else set()
    facts |= {"long_fever"} if any(_long_fever(span) for span in live) else set()
    return facts | set(_ages(age))


def _long_fever(span: Span) -> bool:
    """Fever of three days and more."""
    return span.concept == "发热" and span.days is not None and span.days >= LONG_FEVER


def _ages(age: int | None) -> Iterable[str]:
    """Facts of age; nothing when it is not known."""
    if age is None:
        return
    known = {"age_under_1": age < INFANT, "age_under_5": age < SMALL, "age_over_40": age >= MIDDLE}
    yield from (name for name, holds in {**known, "age_over_65": age >= OLD}.items() if holds)


def _is_urgent(live: Sequence[Span], facts: set[str]) -> bool:
    """A wording that is urgent by itself, or one of the combinations."""
    entries = lexicon().entries
    alone = any(entries[span.concept].level == URGENT for span in live)
    return alone or any(all(facts & set(group) for group in line) for line in _rules()["urgent"])


def _is_mild(live: Sequence[Span], facts: set[str], age: int | None) -> bool:
    """Only small things, for a short time, in an adult who is otherwise well."""
    rule = _rules()["self_care"]
    if not live or age is None or not 18 <= age < OLD or facts & {"severe", "pregnant"}:  # noqa: PLR2004 - adults
        return False
    return all(span.concept in rule["concepts"] and (span.days or 0) <= rule["days"] for span in live)
