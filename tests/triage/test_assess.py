"""Urgency, questions, and the JSON of the command line."""

from __future__ import annotations

import json

import pytest

from bot.errors import BadInput
from bot.triage.assess import assess, redflag_lines, triage_lines


@pytest.mark.parametrize(
    ("text", "age", "urgency"),
    [
        ("我爸胸口疼得受不了一身冷汗", None, "emergency"),
        ("体温39度2咳嗽", 30, "urgent"),
        ("发烧", 70, "urgent"),
        ("痰里带血丝", 40, "urgent"),
        ("头疼恶心想吐", 40, "urgent"),
        ("膝盖疼半年了", 50, "routine"),
        ("感冒流鼻涕两天", 30, "self_care"),
        ("感冒流鼻涕两天", None, "routine"),
        ("感冒流鼻涕两天", 80, "routine"),
        ("感冒流鼻涕一个月", 30, "routine"),
        ("没有发烧，膝盖疼", 70, "routine"),
    ],
)
def test_urgency(text: str, age: int | None, urgency: str) -> None:
    assert assess(text, age=age)["urgency"] == urgency


def test_a_fever_of_the_very_old_and_the_pregnant_is_not_routine() -> None:
    assert assess("怀孕五个月发烧了")["urgency"] == "urgent"
    assert assess("发烧了", age=30)["urgency"] == "routine"


def test_the_answer_is_the_contracts_object() -> None:
    answer = assess("头疼", hospital={"神经内科": "神内门诊"})
    assert set(answer) == {"urgency", "red_flags", "departments", "ask"}
    assert set(answer["departments"][0]) == {"name", "hospital_department", "score", "because"}
    assert answer["departments"][0]["hospital_department"] == "神内门诊"
    assert all(one["hospital_department"] is None for one in answer["departments"][1:])
    assert json.loads(json.dumps(answer)) == answer


def test_what_was_said_is_not_asked() -> None:
    assert any("多大" in question for question in assess("头疼")["ask"])
    assert all("多大" not in question for question in assess("头疼，我今年34岁")["ask"])
    assert all("男士" not in question for question in assess("头疼", sex="f")["ask"])
    assert all("男士" not in question for question in assess("月经不调")["ask"])
    assert len(assess("你好")["ask"]) <= 3


@pytest.mark.parametrize("age", [-1, 121, True, "30"])
def test_an_impossible_age_is_refused(age: object) -> None:
    with pytest.raises(BadInput, match="bad_age"):
        assess("头疼", age=age)  # type: ignore[arg-type]


def test_lines_in_lines_out() -> None:
    lines = ['{"text": "胸口疼得受不了"}', "", '{"text": "头疼", "age": 30, "sex": "m"}']
    first, second = (json.loads(line) for line in triage_lines(lines))
    assert (first["urgency"], second["red_flags"]) == ("emergency", [])
    flags = [json.loads(line) for line in redflag_lines(lines)]
    assert [flag["red_flag"] for flag in flags] == [True, False]
    assert set(flags[0]) == {"red_flag", "rules"}


@pytest.mark.parametrize("bad", ["{", "[]", '{"text": 3}', '{"age": 3}', '{"text": "头疼", "sex": "x"}'])
def test_a_bad_line_is_named_by_its_number(bad: str) -> None:
    with pytest.raises(BadInput) as refusal:
        list(triage_lines(['{"text": "头疼"}', bad]))
    assert refusal.value.facts["line"] == 2


@pytest.mark.parametrize("text", ["胃胀反酸", "胃胀反酸两周了", "尿频尿急"])
def test_the_first_department_names_the_words_it_rests_on(text):
    assert assess(text)["departments"][0]["because"]


@pytest.mark.parametrize("text", ["头疼", "头疼三天了", "头疼一周了", "头疼得厉害"])
def test_a_headache_goes_to_the_nerves_and_not_to_the_bones(text):
    found = {one["name"]: one["score"] for one in assess(text, age=35)["departments"]}
    assert max(found, key=found.__getitem__) == "神经内科"
    assert found.get("骨科", 0) < 0.12  # less is not shown to a patient


def test_the_emergency_room_stands_after_the_first_three_when_a_rule_fires():
    found = assess("胸口疼得厉害出冷汗")["departments"]
    names = [one["name"] for one in found]
    assert names[0] == "心血管内科"
    assert names.index("急诊科") <= 3
    assert names.count("急诊科") == 1
    assert found == sorted(found, key=lambda one: -one["score"])
    assert assess("膝盖疼", age=50)["departments"][0]["name"] == "骨科"
