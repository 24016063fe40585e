"""Departments, their reasons, and what age and sex rule out."""

from __future__ import annotations

import pytest

from bot.triage import departments
from bot.triage.departments.table import table
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


def test_each_reason_is_the_patients_word_and_its_removal_lowers_the_department() -> None:
    shown = 0
    for text in (
        "头晕还有点恶心，膝盖疼",
        "孩子发烧三天咳嗽",
        "月经推迟小肚子疼",
        "嗓子疼流鼻涕头疼",
        "眼睛痒，皮肤起红疹",
    ):
        for one in departments.score(text):
            for word in one.because:
                shown += 1
                assert len(word) >= 2
                assert word in text
                rest = {other.name: other.score for other in departments.score(text.replace(word, ""))}
                assert rest.get(one.name, 0) < one.score, (text, one.name, word)
    assert shown >= 5


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
