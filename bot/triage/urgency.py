"""How soon: emergency, urgent (today), routine (a normal booking), self_care."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.triage.cues import parse_pregnant
from bot.triage.lexicon import Span, lexicon
from bot.triage.matcher import Matcher, wordings
from bot.triage.redflags.measures import measure
from bot.triage.scope import DENIED, cues, judge
from bot.triage.text import normalise

EMERGENCY, URGENT, ROUTINE, SELF_CARE = "emergency", "urgent", "routine", "self_care"
LEVELS = (EMERGENCY, URGENT, ROUTINE, SELF_CARE)
LONG_FEVER = 3  # days
INFANT, SMALL, GROWN, MIDDLE, OLD = 1, 5, 18, 40, 65  # years


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Any]:
    """The YAML file beside this one."""
    path = Path(__file__).with_suffix(".yml")
    body: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return body


def level(
    text: str,
    found: Sequence[Span],
    *,
    red_flag: bool,
    age: int | None = None,
    pregnant: bool | None = None,
    days: float | None = None,
) -> str:
    """One of LEVELS for a story, its findings and what is known of the person; `days` = since it began."""
    if red_flag:
        return EMERGENCY
    live = [span for span in found if not span.denied]
    facts = known_facts(text, live, age, pregnant=parse_pregnant(text) if pregnant is None else pregnant, days=days)
    if _is_urgent(live, facts):
        return URGENT
    return SELF_CARE if _is_mild(live, facts, age, days) else ROUTINE


def higher(one: str | None, other: str) -> str:
    """The more pressing of two levels. Only what raised counts: `routine` may still turn out to be `self_care`."""
    return one if one in {EMERGENCY, URGENT} and LEVELS.index(one) < LEVELS.index(other) else other


def known_facts(
    text: str, live: Sequence[Span], age: int | None, *, pregnant: bool | None, days: float | None = None
) -> set[str]:
    """Concepts, measures, risk factors and facts about the person, by name."""
    facts = {span.concept for span in live} | {hit.concept for hit in measure(normalise(text))} | risks(text)
    facts |= {"severe"} if any(span.severity == "severe" for span in live) else set()
    facts |= {"pregnant"} if pregnant else set()
    facts |= {"long_fever"} if any(_long_fever(span, days) for span in live) else set()
    return facts | set(_ages(age))


def risks(text: str) -> set[str]:
    """Risk factors that the words name and do not deny; a past one (做过化疗) is one still."""
    normal = normalise(text)
    judged = judge(normal, _risk_words().find(normal))
    return {hit.concept for hit, reason in judged if reason != DENIED and hit.concept in rules()["risks"]}


@lru_cache(maxsize=1)
def _risk_words() -> Matcher:
    """The risk factors' automaton, with the cues of negation."""
    return Matcher(wordings({**rules()["risks"], **cues()}))


def lines(facts: set[str]) -> Iterable[Mapping[str, Any]]:
    """The lines of the file whose groups are all met."""
    return (line for line in rules()["urgent"] if all(facts & set(group) for group in line["if"]))


def _long_fever(span: Span, days: float | None) -> bool:
    """Fever of three days and more."""
    lasts = days if span.days is None else span.days
    return span.concept == "发热" and lasts is not None and lasts >= LONG_FEVER


def _ages(age: int | None) -> Iterable[str]:
    """Facts of age; nothing when it is not known."""
    if age is None:
        return
    known = {"age_under_1": age < INFANT, "age_under_5": age < SMALL, "age_over_40": age >= MIDDLE}
    yield from (name for name, holds in {**known, "age_over_65": age >= OLD}.items() if holds)


def _is_urgent(live: Sequence[Span], facts: set[str]) -> bool:
    """A wording that is urgent by itself, or one of the combinations."""
    entries = lexicon().entries
    return any(entries[span.concept].level == URGENT for span in live) or any(True for _ in lines(facts))


def _is_mild(live: Sequence[Span], facts: set[str], age: int | None, days: float | None) -> bool:
    """Only small things, for a short time, in an adult who is otherwise well."""
    rule = rules()["self_care"]
    if not live or age is None or not GROWN <= age < OLD or facts & {"severe", "pregnant", *rules()["risks"]}:
        return False
    return all(span.concept in rule["concepts"] and (span.days or days or 0) <= rule["days"] for span in live)
