"""Reports on the phone: a result over the years, what is held, what is only preliminary."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.his.port import Observation
from bot.ports import Ports
from bot.services import cards
from tests.web.hospital import START, Hospital
from tests.web.test_h5_pages import LI, bind

Enter = Callable[[str], tuple[FlaskClient, int]]
Li = tuple[FlaskClient, cards.Card]
SUGAR = Observation("GLU", "空腹血糖", "7.2", "mmol/L", 3.9, 6.1, "3.90-6.10", "H")


@pytest.fixture
def li(patient: Enter, ports: Ports) -> Li:
    browser, person_id = patient("o-li")
    return browser, bind(ports, person_id, LI)


def visit(hospital: Hospital, card: cards.Card, days_ago: int, line: Observation) -> str:
    at = START - timedelta(days=days_ago)
    made = hospital.add_report(card.patient_id, name="血糖", ordered_at=at, ready_at=at, items=(line,))
    return f"{card.ref}.{made}"


def sugar(value: str, flag: str = "N", **changes: object) -> Observation:
    return Observation(**{**vars(SUGAR), "value": value, "flag": flag, **changes})


def test_a_trend_is_a_drawing_with_its_numbers_beneath(li: Li, hospital: Hospital) -> None:
    browser, card = li
    visit(hospital, card, 400, sugar("5.3"))
    visit(hospital, card, 200, sugar("<0.6", "L"))
    ref = visit(hospital, card, 2, sugar("7.2", "H", high=6.5, reference="3.90-6.50"))
    assert f"/h5/reports/{ref}/trend/0" in browser.get(f"/h5/reports/{ref}").text
    page = browser.get(f"/h5/reports/{ref}/trend/0").text
    assert "空腹血糖" in page
    assert "李**" in page
    assert page.count("<circle") == 3
    assert len(re.findall(r'class="dot out"', page)) == 1
    assert len(re.findall(r'class="dot out open"', page)) == 1
    assert page.count('class="band"') == 2
    assert re.search(r'<svg class="trend" viewBox="0 0 340 230" role="img" aria-label="[^"]+">', page)
    rows = re.findall(r"<tr><td>([\d-]+)</td><td>([^ <]*|&lt;[\d.]+)", page)
    assert rows == [("2026-11-21", "7.2"), ("2026-05-07", "&lt;0.6"), ("2025-10-19", "5.3")]
    assert "请以医生判断为准" in page
    assert "style=" not in page


def test_every_dot_and_label_stands_inside_the_drawing(li: Li, hospital: Hospital) -> None:
    browser, card = li
    for days in range(0, 1000, 45):
        ref = visit(hospital, card, 1000 - days, sugar(str(2 + days / 100)))
    page = browser.get(f"/h5/reports/{ref}/trend/0").text
    places = re.findall(r'c?x="([\d.-]+)" c?y="([\d.-]+)"', page)
    assert len(places) > 20
    assert all(0 <= float(x) <= 340 and 0 <= float(y) <= 230 for x, y in places)
    dates = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="218"', page)]
    assert 2 <= len(dates) <= 4
    assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(dates))


def test_two_units_are_two_drawings_and_the_page_says_why(li: Li, hospital: Hospital) -> None:
    browser, card = li
    visit(hospital, card, 300, sugar("95", unit="mg/dL", low=70.0, high=110.0, reference="70-110"))
    ref = visit(hospital, card, 2, sugar("5.0"))
    page = browser.get(f"/h5/reports/{ref}/trend/0").text
    assert page.count('<svg class="trend"') == 2
    assert "单位 mmol/L" in page
    assert "单位 mg/dL" in page
    assert "不同单位的数值不能放在一起比" in page


def test_words_have_a_table_and_no_drawing(li: Li, hospital: Hospital) -> None:
    browser, card = li
    ref = visit(hospital, card, 2, sugar("阴性", low=None, high=None, reference="阴性"))
    page = browser.get(f"/h5/reports/{ref}/trend/0").text
    assert "<svg" not in page
    assert "<td>阴性</td>" in page


def test_a_held_report_has_neither_name_nor_value_on_any_page(li: Li, hospital: Hospital) -> None:
    browser, card = li
    made = hospital.add_report(
        card.patient_id, name="肿瘤标志物", items=(sugar("41.6", "H", name="甲胎蛋白", code="AFP"),)
    )
    ref = f"{card.ref}.{made}"
    for path in ("/h5/reports", f"/h5/reports/{ref}", f"/h5/reports/{ref}/trend/0"):
        page = browser.get(path).text
        assert "医生看过后会告诉您" in page
        assert not any(secret in page for secret in ("肿瘤", "甲胎", "41.6", "AFP"))
    assert "门诊" in browser.get(f"/h5/reports/{ref}").text
    assert "人工" in browser.get(f"/h5/reports/{ref}").text


def test_a_released_critical_value_is_marked_as_such(li: Li, hospital: Hospital) -> None:
    browser, card = li
    line = sugar("25.1", "HH")
    made = hospital.add_report(card.patient_id, items=(line,), critical=True, released_at=START)
    page = browser.get(f"/h5/reports/{card.ref}.{made}").text
    assert "↑↑ 明显偏高" in page
    assert "共 1 项，1 项超出参考范围" in page


def test_a_preliminary_report_is_marked_in_the_list_and_on_its_page(li: Li, hospital: Hospital) -> None:
    browser, card = li
    facts = {"kind": "imaging", "name": "胸部CT平扫", "items": (), "finding": "斑片影", "impression": "考虑炎症"}
    made = hospital.add_report(card.patient_id, status="preliminary", **facts)
    assert '<span class="tag wait">初步</span>' in browser.get("/h5/reports").text
    page = browser.get(f"/h5/reports/{card.ref}.{made}").text
    assert "初步意见" in page
    assert "正式报告可能有改动" in page


def test_what_is_out_of_range_is_explained_and_what_is_in_range_is_not(li: Li, hospital: Hospital) -> None:
    browser, card = li
    odd = browser.get(f"/h5/reports/{card.ref}.{hospital.add_report(card.patient_id, items=(SUGAR,))}").text
    assert "抽血那一刻血里的糖" in odd
    calm = browser.get(f"/h5/reports/{card.ref}.{hospital.add_report(card.patient_id, items=(sugar('5.0'),))}").text
    assert "都在参考范围内" in calm
    assert "抽血那一刻" not in calm
    assert "超出范围" not in calm


def test_a_strangers_trend_and_one_that_does_not_exist_are_one_answer(
    li: Li, patient: Enter, hospital: Hospital
) -> None:
    browser, card = li
    ref = visit(hospital, card, 2, SUGAR)
    stranger, _ = patient("o-stranger")
    refs = [f"{ref}/trend/0", f"{ref}/trend/9", f"{card.ref}.yh.r999/trend/0", "x/trend/0", f"{ref}/trend/GLU"]
    answers = [stranger.get(f"/h5/reports/{each}") for each in refs]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert browser.get(f"/h5/reports/{ref}/trend/1").status_code == 404
    assert browser.get(f"/h5/reports/{ref}/trend/-1").status_code == 404
    assert browser.get(f"/h5/reports/{ref}/trend/{'9' * 400}").status_code == 404
