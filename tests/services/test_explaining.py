"""What an item is, in plain words that name no illness this patient would have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.his.embedded.generator_tables import read
from bot.his.port import Observation
from bot.ports import Ports
from bot.services import explaining, views
from tests.factories import NOW, FakeHis, a_card, a_person

ALT = Observation("ALT", "丙氨酸氨基转移酶", "61", "U/L", 9, 50, "9-50", "H")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("白细胞高是什么意思", "白细胞计数"),
        ("尿白细胞有加号", "尿白细胞酯酶"),
        ("糖化血红蛋白七点二", "糖化血红蛋白"),
        ("血红蛋白低说明啥", "血红蛋白"),
        ("转氨酶偏高", "丙氨酸氨基转移酶"),
        ("甲功里tsh高", "促甲状腺激素"),
        ("ｔｓｈ", "促甲状腺激素"),
        ("低密度脂蛋白高不高", "低密度脂蛋白胆固醇"),
    ],
)
def test_patients_words_name_an_item(text: str, name: str) -> None:
    found = explaining.said(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("text", ["甲状腺结节三类", "胸部CT怎么看", "你好", "", "可以吃饭吗"])
def test_other_words_name_none(text: str) -> None:
    assert explaining.said(text) is None


def test_the_commonest_items_have_words() -> None:
    assert len(explaining._items()) >= 60
    lines = [Observation(row["code"], row["name"], "1", row["unit"], 0, 0, "", "H") for row in read("panels")]
    unknown = [line.name for line in lines if line.unit and explaining.of(line) is None]
    assert len(unknown) <= 0.15 * len(lines), unknown


def test_a_name_is_not_enough_where_the_thing_is_another() -> None:
    stool = Observation("FWBC", "白细胞", "少许", "", None, None, "未见", "H")
    assert explaining.of(stool) is None
    assert explaining.of(replace(ALT, code="P", name="丙氨酸氨基转移酶")) == explaining.of(ALT)


def test_no_word_diagnoses_or_prescribes() -> None:
    for item in explaining._items():
        for sentence in (item.measures, item.high, item.low):
            assert sentence
            assert not any(
                word in sentence for word in ("您得了", "你得了", "确诊", "诊断为", "就是癌", "癌", "停药", "加量")
            )


def test_an_arrow_says_the_side_it_points_to() -> None:
    item = explaining.of(ALT)
    assert item is not None
    assert [explaining.arrow(replace(ALT, flag=flag)) for flag in ("H", "HH", "L", "LL", "N", "")] == [
        item.high,
        item.high,
        item.low,
        item.low,
        "",
        "",
    ]


def test_a_report_within_its_ranges_is_told_so_and_no_arrow_is_explained(ports: Ports, his: FakeHis) -> None:
    person = a_person(ports)
    card = a_card(ports, person)
    calm = his.add_report(card.patient_id, items=(replace(ALT, value="30", flag="N"),))
    odd = his.add_report(card.patient_id, items=(ALT, replace(ALT, code="ZZ", name="某某抗体"), replace(ALT, flag="N")))
    unjudged = his.add_report(card.patient_id, items=(replace(ALT, flag=""),), ordered_at=NOW - timedelta(days=5))

    def said(report_id: str, view: str) -> str:
        reply = views.render(ports, person_id=person, replies=[{"view": view, "ref": f"{card.ref}.{report_id}"}])
        return str(reply[0]["text"])

    for view in ("report", "report_explained"):
        assert "各项都在参考范围内" in said(calm.id, view)
        assert "箭头" not in said(calm.id, view)
        assert "↑" not in said(calm.id, view)
        assert "都在参考范围内" not in said(unjudged.id, view)
        assert "请以医生判断为准" in said(odd.id, view)
    assert "丙氨酸氨基转移酶 ↑：肝细胞里的一种酶" in said(odd.id, "report_explained")
    assert "某某抗体 ↑：这一项请直接问医生。" in said(odd.id, "report_explained")
