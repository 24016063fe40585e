"""A hospital that offers only some parts, as the HTTP adapter hears it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from bot.errors import HisRefused, HisUnavailable
from bot.his.http import HttpHis
from bot.his.port import EVERY_PART
from tests.his.test_his_http import KEY

DAY, MOMENT = date(2026, 11, 23), datetime(2026, 11, 23)
HOSPITAL = {"id": "xm", "name": "小满医院", "address": "", "phone": "", "emergency_phone": "120", "emergency_place": ""}
LISTS: list[Callable[[HttpHis], Any]] = [
    lambda his: his.prices(text=""),
    lambda his: his.sessions(DAY),
    lambda his: his.changes(since=MOMENT),
]
PARTS: list[Callable[[HttpHis], Any]] = [
    lambda his: his.hold(slot_id="xm.t1", patient_id="xm.p1", key="k", minutes=5),
    lambda his: his.confirm(appointment_id="xm.a1", key="k"),
    lambda his: his.reschedule(appointment_id="xm.a1", slot_id="xm.t1", key="k"),
    lambda his: his.queue("xm.a1"),
    lambda his: his.check_in(appointment_id="xm.a1", key="k"),
    lambda his: his.calls(session_id="xm.s1"),
    lambda his: his.call_next(session_id="xm.s1", key="k"),
    lambda his: his.miss(session_id="xm.s1", key="k"),
    lambda his: his.close_session(session_id="xm.s1", key="k"),
    lambda his: his.reports("xm.p1", since=DAY),
    lambda his: his.report(patient_id="xm.p1", report_id="xm.r1"),
    lambda his: his.prescriptions("xm.p1", since=DAY),
    lambda his: his.bills("xm.p1", since=DAY),
]
CORE: list[Callable[[HttpHis], Any]] = [
    lambda his: his.departments(),
    lambda his: his.slots(first=DAY, last=DAY),
    lambda his: his.book(slot_id="xm.t1", patient_id="xm.p1", key="k"),
    lambda his: his.cancel(appointment_id="xm.a1", key="k"),
    lambda his: his.appointment_by_key("k"),
]


def _answers(data: Any, status: int = 200) -> HttpHis:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, json=data))
    return HttpHis("http://his.test/base", KEY, transport=transport)


@pytest.fixture
def small() -> HttpHis:
    """It has built nothing at all."""
    return _answers({"code": "not_offered"}, 404)


@pytest.mark.parametrize("call", PARTS)
def test_what_is_not_offered_is_a_clear_no(small: HttpHis, call: Callable[[HttpHis], Any]) -> None:
    with pytest.raises(HisRefused, match="not_offered"):
        call(small)


@pytest.mark.parametrize("call", LISTS)
def test_what_all_hospitals_are_asked_for_is_empty_there(small: HttpHis, call: Callable[[HttpHis], Any]) -> None:
    assert call(small) == []


@pytest.mark.parametrize("call", LISTS)
def test_another_no_to_a_list_is_not_an_empty_one(call: Callable[[HttpHis], Any]) -> None:
    with pytest.raises(HisRefused, match="his_refused"):
        call(_answers({"code": "closed_today"}, 409))


@pytest.mark.parametrize("call", CORE)
def test_the_core_is_no_part(small: HttpHis, call: Callable[[HttpHis], Any]) -> None:
    with pytest.raises(HisUnavailable):
        call(small)


def test_many_parts_that_are_not_offered_do_not_rest_the_line(small: HttpHis) -> None:
    for _ in range(20):
        assert small.prices(text="") == []


@pytest.mark.parametrize(
    ("said", "heard"),
    [([], ()), (["queue", "holds"], ("holds", "queue")), (["queue", "teleport"], ("queue",)), (EVERY_PART, EVERY_PART)],
)
def test_offers_are_known_words_each_once(said: list[str], heard: tuple[str, ...]) -> None:
    [hospital] = _answers({"items": [{**HOSPITAL, "offers": list(said)}]}).hospitals()
    assert hospital.offers == heard


@pytest.mark.parametrize("offers", [None, "queue", [7], {"queue": True}])
def test_offers_that_are_no_list_of_words_are_no_answer(offers: Any) -> None:
    with pytest.raises(HisUnavailable):
        _answers({"items": [{**HOSPITAL, "offers": offers}]}).hospitals()


def test_a_hospital_that_does_not_say_what_it_offers_is_no_answer() -> None:
    with pytest.raises(HisUnavailable):
        _answers({"items": [HOSPITAL]}).hospitals()
