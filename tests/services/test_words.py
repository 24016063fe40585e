"""The bot's words, read as data: every response can be said, with nothing left open."""

from __future__ import annotations

import re

import pytest

from bot.errors import PATIENT_CODES
from bot.services import words


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
