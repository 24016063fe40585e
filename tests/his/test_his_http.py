"""HttpHis against answers that a hospital should never give."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from bot.errors import ConfigError, HisRefused, HisUnavailable
from bot.his.http import HttpHis, breaker, caller
from bot.his.http.signature import parse_key, sign
from bot.his.port import Appointment, QueueState, Report, Slot
from bot.his.serve import encode

KEY = "hospital:a-secret-that-is-long-enough"
NAME, NUMBER, PHONE = "秦观止", "330106199001011234", "13900008765"
PATIENT = {
    "id": "yh.p1",
    "name": NAME,
    "id_number": NUMBER,
    "phone": PHONE,
    "sex": "m",
    "birth_date": "1990-01-01",
    "card_no": "8000100001",
    "card_kind": "city_insurance",
}
REPORT = {
    "id": "yh.r1",
    "patient_id": "yh.p1",
    "kind": "lab",
    "name": "血常规",
    "ordered_at": "2026-11-23T08:30:00+08:00",
    "expected_at": None,
    "ready_at": "2026-11-23T11:00:00+08:00",
    "doctor_name": "",
    "items": [],
    "finding": "",
    "impression": "",
    "status": "final",
    "critical": False,
    "released_at": None,
}
SLOT = {
    "id": "yh.t",
    "session_id": "yh.s",
    "department_id": "yh.k01",
    "doctor_id": "yh.d001",
    "day": "2026-11-24",
    "start": "2026-11-24T08:30:00+08:00",
    "end": "2026-11-24T09:00:00+08:00",
    "capacity": 5,
    "left": 3,
    "fee_fen": 5000,
    "room": "301诊室",
    "share": 4,
    "closed": False,
}
BILL = {
    "id": "yh.b1",
    "patient_id": "yh.p1",
    "made_at": "2026-11-23T08:30:00+08:00",
    "name": "药费",
    "fen": 3000,
    "state": "open",
    "items": [{"name": "维生素C片", "quantity": 2, "fen": 1000}, {"name": "叶酸片", "quantity": 1, "fen": 2000}],
}
PRESCRIPTION = {
    "id": "yh.rx1",
    "patient_id": "yh.p1",
    "ordered_at": "2026-11-23T08:30:00+08:00",
    "doctor_name": "",
    "department_name": "",
    "items": [{"name": "叶酸片", "spec": "", "quantity": 1, "unit": "盒", "usage": ""}],
    "state": "open",
}
SINCE = date(2023, 1, 1)
Handler = Callable[[httpx.Request], httpx.Response]


def _short(change: object) -> str:
    """A case's name in the test's id."""
    return str(change)[:40]


def _his(handler: Handler) -> HttpHis:
    return HttpHis("http://his.test/base", KEY, transport=httpx.MockTransport(handler))


def _answers(data: Any, status: int = 200) -> HttpHis:
    return _his(lambda _request: httpx.Response(status, json=data))


def test_a_right_answer_is_read() -> None:
    found = _answers({"patient": PATIENT}).find_patient(name=NAME, id_number=NUMBER, phone=PHONE)
    assert found is not None
    assert (found.id, found.birth_date.year) == ("yh.p1", 1990)
    report = _answers(REPORT).report(patient_id="yh.p1", report_id="yh.r1")
    assert report.ready_at is not None
    assert report.ready_at.hour == 3  # 11:00 in Beijing
    assert report.ready_at.tzinfo is None


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": ""},
        {"id": 5},
        {"sex": "x"},
        {"birth_date": "0000-00-00"},
        {"birth_date": "1990-01-01T00:00"},
        {"name": "别人"},
        {"phone": "13900000000"},
        {"id_number": "330106199001011235"},
    ],
)
def test_a_wrong_patient_or_field_is_refused_and_alarmed(
    change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(HisUnavailable):
        _answers({"patient": {**PATIENT, **change}}).find_patient(name=NAME, id_number=NUMBER, phone=PHONE)
    assert "HIS ALARM" in caplog.text
    for value in (NAME, "别人", NUMBER, PHONE, "8000100001", "330106199001011235", "13900000000"):
        assert value not in caplog.text


@pytest.mark.parametrize("missing", list(PATIENT))
def test_a_missing_field_is_refused(missing: str) -> None:
    data = {name: value for name, value in PATIENT.items() if name != missing}
    with pytest.raises(HisUnavailable):
        _answers(data).patient("yh.p1")


@pytest.mark.parametrize(
    "change",
    [
        {"patient_id": "yh.p2"},
        {"id": "yh.r2"},
        {"kind": "letter"},
        {"ordered_at": "2026-11-23T08:30:00"},
        {"ordered_at": 1795394000},
        {"items": None},
        {"items": [{"code": "WBC"}]},
        {"ready_at": None, "status": "registered", "finding": "shown too early"},
        {"ready_at": None},
        {"status": "registered"},
        {"status": "amended"},
        {"ready_at": None, "status": "registered", "released_at": "2026-11-23T11:00:00+08:00"},
        {"critical": "no"},
        {"critical": 0},
        {"released_at": "0000-00-00T00:00:00+08:00"},
    ],
)
def test_a_report_that_is_not_the_one_asked_for_is_never_shown(change: dict[str, Any]) -> None:
    with pytest.raises(HisUnavailable):
        _answers({**REPORT, **change}).report(patient_id="yh.p1", report_id="yh.r1")


def test_another_patients_line_in_a_list_spoils_the_list() -> None:
    his = _answers({"items": [REPORT, {**REPORT, "patient_id": "yh.p2"}]})
    with pytest.raises(HisUnavailable):
        his.reports("yh.p1", since=SINCE)


def test_a_report_that_comes_twice_is_shown_once() -> None:
    found = _answers({"items": [REPORT, {**REPORT, "id": "yh.r2"}, REPORT]}).reports("yh.p1", since=SINCE)
    assert [report.id for report in found] == ["yh.r1", "yh.r2"]


def test_two_reports_under_one_id_are_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(HisUnavailable):
        _answers({"items": [REPORT, {**REPORT, "name": "尿常规"}]}).reports("yh.p1", since=SINCE)
    assert "HIS ALARM reports: Report.id: taken twice" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        *({"fee_fen": fee} for fee in (-1, -3550, 35.5, "3550", True, None, 10**12, math.nan, math.inf)),
        *({"left": 5}, {"left": -1}, {"capacity": "4"}, {"end": "2026-11-23T09:00:00+08:00"}),
        *({"day": day} for day in ("0000-00-00", "2026-02-30", "23.11.2026", "2026-11-23T00:00:00", 20261123)),
        *({"start": start} for start in ("0000-00-00T00:00:00+08:00", "2026-11-23 10:00", "2026-11-23T10:00:00", "")),
        *({"room": "1\0"}, {"room": "x" * 20_001}, {"id": "yh.t9"}, {"doctor_id": ""}),
    ],
    ids=str,
)
def test_a_slot_that_cannot_be_is_never_offered(change: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    assert _answers(SLOT).slot("yh.t").fee_fen == 5000
    raw = json.dumps({**SLOT, **change}).encode()
    with pytest.raises(HisUnavailable):
        _his(lambda _request: httpx.Response(200, content=raw)).slot("yh.t")
    assert "HIS ALARM slot" in caplog.text


def test_a_paper_that_comes_twice_is_shown_once_and_two_under_one_id_are_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for paper, ask in (
        (PRESCRIPTION, lambda his: his.prescriptions("yh.p1", since=SINCE)),
        (BILL, lambda his: his.bills("yh.p1", since=SINCE)),
    ):
        assert len(ask(_answers({"items": [paper, {**paper, "id": "yh.second"}, paper]}))) == 2
        caplog.clear()
        with pytest.raises(HisUnavailable):
            ask(_answers({"items": [paper, {**paper, "patient_id": "yh.p1", "state": "refunded"}]}))
        assert "HIS ALARM" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"patient_id": "yh.p2"},
        {"fen": -1},
        {"fen": 2999},
        {"fen": 3000.0},
        {"state": "waived"},
        {"items": []},
        {"items": [{"name": "维生素C片", "quantity": 2, "fen": -3000}]},
        {"items": [{"name": "维生素C片", "quantity": 0, "fen": 3000}]},
        {"made_at": None},
    ],
)
def test_a_bill_that_cannot_be_right_is_never_shown(change: dict[str, Any]) -> None:
    assert _answers({"items": [BILL]}).bills("yh.p1", since=SINCE)[0].fen == 3000
    with pytest.raises(HisUnavailable):
        _answers({"items": [{**BILL, **change}]}).bills("yh.p1", since=SINCE)


@pytest.mark.parametrize(
    "change",
    [{"patient_id": "yh.p2"}, {"state": ""}, {"items": [{"name": "叶酸片"}]}, {"items": None}, {"ordered_at": "2026"}],
)
def test_a_prescription_that_cannot_be_right_is_never_shown(change: dict[str, Any]) -> None:
    assert _answers({"items": [PRESCRIPTION]}).prescriptions("yh.p1", since=SINCE)[0].items[0].quantity == 1
    with pytest.raises(HisUnavailable):
        _answers({"items": [{**PRESCRIPTION, **change}]}).prescriptions("yh.p1", since=SINCE)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, html="<html>请登录</html>"),
        httpx.Response(200, content=b'{"patient": '),
        httpx.Response(200, content='{"姓名": 1}'.encode("gbk")),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(302, headers={"Location": "http://elsewhere.test/"}),
        httpx.Response(401, json={"code": "bad_signature"}),
        httpx.Response(404, html="nginx"),
        httpx.Response(404, json={"code": "no_such_path"}),
        httpx.Response(500, json={"code": "not_found"}),
        httpx.Response(409, json={"code": "slot_full"}),
        httpx.Response(422, json={"code": "card_mismatch"}),
    ],
    ids=lambda response: f"{response.status_code}-{response.content[:12]!r}",
)
def test_what_is_no_answer_is_unavailable(response: httpx.Response) -> None:
    with pytest.raises(HisUnavailable):
        _his(lambda _request: response).find_patient(name=NAME, id_number=NUMBER, phone=PHONE)


def test_an_endless_answer_is_cut() -> None:
    huge = b'{"patient": null, "more": "' + b"x" * (17 * 1024 * 1024) + b'"}'
    with pytest.raises(HisUnavailable):
        _his(lambda _request: httpx.Response(200, content=huge)).find_patient(name=NAME, id_number=NUMBER, phone=PHONE)


def test_a_no_keeps_its_reason_and_an_unknown_reason_has_none() -> None:
    with pytest.raises(HisRefused, match="slot_full"):
        _answers({"code": "slot_full"}, 409).book(slot_id="yh.t", patient_id="yh.p1", key="k")
    with pytest.raises(HisRefused, match="his_refused"):
        _answers({"code": "patient_blacklisted"}, 409).book(slot_id="yh.t", patient_id="yh.p1", key="k")
    with pytest.raises(HisRefused, match="not_found"):
        _answers({"code": "not_found"}, 404).patient("yh.p1")


def test_what_cannot_be_an_id_is_not_sent() -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    for bad in ("", "..", "a/b", "a?b", "\x00", "王", "x" * 65):
        with pytest.raises(HisRefused, match="not_found"):
            _his(never).slot(bad)


# --- How it calls


def test_a_call_is_signed_and_its_personal_data_are_in_the_body_alone() -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={**PATIENT})

    _his(take).register_patient(name=NAME, id_number=NUMBER, phone=PHONE, key="k1")
    request = seen[0]
    assert str(request.url) == "http://his.test/base/patients"
    person = {"name": NAME, "id_number": NUMBER, "phone": PHONE}
    assert json.loads(request.content) == {**person, "card_kind": "self_pay"}
    sent = request.headers
    right = sign(
        parse_key(KEY).secret,
        method="POST",
        target="/base/patients",
        seconds=sent["X-Peizhen-Timestamp"],
        nonce=sent["X-Peizhen-Nonce"],
        idempotency_key="k1",
        body=request.content,
    )
    assert (sent["X-Peizhen-Key"], sent["X-Peizhen-Signature"], sent["Idempotency-Key"]) == (
        "hospital",
        right,
        "k1",
    )
    assert parse_key(KEY).secret not in str(sent)


class _Flaky:
    """Fails the first calls in a given way, then answers; keeps the nonces that it saw."""

    def __init__(self, failures: int, error: type[Exception] | int) -> None:
        self.failures, self.error = failures, error
        self.nonces: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.nonces.append(request.headers["X-Peizhen-Nonce"])
        if len(self.nonces) > self.failures:
            return httpx.Response(200, json=PATIENT)
        if isinstance(self.error, int):
            return httpx.Response(self.error, json={"code": "his_unavailable"})
        raise self.error("broken")


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, 502, 503])
def test_a_broken_call_is_repeated_once_with_a_new_nonce(error: type[Exception] | int) -> None:
    flaky = _Flaky(1, error)
    assert _his(flaky).patient("yh.p1").id == "yh.p1"
    assert len(set(flaky.nonces)) == 2
    twice = _Flaky(2, error)
    with pytest.raises(HisUnavailable):
        _his(twice).patient("yh.p1")
    assert len(twice.nonces) == 2


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectTimeout, 500])
def test_a_late_or_failed_call_is_not_repeated(error: type[Exception] | int) -> None:
    flaky = _Flaky(1, error)
    with pytest.raises(HisUnavailable):
        _his(flaky).patient("yh.p1")
    assert len(flaky.nonces) == 1


def test_after_five_failures_it_rests_then_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now[0])
    flaky = _Flaky(6, httpx.ReadTimeout)
    his = _his(flaky)
    for _ in range(9):
        with pytest.raises(HisUnavailable):
            his.patient("yh.p1")
    assert len(flaky.nonces) == breaker.FAILURES
    now[0] += breaker.REST_SECONDS
    for _ in range(3):
        with pytest.raises(HisUnavailable):
            his.patient("yh.p1")
    assert len(flaky.nonces) == breaker.FAILURES + 1
    now[0] += breaker.REST_SECONDS
    assert his.patient("yh.p1").id == "yh.p1"
    assert his.patient("yh.p1").id == "yh.p1"


def test_a_no_does_not_tire_the_breaker() -> None:
    his = _answers({"code": "not_found"}, 404)
    for _ in range(20):
        with pytest.raises(HisRefused):
            his.patient("yh.p1")


@pytest.mark.parametrize("key", ["", "hospital", "hospital:", "hospital:short", ":a-secret-that-is-long-enough"])
def test_a_weak_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigError):
        HttpHis("http://his.test", key)


# --- Holds, moves, closings and changes


APPOINTMENT = {
    "id": "yh.a1",
    "key": "k",
    "slot_id": "yh.t",
    "session_id": "yh.s",
    "patient_id": "yh.p1",
    "department_id": "yh.k01",
    "doctor_id": "yh.d001",
    "day": "2026-11-24",
    "start": "2026-11-24T08:30:00+08:00",
    "number": 7,
    "room": "301诊室",
    "state": "held",
    "fee_fen": 5000,
    "hold_until": "2026-11-23T08:45:00+08:00",
}
BOOKED = {**APPOINTMENT, "state": "booked", "hold_until": None}
SESSION = {
    "id": "yh.s",
    "doctor_id": "yh.d001",
    "department_id": "yh.k01",
    "day": "2026-11-24",
    "start": "2026-11-24T08:00:00+08:00",
    "end": "2026-11-24T12:00:00+08:00",
    "room": "301诊室",
    "calling": None,
    "waiting": 0,
    "closed": True,
}
CHANGE = {
    "id": "yh.e1",
    "at": "2026-11-23T08:30:00.000001+08:00",
    "kind": "appointment",
    "subject_id": "yh.a1",
    "patient_id": "yh.p1",
}
CHANGED_SINCE = datetime(2026, 11, 23, 0, 30)
CALLS: dict[str, Callable[[HttpHis], Any]] = {
    "hold": lambda his: his.hold(slot_id="yh.t", patient_id="yh.p1", key="k", minutes=15),
    "confirm": lambda his: his.confirm(appointment_id="yh.a1", key="f"),
    "reschedule": lambda his: his.reschedule(appointment_id="yh.a0", slot_id="yh.t", key="k"),
    "appointment": lambda his: his.appointment("yh.a1"),
    "close_session": lambda his: his.close_session(session_id="yh.s", key="s"),
    "slot": lambda his: his.slot("yh.t"),
    "changes": lambda his: his.changes(since=CHANGED_SINCE),
}
RIGHT: dict[str, Any] = {
    "hold": APPOINTMENT,
    "confirm": BOOKED,
    "reschedule": BOOKED,
    "appointment": APPOINTMENT,
    "close_session": SESSION,
    "slot": SLOT,
    "changes": {"items": [CHANGE]},
}


@pytest.mark.parametrize("call", list(CALLS))
def test_each_new_answer_is_read(call: str) -> None:
    assert CALLS[call](_answers(RIGHT[call]))


@pytest.mark.parametrize(
    ("call", "change"),
    [
        ("hold", {"patient_id": "yh.p2"}),
        ("hold", {"slot_id": "yh.t2"}),
        ("hold", {"key": "another"}),
        ("hold", {"hold_until": None}),
        ("hold", {"hold_until": "2026-11-23T08:45:00"}),
        ("hold", {"state": "kept"}),
        ("confirm", {"id": "yh.a2"}),
        ("confirm", {"state": "held", "hold_until": "2026-11-23T08:45:00+08:00"}),
        ("confirm", {"hold_until": "2026-11-23T08:45:00+08:00"}),
        ("reschedule", {"id": "yh.a0"}),
        ("reschedule", {"slot_id": "yh.t0"}),
        ("reschedule", {"key": "another"}),
        ("appointment", {"id": "yh.a2"}),
        ("appointment", {"number": 0}),
        ("close_session", {"id": "yh.s2"}),
        ("close_session", {"closed": False}),
        ("close_session", {"closed": 1}),
        ("close_session", {"closed": None}),
        ("slot", {"share": 6}),
        ("slot", {"left": 5}),
        ("slot", {"share": -1}),
        ("slot", {"share": True}),
        ("slot", {"closed": True}),
        ("slot", {"closed": None}),
    ],
)
def test_an_answer_to_another_question_is_no_answer(call: str, change: dict[str, Any]) -> None:
    with pytest.raises(HisUnavailable):
        CALLS[call](_answers({**RIGHT[call], **change}))


@pytest.mark.parametrize("call", list(CALLS))
def test_no_field_of_a_new_answer_may_be_missing(call: str) -> None:
    whole = RIGHT[call]["items"][0] if call == "changes" else RIGHT[call]
    for missing in whole:
        part = {name: value for name, value in whole.items() if name != missing}
        with pytest.raises(HisUnavailable):
            CALLS[call](_answers({"items": [part]} if call == "changes" else part))


@pytest.mark.parametrize(
    "items",
    [
        [{**CHANGE, "at": "2026-11-23T08:29:59+08:00"}],  # before what was asked for
        [{**CHANGE, "at": "2026-11-23T08:31:00+08:00"}, CHANGE],  # newest first
        [{**CHANGE, "kind": "weather"}],
        [{**CHANGE, "patient_id": 5}],
        None,
    ],
)
def test_changes_out_of_order_or_range_are_no_answer(items: Any) -> None:
    with pytest.raises(HisUnavailable):
        _answers({"items": items}).changes(since=CHANGED_SINCE)


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ("hold", 409, "slot_full"),
        ("confirm", 409, "hold_lapsed"),
        ("confirm", 404, "not_found"),
        ("reschedule", 409, "not_cancellable"),
        ("reschedule", 409, "already_booked"),
        ("appointment", 404, "not_found"),
        ("close_session", 409, "conflict"),
    ],
)
def test_each_new_no_keeps_its_reason(call: str, status: int, code: str) -> None:
    with pytest.raises(HisRefused, match=f"^{code}$"):
        CALLS[call](_answers({"code": code}, status))


def test_writes_carry_their_key_and_a_moment_its_offset() -> None:
    seen: dict[str, httpx.Request] = {}

    def take(name: str) -> Handler:
        return lambda request: seen.setdefault(name, request) and httpx.Response(200, json=RIGHT[name])

    for name, call in CALLS.items():
        call(_his(take(name)))
    keys = {name: request.headers.get("Idempotency-Key", "") for name, request in seen.items()}
    reads = dict.fromkeys(("appointment", "slot", "changes"), "")
    assert keys == {"hold": "k", "confirm": "f", "reschedule": "k", "close_session": "s", **reads}
    assert json.loads(seen["hold"].content) == {"slot_id": "yh.t", "patient_id": "yh.p1", "minutes": 15}
    assert seen["changes"].url.params["since"] == "2026-11-23T08:30:00+08:00"


# --- Answers that fit the schema and cannot be

PLACE = {
    "appointment_id": "yh.a1",
    "number": 7,
    "calling": None,
    "ahead": 3,
    "state": "waiting",
    "room": "301诊室",
    "minutes_low": 10,
    "minutes_high": 20,
}
WHOLE = {Slot: SLOT, Appointment: BOOKED, QueueState: PLACE}


def _full(kind: type[Any], **change: Any) -> dict[str, Any]:
    """A right answer of the contract as it stands now: what this page does not name has the port's default."""
    defaults = {each.name: encode(each.default) for each in fields(kind) if each.default is not MISSING}
    return {**defaults, **WHOLE[kind], **change}


@pytest.mark.parametrize(
    "change",
    [{"department_id": "yh.k02"}, {"doctor_id": "yh.d2"}, {"day": "2026-12-24"}, {"left": -1}],
    ids=_short,
)
def test_one_slot_of_elsewhere_spoils_the_list(change: dict[str, Any]) -> None:
    his = _answers({"items": [_full(Slot), _full(Slot, id="yh.t2", **change)]})
    day = date(2026, 11, 24)
    with pytest.raises(HisUnavailable):
        his.slots(first=day, last=day, department_id="yh.k01", doctor_id="yh.d001")


@pytest.mark.parametrize(
    "change",
    [
        {"patient_id": "yh.p2"},
        {"slot_id": "yh.t2"},
        {"key": "another"},
        {"state": "paid"},
        {"state": None},
        {"number": 0},
        {"fee_fen": -100},
    ],
    ids=_short,
)
def test_a_booking_that_is_not_the_one_asked_for_is_no_booking(
    change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    asked = {"slot_id": "yh.t", "patient_id": "yh.p1", "key": "k"}
    assert _answers(_full(Appointment)).book(**asked).number == 7
    with caplog.at_level(logging.ERROR), pytest.raises(HisUnavailable):
        _answers(_full(Appointment, **change)).book(**asked)
    assert "HIS ALARM book" in caplog.text
    assert "yh.p2" not in caplog.text


def test_what_was_given_back_must_be_given_back() -> None:
    freed = _full(Appointment, state="cancelled")
    assert _answers(freed).cancel(appointment_id="yh.a1", key="c").state == "cancelled"
    for wrong in (_full(Appointment), {**freed, "id": "yh.a2"}):
        with pytest.raises(HisUnavailable):
            _answers(wrong).cancel(appointment_id="yh.a1", key="c")


def test_a_key_finds_its_own_booking_or_none() -> None:
    assert _answers({"appointment": None}).appointment_by_key("k") is None
    for wrong in ({}, {"appointment": _full(Appointment, key="another")}, {"appointment": []}):
        with pytest.raises(HisUnavailable):
            _answers(wrong).appointment_by_key("k")


@pytest.mark.parametrize(
    "change", [{"appointment_id": "yh.a2"}, {"minutes_low": 30}, {"ahead": -1}, {"calling": "six"}], ids=_short
)
def test_a_place_in_the_queue_that_cannot_be_is_not_shown(change: dict[str, Any]) -> None:
    assert _answers(_full(QueueState)).queue("yh.a1").ahead == 3
    with pytest.raises(HisUnavailable):
        _answers(_full(QueueState, **change)).queue("yh.a1")


@pytest.mark.parametrize(
    "change", [{"low": float("nan")}, {"high": float("inf")}, {"low": 9.0, "high": 3.0}], ids=_short
)
def test_a_range_that_is_none_is_not_shown(change: dict[str, Any]) -> None:
    line = {
        "code": "WBC",
        "name": "白细胞",
        "value": "6.1",
        "unit": "",
        "low": 3.5,
        "high": 9.5,
        "reference": "",
        "flag": "N",
    }
    spoilt = json.dumps({**_report(), "items": [{**line, **change}]}).encode()
    with pytest.raises(HisUnavailable):
        _his(lambda _request: httpx.Response(200, content=spoilt)).report(patient_id="yh.p1", report_id="yh.r1")


def _report(**change: Any) -> dict[str, Any]:
    defaults = {each.name: encode(each.default) for each in fields(Report) if each.default is not MISSING}
    return {**defaults, **REPORT, **change}


def test_somebody_of_another_hospital_than_was_asked_is_refused() -> None:
    with pytest.raises(HisUnavailable):
        _answers({"patient": PATIENT}).find_patient(name=NAME, id_number=NUMBER, phone=PHONE, hospital_id="yz")


# --- How long it waits, and what it repeats


def test_it_waits_two_seconds_for_a_connection_and_five_for_an_answer() -> None:
    seen: list[dict[str, float]] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json=PATIENT)

    _his(take).patient("yh.p1")
    assert (seen[0]["connect"], seen[0]["read"]) == (2.0, 5.0)


def test_an_answer_that_drips_is_cut_though_every_chunk_is_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, sent = [0.0], [0]
    monkeypatch.setattr(caller.time, "monotonic", lambda: now[0])

    def drip() -> Iterator[bytes]:
        while True:
            now[0] += 1.0
            sent[0] += 1
            yield b" "

    with pytest.raises(HisUnavailable):
        _his(lambda _request: httpx.Response(200, content=drip())).patient("yh.p1")
    assert sent[0] < 10


WRITES: dict[str, Callable[[HttpHis], Any]] = {
    "register": lambda his: his.register_patient(name=NAME, id_number=NUMBER, phone=PHONE, key="k"),
    "book": lambda his: his.book(slot_id="yh.t", patient_id="yh.p1", key="k"),
    "cancel": lambda his: his.cancel(appointment_id="yh.a1", key="k"),
    "call_next": lambda his: his.call_next(session_id="yh.s", key="k"),
}


@pytest.mark.parametrize("write", list(WRITES))
def test_a_write_is_repeated_with_its_key_and_its_body_or_not_at_all(write: str) -> None:
    seen: list[tuple[str, str, bytes, str]] = []

    def broken(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, str(request.url), request.content, request.headers["Idempotency-Key"]))
        raise httpx.ReadError("broken")

    with pytest.raises(HisUnavailable):
        WRITES[write](_his(broken))
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert seen[0][3] == "k"
