"""Findings in patients' words."""

from __future__ import annotations

import pytest

from bot.triage.lexicon import lexicon, read, spans
from bot.triage.names import STANDARD


def test_there_are_enough_expressions_and_each_leads_to_standard_departments() -> None:
    assert len(lexicon().matcher.wordings) >= 600
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
