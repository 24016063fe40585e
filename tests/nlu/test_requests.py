"""Two requests in one message, told apart from one request with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.nlu import requests
from bot.nlu.spans import Span

# What a classifier would be sure of: a word in the text → its intent.
WORDS = {
    "停车": "parking_traffic",
    "挂": "book",
    "报告": "reports_list",
    "取消": "cancel_booking",
    "头晕": "triage",
    "几楼": "department_location",
    "谢谢": "thanks",
}


def rank(text: str, _spans: Sequence[Span]) -> list[dict[str, Any]]:
    found = [intent for word, intent in WORDS.items() if word in text]
    return [{"name": found[0] if found else "nlu_fallback", "confidence": 0.9 if len(found) == 1 else 0.4}]


def intents(text: str, spans: Sequence[Span] = ()) -> list[str]:
    return [str(request["intent"]) for request in requests.find(text, spans, rank)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("帮我挂明天骨科的号，再问下停车怎么收费", ["book", "parking_traffic"]),
        ("停车怎么收费？我想挂骨科", ["book", "parking_traffic"]),
        ("查一下报告顺便问问停车贵不贵", ["reports_list", "parking_traffic"]),
        ("我要取消预约，另外查报告", ["cancel_booking", "reports_list"]),
        ("我要看我的报告，停车怎么收费", ["reports_list", "parking_traffic"]),
    ],
)
def test_two_requests_are_found_and_what_opens_a_form_leads(text: str, found: list[str]) -> None:
    assert intents(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "帮我挂明天骨科的号",
        "我头晕三天了，帮我挂个号",  # the reason of the wish
        "停车怎么收费，谢谢",
        "报告，停车",  # words, not sentences
        "帮我挂骨科，最早的就行",
        "另外，再挂一个",
        "",
        "帮我挂骨科的号，" + "我跟你讲" * 30 + "再问下停车",  # a story
    ],
)
def test_one_request_stays_one(text: str) -> None:
    assert intents(text) == []


def test_each_request_has_its_own_entities_with_places_in_its_own_text() -> None:
    text = "帮我挂骨科的号，再问下眼科在几楼"
    spans = [Span(3, 5, "department", "骨科"), Span(11, 13, "department", "眼科")]
    first, second = requests.find(text, spans, rank)
    assert [e["value"] for e in first["entities"]] == ["骨科"]
    [eyes] = second["entities"]
    assert second["text"][eyes["start"] : eyes["end"]] == "眼科"
