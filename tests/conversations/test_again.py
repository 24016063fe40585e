"""A message that rasa gets again, because whoever asked it died before he heard the answer: the same answer, one deed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.db.booking import Booking
from bot.db.consult import Question
from bot.ports import Reply
from bot.services import inbox
from connectors import gateway
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import ask, rows

KNEES = "膝盖疼了两周，上下楼梯更明显，要不要拍片？"


@pytest.fixture
def heard_late(rasa: InProcessRasa, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message reaches rasa twice; only the second answer is heard."""
    talk = rasa.talk

    def twice(**message: Any) -> list[Reply]:
        talk(**message)
        return talk(**message)

    monkeypatch.setattr(rasa, "talk", twice)


@pytest.fixture(params=[20, 1], ids=["in-a-session", "each-message-begins-one"])
def rolled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "ROLL_TURNS", request.param)


@pytest.mark.usefixtures("heard_late", "rolled")
def test_a_question_is_sent_once_and_said_to_be(bound: Talk) -> None:
    assert "想问哪个科室" in bound("问医生")
    assert "请写下要问" in bound("心内科")
    assert "送到医生那里" in ask(bound, KNEES)
    assert len(rows(bound.ports, Question, person_id=bound.person_id)) == 1
    assert "送到医生那里" not in bound("谢谢")


@pytest.mark.usefixtures("heard_late")
def test_a_number_is_taken_once_and_said_to_be(bound: Talk) -> None:
    assert "几点来" in bound("挂今天心内科的号")
    bound.tap(bound.labels[0])
    assert "挂好了" in bound.tap("确认")
    assert len(rows(bound.ports, Booking, person_id=bound.person_id)) == 1


@pytest.mark.usefixtures("heard_late")
def test_control_without_it_the_patient_is_told_that_nothing_was_done(
    bound: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_which", lambda _said: None)
    bound("问医生")
    bound("心内科")
    assert "什么也没有改动" in ask(bound, KNEES)
    assert len(rows(bound.ports, Question, person_id=bound.person_id)) == 1


def test_a_question_whose_turn_was_lost_is_sent_once_though_the_patient_says_so_again(
    bound: Talk, rasa: InProcessRasa
) -> None:
    """It stood in the list, rasa died before it knew, and nobody could tell the patient for two minutes."""
    bound("问医生")
    bound("心内科")
    if "还是要问医生" in (bound(KNEES), bound.labels)[1]:
        bound.tap("还是要问医生")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rasa.agent.processor, "save_tracker", _nothing_saved)
        bound("是的，看过")
    assert "送到医生那里" in bound("看过的")
    assert len(rows(bound.ports, Question, person_id=bound.person_id)) == 1


async def _nothing_saved(_tracker: object) -> None:
    """Rasa died."""


def test_the_same_words_asked_anew_are_the_question_that_is_there(bound: Talk) -> None:
    """He was told late that it arrived, and began from the beginning; to another department it is another question."""
    for department, there in (("心内科", 1), ("心内科", 1), ("骨科", 2)):
        bound("问医生")
        bound(department)
        assert "送到医生那里" in ask(bound, KNEES)
        assert len(rows(bound.ports, Question, person_id=bound.person_id)) == there


@pytest.mark.parametrize("department", ["心血管内科", "心内科", "骨科"])
def test_a_department_said_again_is_no_question(bound: Talk, department: str) -> None:
    """The answer to it came late, so he said it once more."""
    bound("问医生")
    assert "请写下要问" in bound(department)
    assert "请写下要问" in bound(department)
