"""The bot's words, read as data: every response can be said, with nothing left open."""

from __future__ import annotations

import re

import pytest

from bot.errors import PATIENT_CODES
from bot.services import views, words
from bot.web import words as page_words


@pytest.mark.parametrize("name", sorted(words._responses()))
def test_every_response_can_be_said_without_a_single_fact(name):
    reply = words.say(name)
    assert not re.search(r"[{}]", reply["text"])
    assert all(set(choice) == {"label", "payload"} for choice in reply.get("choices", []))


def test_facts_fill_the_words_and_braces_of_a_fact_stay():
    assert "云河{x}医院" in words.say("utter_welcome", hospital="云河{x}医院", other=1)["text"]


def test_every_code_a_patient_can_meet_has_words():
    assert [code for code in sorted(PATIENT_CODES) if not words.known(f"utter_error_{code}")] == []
    assert not words.known("utter_nobody_wrote_this")


def test_what_is_said_is_the_callers_own():
    words.say("utter_welcome")["choices"].clear()
    assert words.say("utter_welcome")["choices"]


def test_whoever_is_sent_to_the_service_desk_is_told_its_number():
    said = {name: found[0]["text"] for name, found in words._responses().items()}
    assert [name for name, text in said.items() if "服务台" in text and views.PHONE not in text] == []


def test_patients_are_addressed_politely():
    pages = [*(words.ROOT / "bot" / "web" / "templates" / "h5").glob("*.html"), words.ROOT / "bot" / "guide.yaml"]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    texts += [found[0]["text"] for found in words._responses().values()] + [
        f"{a}{b}" for a, b in page_words.WORDS.values()
    ]
    assert [text for text in texts if "你" in text] == []
