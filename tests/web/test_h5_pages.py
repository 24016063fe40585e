"""A patient's own pages, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from bot.ports import Ports
from bot.services import booking, cards
from bot.web.shown import bar, yuan
from tests.web.hospital import SLOT, Hospital

Enter = Callable[[str], tuple[FlaskClient, int]]
LI = {"name": "李小明", "id_number": "110101199003070011", "phone": "13800138000"}
WANG = {"name": "王建国", "id_number": "110101196503070014", "phone": "13900139000"}


def bind(ports: Ports, person_id: int, who: dict[str, str]) -> cards.Card:
    return cards.bind(ports, person_id=person_id, key=f"bind:{person_id}", **who)


@pytest.fixture
def li(patient: Enter, ports: Ports) -> tuple[FlaskClient, cards.Card, booking.Booking]:
    """李小明 with a card and a number for 10:00 today."""
    browser, person_id = patient("o-li")
    card = bind(ports, person_id, LI)
    booked = booking.book(ports, person_id=person_id, card_ref=card.ref, slot_id=SLOT.id, key="book:li")
    return browser, card, booked


@pytest.fixture
def wang(patient: Enter, ports: Ports) -> FlaskClient:
    browser, person_id = patient("o-wang")
    bind(ports, person_id, WANG)
    return browser


Li = tuple[FlaskClient, cards.Card, booking.Booking]


def test_my_page_masks_the_card_and_shows_what_is_coming(li: Li) -> None:
    browser, _, booked = li
    page = browser.get("/h5/me").text
    assert "李**" in page
    assert "1101**********0011" in page
    assert "138****8000" in page
    assert all(value not in page for value in LI.values())
    assert "11月23日 周一 10:00" in page
    assert f"/h5/bookings/{booked.ref}" in page


def test_a_new_follower_is_told_how_to_begin(patient: Enter) -> None:
    page = patient("o-new")[0].get("/h5/me").text
    assert "绑卡" in page
    assert "挂号" in page


def test_a_booking_shows_number_time_and_place(li: Li) -> None:
    page = li[0].get(f"/h5/bookings/{li[2].ref}").text
    for fact in ("<b>12</b>", "心血管内科", "陈晓明", "10:00–10:30", "门诊楼2层", "203诊室", "35.50 元"):
        assert fact in page


def test_the_queue_answers_304_until_it_moves(li: Li, hospital: Hospital) -> None:
    browser = li[0]
    page = browser.get("/h5/queue").text
    assert "2 人" in page
    assert "10–20 分钟" in page
    first = browser.get("/h5/queue/live", headers={"X-Live": "1"})
    assert f"data-tag={first.headers['ETag']}" in page
    again = browser.get("/h5/queue/live", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    hospital.calling = 11
    moved = browser.get("/h5/queue/live", headers={"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200
    assert "下一个就是您" in moved.text


def test_a_report_marks_each_value(li: Li, hospital: Hospital) -> None:
    browser, card, _ = li
    ref = f"{card.ref}.{hospital.add_report(card.patient_id)}"
    assert f"/h5/reports/{ref}" in browser.get("/h5/reports").text
    page = browser.get(f"/h5/reports/{ref}").text
    for mark in ("↑ 偏高", "↓ 偏低", "正常", "11.8", "3.5-9.5", "共 3 项，2 项超出参考范围"):
        assert mark in page
    assert page.count("<svg") == 2  # words have no bar


def test_a_report_that_is_not_ready_says_when(li: Li, hospital: Hospital) -> None:
    browser, card, _ = li
    ref = f"{card.ref}.{hospital.add_report(card.patient_id, ready=False)}"
    page = browser.get(f"/h5/reports/{ref}").text
    assert "报告还没出来" in page
    assert "11月23日 周一 13:00" in page


def test_another_patients_things_look_like_none(li: Li, wang: FlaskClient, hospital: Hospital) -> None:
    """Own, another's, unknown, malformed: all but the first are one answer, byte for byte."""
    browser, card, booked = li
    report = f"{card.ref}.{hospital.add_report(card.patient_id)}"
    doors = {
        "/h5/bookings/": [booked.ref, "b_0000000000", "x", "%00", "a" * 400],
        "/h5/reports/": [report, f"{card.ref}.yh.r999", "c_0000000000.yh.r1", "x", "..x"],
        "/h5/reports?card=": [card.ref, "c_0000000000", "x"],
    }
    for door, refs in doors.items():
        assert browser.get(door + refs[0]).status_code == 200
        answers = [wang.get(door + ref) for ref in refs]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1, door
    assert card.ref not in wang.get("/h5/me").text
    assert "李" not in wang.get("/h5/queue").text


def test_an_unbound_cards_things_are_out_of_sight_at_once(li: Li, ports: Ports, hospital: Hospital) -> None:
    browser, card, booked = li
    report = f"{card.ref}.{hospital.add_report(card.patient_id)}"
    person_id = 1
    assert browser.get(f"/h5/reports/{report}").status_code == 200
    cards.unbind(ports, person_id=person_id, ref=card.ref)
    assert browser.get(f"/h5/reports/{report}").status_code == 404
    assert browser.get(f"/h5/bookings/{booked.ref}").status_code == 404


def test_a_silent_hospital_is_a_friendly_page(li: Li, hospital: Hospital) -> None:
    browser, _, booked = li
    hospital.down = True
    answer = browser.get("/h5/queue")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "医院系统正忙" in answer.text
    assert browser.get("/h5/me").status_code == 200
    assert browser.get(f"/h5/bookings/{booked.ref}").status_code == 200


def test_money_and_bars() -> None:
    assert [yuan(fen) for fen in (0, 5, 100, 3550)] == ["0 元", "0.05 元", "1 元", "35.50 元"]

    class Item:
        def __init__(self, value: str, low: float | None, high: float | None) -> None:
            self.value, self.low, self.high = value, low, high

    shown = [bar(Item(v, 10, 20)) for v in ("10", "15", "20", "-1e9", "1e9", "<5", "nan", "inf", "")]
    assert shown == [25.0, 50.0, 75.0, 3.0, 97.0, None, None, None, None]
    assert bar(Item("5", None, 20)) is None
    assert bar(Item("5", 20, 20)) is None
