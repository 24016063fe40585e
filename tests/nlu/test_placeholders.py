from __future__ import annotations

from bot.nlu import features, placeholders
from bot.nlu.spans import Span, merge


def test_each_kind_is_an_entity_with_its_reference() -> None:
    text = "⟦person_name:v_0123456789ab⟧,⟦id_number:v_0123456789ac⟧,⟦card:c_0123456789⟧"
    assert [(s.entity, s.value) for s in placeholders.find(text)] == [
        ("person_name", "v_0123456789ab"),
        ("id_number", "v_0123456789ac"),
        ("card", "c_0123456789"),
    ]


def test_an_unknown_kind_or_a_malformed_reference_is_plain_text() -> None:
    assert placeholders.find("⟦secret:v_0123456789ab⟧ ⟦phone:v_xyz⟧ ⟦phone⟧") == []


def test_the_reference_does_not_reach_the_classifier() -> None:
    one, other = "我的电话⟦phone:v_0123456789ab⟧", "我的电话⟦phone:v_fedcba987654⟧"
    assert features.blocks(one, placeholders.find(one)) == features.blocks(other, placeholders.find(other))


def test_nothing_to_read_gives_no_features() -> None:
    for text in ("⟦phone:v_0123456789ab⟧", "😀😀", "。。。", ""):
        assert not any(features.blocks(text, placeholders.find(text)).values())


def test_no_entity_is_read_into_a_placeholder() -> None:
    kept = Span(0, 10, "phone", "v_0123456789ab")
    assert merge([kept], [Span(0, 20, "drug", "x"), Span(3, 5, "age", 25)]) == [kept]
