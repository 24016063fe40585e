"""Findings in patients' words."""

from __future__ import annotations

import pytest

from bot.triage.lexicon import findings, lexicon, read, spans
from bot.triage.lexicon.person import Person
from bot.triage.names import STANDARD
from bot.triage.pattern import SIGNS


def test_there_are_enough_expressions_and_each_leads_to_standard_departments() -> None:
    patterns = {pattern for body in read().values() for pattern in body["say"]}
    plain = {pattern for pattern in patterns if not set(pattern) & set(SIGNS)}
    assert len(plain) >= 3_000  # written out one by one; what patterns expand to comes on top
    assert len(lexicon().matcher.wordings) >= len(patterns)
    for concept, body in read().items():
        assert body["say"], concept
        assert set(body["to"]) <= set(STANDARD), concept


@pytest.mark.parametrize(
    ("text", "words", "denied"),
    [
        ("我头疼", "头疼", False),
        ("没有头疼", "头疼", True),
        ("头疼恶心都没有", "恶心", True),
        ("头疼恶心都没有", "头疼", True),
        ("不发烧有鼻涕", "发烧", True),
        ("不发烧有鼻涕", "鼻涕", False),
        ("没有发烧、咳嗽和流鼻涕", "流鼻涕", True),
        ("没有发烧但是咳嗽", "咳嗽", False),
        ("没有明显原因的头疼", "头疼", False),
        ("是不是胃炎", "胃炎", False),
        ("肚子不舒服", "肚子不舒服", False),
        ("没胃口", "没胃口", False),
    ],
)
def test_denials(text: str, words: str, denied: bool) -> None:
    found = {span.words: span.denied for span in spans(text)}
    assert found[words] is denied, found


def test_a_finding_knows_its_place_side_length_and_strength() -> None:
    text = "您好，右边头 痛两周了，特别厉害"
    span = next(span for span in spans(text) if span.concept == "头痛")
    assert text[span.start : span.end] == span.words == "头 痛"
    assert (span.side, span.days, span.denied) == ("right", 14, False)


def test_the_longest_wording_stands() -> None:
    assert {span.words for span in spans("甲状腺结节")} == {"甲状腺结节"}


def test_every_standard_department_is_the_first_of_some_concept() -> None:
    firsts = {max(body["to"], key=body["to"].get) for body in read().values()}
    assert set(STANDARD) - firsts <= {"甲状腺外科"} - firsts


@pytest.mark.parametrize(
    ("text", "words", "person"),
    [
        ("我妈七十岁，头疼", "头疼", Person(840, "f", None)),
        ("孩子五岁了发烧。我自己头疼", "发烧", Person(60, None, None)),
        ("头疼三天了。男，30岁", "头疼", Person(360, "m", None)),
        ("怀孕五个月，咳嗽", "咳嗽", Person(None, "f", True)),
        ("头疼", "头疼", Person()),
    ],
)
def test_a_finding_knows_in_whom(text: str, words: str, person: Person) -> None:
    assert next(span for span in spans(text) if span.words == words).person == person


@pytest.mark.parametrize(
    ("text", "side", "days", "severity"),
    [
        ("左边耳朵疼三天", "left", 3, ""),
        ("两边膝盖疼半年了", "both", 182.5, ""),
        ("右腿有点麻", "right", None, "mild"),
        ("肚子疼得厉害", "", None, "severe"),
    ],
)
def test_side_duration_and_severity(text: str, side: str, days: float | None, severity: str) -> None:
    span = spans(text)[0]
    assert (span.side, span.days, span.severity) == (side, days, severity)


@pytest.mark.parametrize(
    "text",
    ["撒尿费劲半天滴不完", "脖子前面鼓个包", "一碰就青", "早上手攥不住拳头", "躺下脑子停不下来", "腿上青筋像蚯蚓"],
)
def test_everyday_words_are_known(text: str) -> None:
    assert any(not one.denied for one in findings(text))
