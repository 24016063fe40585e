"""What raises a complaint to today, and that every line of urgency.yml does what its examples say."""

from __future__ import annotations

from typing import Any

import pytest

from bot.triage import urgency
from bot.triage.answers import answered
from bot.triage.cues import parse_pregnant
from bot.triage.interview import level
from bot.triage.lexicon import lexicon, spans
from bot.triage.story import told

LINES = urgency.rules()["urgent"]
FACTS = {"age_under_1", "age_under_5", "age_over_40", "age_over_65", "pregnant", "severe", "long_fever"}
NAMED = [" + ".join("/".join(group) for group in line["if"]) for line in LINES]


def met(example: dict[str, Any]) -> list[Any]:
    """The lines that an example meets."""
    live = [span for span in spans(example["say"]) if not span.denied]
    pregnant = parse_pregnant(example["say"])
    facts = urgency.known_facts(example["say"], live, example["age"], pregnant=pregnant)
    return list(urgency.lines(facts))


@pytest.mark.parametrize("line", LINES, ids=NAMED)
def test_every_line_names_its_source_and_does_what_its_examples_say(line: dict[str, Any]) -> None:
    assert line["source"]
    assert line["raises"]
    assert line["leaves"]
    for example in line["raises"]:
        assert line in met(example), example
        assert level(told(example["say"], age=example["age"])) in {urgency.URGENT, urgency.EMERGENCY}, example
    for example in line["leaves"]:
        assert line not in met(example), example


@pytest.mark.parametrize("line", LINES, ids=NAMED)
def test_every_name_in_a_line_is_known(line: dict[str, Any]) -> None:
    names = {name for group in line["if"] for name in group if not name.startswith("m_")}
    assert names <= set(lexicon().entries) | FACTS | set(urgency.rules()["risks"])


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("做过化疗，最近头疼", "immunity"),
        ("没有做过化疗", None),
        ("在吃华法林", "thinner"),
        ("没有吃抗凝药", None),
        ("上个月开完刀", "operated"),
        ("不是术后", None),
    ],
)
def test_risk_factors_count_when_they_are_there_or_were(text: str, risk: str | None) -> None:
    assert urgency.risks(text) == ({risk} if risk else set())


def test_whoever_has_a_risk_is_not_sent_to_care_for_himself() -> None:
    assert level(told("感冒流鼻涕两天", age=30)) == urgency.SELF_CARE
    assert level(told("感冒流鼻涕两天，在做化疗", age=30)) == urgency.URGENT
    assert level(told("嗓子疼，怀孕四个月", age=30)) == urgency.ROUTINE


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        ("emergency", "routine", "emergency"),
        ("urgent", "self_care", "urgent"),
        ("urgent", "emergency", "emergency"),
        ("routine", "self_care", "self_care"),
        (None, "routine", "routine"),
    ],
)
def test_what_was_raised_stays_raised(one: str | None, other: str, stands: str) -> None:
    assert urgency.higher(one, other) == stands


def test_how_long_the_fever_lasts_counts_wherever_it_was_said() -> None:
    assert level(answered(told("发烧", age=30), "duration", "days")) == urgency.URGENT
    assert level(answered(told("发烧", age=30), "duration", "today")) == urgency.ROUTINE
