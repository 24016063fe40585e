"""Departments, their reasons, and what age and sex rule out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.triage import departments
from bot.triage.assess import assess
from bot.triage.departments.table import table
from bot.triage.lexicon import findings
from bot.triage.names import STANDARD


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("胸闷心慌三天了", "心血管内科"),
        ("一直咳嗽有黄痰", "呼吸内科"),
        ("胃疼反酸烧心", "消化内科"),
        ("头晕手麻", "神经内科"),
        ("口渴尿多血糖高", "内分泌科"),
        ("尿里好多泡沫", "肾内科"),
        ("身上青一块紫一块", "血液科"),
        ("早上手指关节僵硬", "风湿免疫科"),
        ("腰疼得直不起来", "骨科"),
        ("尿频尿急尿痛", "泌尿外科"),
        ("月经不调白带多", "妇科"),
        ("怀孕12周产检", "产科"),
        ("宝宝吐奶拉绿便", "儿科"),
        ("眼睛干涩看不清", "眼科"),
        ("鼻塞打喷嚏耳鸣", "耳鼻咽喉科"),
        ("智齿发炎牙疼", "口腔科"),
        ("身上起红疹很痒", "皮肤科"),
        ("阳痿早泄", "男科"),
        ("失眠焦虑情绪低落", "精神心理科"),
        ("痔疮便血", "肛肠科"),
        ("乳房有硬块", "乳腺外科"),
        ("静脉曲张腿上青筋凸起", "血管外科"),
    ],
)
def test_the_first_department(text: str, name: str) -> None:
    assert departments.score(text)[0].name == name


def test_names_are_standard_and_figures_are_shares() -> None:
    found = departments.score("肚子疼拉肚子")
    assert {one.name for one in found} <= set(STANDARD)
    assert sum(one.score for one in found) <= 1.001
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert table().names == STANDARD


LACKING = Path(__file__).parents[1] / "gates" / "corpora" / "departments.jsonl"


def lacking() -> list[dict[str, Any]]:
    """Texts for departments that no public set has, by writers who knew nothing of lexicon and table."""
    return [json.loads(line) for line in LACKING.read_text(encoding="utf-8").splitlines()]


def test_departments_that_no_public_text_teaches_are_found() -> None:
    first = third = 0
    rows = lacking()
    for row in rows:
        names = [one.name for one in departments.score(row["text"], age=row["age"], sex=row["sex"])]
        first += names[:1] != [] and names[0] in row["departments"]
        third += any(name in row["departments"] for name in names[:3])
    assert len(rows) >= 20 * 20
    assert (first / len(rows), third / len(rows)) >= (0.75, 0.93)
    assert third / len(rows) >= 0.93


def test_each_reason_is_the_patients_word_and_its_removal_lowers_the_department() -> None:
    rows, shown, first = lacking()[::3], 0, 0
    for row in rows:
        known = {"age": row["age"], "sex": row["sex"]}
        found = departments.score(row["text"], **known)
        first += bool(found) and bool(found[0].because)
        for one in found:
            for word in one.because:
                shown += 1
                assert len(word) >= 2
                assert word in row["text"]
                rest = departments.likelihood(row["text"].replace(word, ""), **known)
                assert round(rest.get(one.name, 0), 4) < one.score, (row["text"], one.name, word)
    assert shown >= len(rows)
    assert first / len(rows) >= 0.9


@pytest.mark.parametrize("age", [None, 1])
def test_a_reason_holds_whether_the_age_came_from_the_words_or_from_the_card(age: int | None) -> None:
    text = "孩子一岁了，拉肚子还发烧"
    for one in assess(text, age=age)["departments"]:
        for word in one["because"]:
            rest = {other["name"]: other["score"] for other in assess(text.replace(word, ""), age=age)["departments"]}
            assert rest.get(one["name"], 0) < one["score"]


def test_a_reason_is_a_whole_expression_or_word() -> None:
    for row in lacking()[::7]:
        expressions = {one.words for one in findings(row["text"])}
        for one in departments.score(row["text"], age=row["age"], sex=row["sex"]):
            assert all(word in expressions or word in table().words for word in one.because)


def test_a_text_without_a_telling_word_shows_none() -> None:
    assert all(one.because == [] for one in departments.score("这个要怎么弄才行呢我也不懂"))


def test_denied_words_are_no_reason() -> None:
    assert all("胸痛" not in one.because for one in departments.score("咳嗽有痰，没有胸痛"))


def test_children_go_to_the_children_and_grown_ups_never() -> None:
    assert departments.score("咳嗽发烧", age=5)[0].name == "儿科"
    assert departments.score("牙疼", age=5)[0].name == "口腔科"
    assert all(one.name != "儿科" for one in departments.score("孩子一样的发烧咳嗽", age=40))


def test_sex_rules_departments_out() -> None:
    assert all(one.name not in ("妇科", "产科") for one in departments.score("下面痒小肚子疼", sex="m"))
    assert all(one.name != "男科" for one in departments.score("尿频下面痒", sex="f"))


@pytest.mark.parametrize("text", ["", "你好", "😭", "谢谢"])
def test_nothing_said_means_no_department(text: str) -> None:
    assert departments.score(text) == []


def test_a_long_text_is_answered() -> None:
    assert departments.score("头疼" * 30_000)[0].name == "神经内科"
