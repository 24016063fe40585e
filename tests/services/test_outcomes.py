"""What stands beside a message when it was answered: names of ours, never a patient's words."""

from __future__ import annotations

import pytest

from bot.services import outcomes
from bot.services.outcomes import Outcome


def came(*replies: dict, expects: str | None = None) -> Outcome:
    return outcomes.apart([{"text": "好的"}, *replies], expects=expects)[1]


def heard(wish: object = "book", *, missed: bool = False, department: object = None) -> dict:
    return {"heard": {"wish": wish, "missed": missed, "department": department}}


def test_the_mark_is_no_reply() -> None:
    said, _came = outcomes.apart([{"text": "好的"}, heard()], expects=None)
    assert said == [{"text": "好的"}]


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ([heard()], "answered"),
        ([heard("nlu_fallback", missed=True)], "missed"),
        ([heard("odd")], "odd"),
        ([heard("human_agent")], "person"),
        ([heard("book"), outcomes.mark(outcome="corrected")], "corrected"),
        ([heard("book"), {"text": "请打120", "alarm": "raised"}], "red_flag"),
        ([{"text": "好", "alarm": "cleared"}], "cleared"),
        ([outcomes.mark(outcome="failed")], "failed"),
        ([outcomes.mark(outcome="我叫李雷")], "answered"),
    ],
)
def test_how_a_message_ended(replies: list[dict], outcome: str) -> None:
    assert came(*replies).outcome == outcome


def test_nothing_said_is_nothing_that_came_of_it() -> None:
    assert outcomes.apart([], expects=None)[1] == outcomes.NOTHING


@pytest.mark.parametrize("words", ["骨科", "我叫李雷", "李雷", "yh.李雷", "a" * 80, 5, None, ["x"]])
def test_a_patients_words_are_never_a_department_or_a_wish(words: object) -> None:
    found = came(heard(words, department=words))
    assert (found.wish, found.department) == (None, None)


def test_a_department_is_its_number() -> None:
    assert came(heard(department="yh.d01")).department == "yh.d01"


def test_what_is_about_the_patient_himself_is_marked() -> None:
    assert came(heard()).private is None
    assert came(heard(), expects="question").private is None
    assert came(heard(), expects="person_name").private == "words"
    assert came({"view": "report", "ref": "r"}).private == "answer"
    assert came({"view": "card", "ref": "r"}, expects="sms_code").private == "both"
