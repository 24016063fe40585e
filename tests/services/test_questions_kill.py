"""gate-questions-kill at a small size: the dialogue dies at its named point, jobs and dialogue are killed."""

from __future__ import annotations

import pytest

from tests.gates import questions_kill
from tests.gates.scenes import desk

SMALL = {"kills": 1, "fatal": 4, "web_too": False}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(desk.IDLE, "0.5")
    monkeypatch.setattr(questions_kill, "WEB", 1)
    monkeypatch.setattr(questions_kill, "PAUSE", 0.2)


def test_no_accepted_question_is_lost_or_there_twice(own_postgres_url: str) -> None:
    found = questions_kill.run(own_postgres_url, 8, **SMALL)
    assert found.clean, found
    assert (found.accepted, found.kills, found.queues[1]) == (8, 1, 8)
    assert found.deaths > 0


def test_control_without_the_messages_key_questions_are_there_twice(own_postgres_url: str) -> None:
    found = questions_kill.run(own_postgres_url, 8, **{**SMALL, "kills": 0}, fault="unkeyed")
    assert (found.lost, found.clean) == (0, False)
    assert found.deaths > 0
    assert found.twice > 0
