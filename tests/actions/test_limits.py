"""How long an action may take, beside what it waits for and what waits for it (docs/decisions/0022-slow-actions.md)."""

from __future__ import annotations

from actions.base import LIMIT_SECONDS
from bot.his.http.caller import TIMEOUT
from connectors.rasa import DEADLINE


def test_a_hospital_that_does_not_answer_is_told_within_the_turn() -> None:
    assert TIMEOUT.read + TIMEOUT.connect < LIMIT_SECONDS


def test_web_waits_for_two_slow_actions_of_one_turn() -> None:
    assert DEADLINE.read > 2 * LIMIT_SECONDS
