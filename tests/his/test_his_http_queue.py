"""HttpHis against what a hospital should never say of a queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from bot.errors import HisRefused, HisUnavailable
from bot.his.http import HttpHis

KEY = "hospital:a-secret-that-is-long-enough"
STATE = {
    "appointment_id": "yh.a1",
    "number": 7,
    "calling": 3,
    "ahead": 3,
    "state": "waiting",
    "room": "01诊室",
    "minutes_low": 12,
    "minutes_high": 20,
    "arrived": True,
    "check_in_until": None,
}
MOMENTS = ["2026-11-23T08:03:00+08:00", "2026-11-23T08:09:00+08:00"]


def _answers(data: Any, status: int = 200) -> HttpHis:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, json=data))
    return HttpHis("http://his.test/base", KEY, transport=transport)


def test_a_check_in_is_a_post_with_its_key_and_the_place_is_read() -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=STATE)

    his = HttpHis("http://his.test/base", KEY, transport=httpx.MockTransport(take))
    assert his.check_in(appointment_id="yh.a1", key="k1").arrived is True
    assert (seen[0].method, seen[0].url.path) == ("POST", "/base/appointments/yh.a1/check-in")
    assert seen[0].headers["Idempotency-Key"] == "k1"


@pytest.mark.parametrize(
    "change",
    [
        {"appointment_id": "yh.a2"},
        {"arrived": 1},
        {"arrived": "yes"},
        {"arrived": None},
        {"check_in_until": "10:00"},
        {"state": "here"},
        {"ahead": -1},
    ],
)
def test_a_wrong_place_is_no_answer(change: dict[str, Any]) -> None:
    with pytest.raises(HisUnavailable):
        _answers({**STATE, **change}).check_in(appointment_id="yh.a1", key="k")


@pytest.mark.parametrize("code", ["not_today", "too_early", "not_queued", "conflict"])
def test_a_no_keeps_its_reason(code: str) -> None:
    with pytest.raises(HisRefused, match=code):
        _answers({"code": code}, 409).check_in(appointment_id="yh.a1", key="k")
    with pytest.raises(HisRefused, match="his_refused"):
        _answers({"code": "closed_for_lunch"}, 409).check_in(appointment_id="yh.a1", key="k")


def test_the_moments_of_calls_are_read() -> None:
    assert _answers({"items": MOMENTS}).calls(session_id="yh.s1") == [
        datetime(2026, 11, 23, 0, 3),
        datetime(2026, 11, 23, 0, 9),
    ]
    assert _answers({"items": []}).calls(session_id="yh.s1") == []


@pytest.mark.parametrize(
    "items",
    [None, "x", {}, MOMENTS[::-1], ["2026-11-23T08:03:00"], [5], [None], ["2026-13-40T99:00:00+08:00"]],
)
def test_moments_that_cannot_be_are_no_answer(items: Any) -> None:
    with pytest.raises(HisUnavailable):
        _answers({"items": items}).calls(session_id="yh.s1")
    with pytest.raises(HisUnavailable):
        _answers(items if isinstance(items, dict) else [items]).calls(session_id="yh.s1")


def test_another_half_days_miss_is_no_answer() -> None:
    half = {"id": "yh.s2", "doctor_id": "yh.d1", "department_id": "yh.k1", "day": "2026-11-23", "room": "01"}
    half |= {"start": "2026-11-23T08:00:00+08:00", "end": "2026-11-23T12:00:00+08:00", "calling": 1, "waiting": 2}
    with pytest.raises(HisUnavailable):
        _answers(half).miss(session_id="yh.s1", key="k")
