"""The contract from outside, against a hospital at an address: what an integrator needs green before patients come.

    PEIZHEN_HIS_KEY=<key id>:<secret> python -m pytest tests/connecting --his-url https://his.example/peizhen

It opens cards for made-up people and books real places from tomorrow on; every number is given back at the end. Every
answer is read by the adapter that runs in production, so that a missing field fails here and is named in the log.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
import yaml

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded.identity import check_digit
from bot.his.http import HttpHis, signature
from bot.his.http.signature import Key, headers, sign
from bot.his.port import hospital_of
from tests.connecting.conftest import Address
from tests.connecting.visitors import Desk, key, person

SPEC = yaml.safe_load((Path(__file__).parents[2] / "docs" / "his-api.yaml").read_text(encoding="utf-8"))
JSON = {"Content-Type": "application/json"}

# --- The door


def _ask(url: str, given: dict[str, str], path: str = "/hospitals") -> httpx.Response:
    return httpx.get(url + path, headers=given, trust_env=False)


def _lines(url: str, given: dict[str, str]) -> list[str]:
    """The six lines of a GET, as docs/connecting-a-hospital.md has them."""
    stamp, nonce = given["X-Peizhen-Timestamp"], given["X-Peizhen-Nonce"]
    return ["GET", urlsplit(url).path + "/hospitals", stamp, nonce, "", hashlib.sha256(b"").hexdigest()]


def _signed(url: str, by: Key, path: str = "/hospitals") -> dict[str, str]:
    return headers(by, method="GET", target=urlsplit(url).path + path, idempotency_key="", body=b"")


def test_a_signed_call_passes_and_the_same_one_does_not_pass_twice(his_url: str, his_key: Key) -> None:
    given = _signed(his_url, his_key)
    first = _ask(his_url, given)
    assert first.status_code == 200, f"{first.text.strip()}; we signed {_lines(his_url, given)}"
    again = _ask(his_url, given)
    assert (again.status_code, again.json()["code"]) == (401, "replayed")


def test_who_does_not_sign_or_signs_wrong_stays_outside(his_url: str, his_key: Key) -> None:
    stranger = Key(his_key.id, "not-the-secret-of-this-hospital")
    for given in ({}, _signed(his_url, stranger), _signed(his_url, his_key, "/doctors")):
        refused = _ask(his_url, given)
        assert refused.status_code == 401
        assert set(refused.json()) == {"code"}


def test_an_old_signature_is_stale(his_url: str, his_key: Key) -> None:
    seconds, nonce = str(int(time.time()) - 2 * signature.FRESH_SECONDS), "n" * 32
    signed = sign(
        his_key.secret,
        method="GET",
        target=urlsplit(his_url).path + "/hospitals",
        seconds=seconds,
        nonce=nonce,
        idempotency_key="",
        body=b"",
    )
    named = dict(zip(("Key", "Timestamp", "Nonce", "Signature"), (his_key.id, seconds, nonce, signed), strict=True))
    refused = _ask(his_url, {f"X-Peizhen-{name}": value for name, value in named.items()})
    assert (refused.status_code, refused.json()["code"]) == (401, "stale")


# --- Who and where


def test_the_directory_holds_together(his: HttpHis) -> None:
    hospitals, departments, doctors = his.hospitals(), his.departments(), his.doctors()
    ids = {department.id for department in departments}
    assert {hospital_of(each.id) for each in [*departments, *doctors]} <= {hospital.id for hospital in hospitals}
    assert {doctor.department_id for doctor in doctors} <= ids
    assert {department.parent_id for department in departments} <= {*ids, None}
    assert all(hospital.name and hospital.emergency_phone for hospital in hospitals)
    assert doctors


@pytest.mark.part("prices")
def test_prices_are_found_by_part_of_their_name(his: HttpHis) -> None:
    known = his.prices(text="", limit=1)[0]
    assert known in his.prices(text=known.name[:2], limit=100)
    assert his.prices(text="没有这样的项目") == []
    assert {price.kind for price in his.prices(text="", kind=known.kind, limit=5)} == {known.kind}


# --- Patients


def test_somebody_new_gets_one_card(desk: Desk) -> None:
    new, with_key, where = person(), key(), desk.hospital_id
    assert desk.his.find_patient(**new, hospital_id=where) is None
    made = desk.his.register_patient(**new, key=with_key, hospital_id=where)
    assert desk.his.register_patient(**new, key=with_key, hospital_id=where) == made
    assert desk.his.register_patient(**new, key=key(), hospital_id=where) == made
    assert desk.his.find_patient(**new, hospital_id=where) == made == desk.his.patient(made.id)
    assert f"{made.birth_date:%Y%m%d}" == new["id_number"][6:14]
    assert made.sex == "m"


def test_a_wrong_name_or_phone_is_one_and_the_same_mismatch(desk: Desk) -> None:
    made = desk.patient()
    true = {"name": made.name, "id_number": made.id_number, "phone": made.phone}
    for wrong in ({**true, "name": "别人"}, {**true, "phone": "13900009999"}):
        with pytest.raises(HisRefused, match="card_mismatch"):
            desk.his.find_patient(**wrong, hospital_id=desk.hospital_id)
        with pytest.raises(HisRefused, match="card_mismatch"):
            desk.his.register_patient(**wrong, key=key(), hospital_id=desk.hospital_id)


def test_a_number_with_a_wrong_check_digit_or_day_opens_no_card(desk: Desk) -> None:
    new = person()
    no_day = new["id_number"][:6] + "19901301" + new["id_number"][14:17]
    flipped = new["id_number"][:17] + ("0" if new["id_number"][17] != "0" else "1")
    for wrong in (flipped, no_day + check_digit(no_day)):
        with pytest.raises(HisRefused, match="bad_id_number"):
            desk.his.register_patient(**{**new, "id_number": wrong}, key=key(), hospital_id=desk.hospital_id)


# --- Slots and numbers


def test_slots_lie_ahead_in_order_and_one_is_the_listed_one(desk: Desk) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    found = desk.his.slots(first=tomorrow, last=tomorrow + timedelta(days=7))
    assert [(slot.start, slot.doctor_id) for slot in found] == sorted((slot.start, slot.doctor_id) for slot in found)
    assert all(clock.local(slot.start).date() == slot.day for slot in found)
    one = desk.free()
    assert desk.his.slot(one.id) == one
    of_doctor = desk.his.slots(first=one.day, last=one.day, doctor_id=one.doctor_id)
    assert {slot.doctor_id for slot in of_doctor} == {one.doctor_id}


def test_a_number_is_taken_shown_and_given_back(desk: Desk) -> None:
    slot, patient, with_key = desk.free(), desk.patient(), key()
    booked = desk.book(slot, patient, with_key=with_key)
    assert (booked.state, booked.day, booked.start) == ("booked", slot.day, slot.start)
    assert desk.his.slot(slot.id).left == slot.left - 1
    assert desk.his.appointments(patient.id) == [booked] == [desk.his.appointment_by_key(with_key)]
    freed = desk.his.cancel(appointment_id=booked.id, key=key())
    assert desk.his.cancel(appointment_id=booked.id, key=key()) == freed
    assert desk.his.slot(slot.id).left == slot.left
    assert desk.his.appointment_by_key(with_key) == freed
    assert desk.book(slot, patient).id != booked.id


@pytest.mark.part("holds")
def test_a_number_is_held_for_a_while_and_booked_once_confirmed(desk: Desk) -> None:
    slot, patient, with_key = desk.free(), desk.patient(), key()
    held = desk.hold(slot, patient, with_key=with_key)
    assert held.state == "held"
    assert held.hold_until is not None
    assert desk.his.slot(slot.id).left == slot.left - 1
    assert desk.his.hold(slot_id=slot.id, patient_id=patient.id, key=with_key, minutes=5) == held
    booked = desk.his.confirm(appointment_id=held.id, key=key())
    assert desk.his.confirm(appointment_id=held.id, key=key()) == booked == desk.his.appointment(held.id)
    assert (booked.state, booked.number) == ("booked", held.number)
    lost = desk.hold(desk.free(), desk.patient())
    desk.his.cancel(appointment_id=lost.id, key=key())
    with pytest.raises(HisRefused, match="hold_lapsed"):
        desk.his.confirm(appointment_id=lost.id, key=key())


@pytest.mark.part("moves")
def test_a_number_is_moved_in_one_step_or_not_at_all(desk: Desk) -> None:
    slot = desk.free()
    other = next(each for each in desk.offered() if each.doctor_id == slot.doctor_id and each.id != slot.id)
    booked = desk.book(slot, desk.patient())
    with pytest.raises(HisRefused, match="not_found"):
        desk.his.reschedule(appointment_id=booked.id, slot_id=f"{desk.his.hospitals()[0].id}.nothing", key=key())
    assert desk.his.appointment(booked.id) == booked
    moved = desk.move(booked, other)
    assert (moved.slot_id, moved.state, moved.patient_id) == (other.id, "booked", booked.patient_id)
    assert desk.his.appointment(booked.id).state == "cancelled"
    assert (desk.his.slot(slot.id).left, desk.his.slot(other.id).left) == (slot.left, other.left - 1)


@pytest.mark.part("queue")
def test_the_queue_shows_the_number_that_was_taken(desk: Desk) -> None:
    slot = desk.free()
    booked = desk.book(slot, desk.patient())
    place = desk.his.queue(booked.id)
    assert (place.number, place.state) == (booked.number, "booked")
    assert slot.session_id in {session.id for session in desk.his.sessions(slot.day)}


@pytest.mark.part("queue")
def test_checking_in_is_for_the_day_itself(desk: Desk) -> None:
    booked = desk.book(desk.free(), desk.patient())
    assert not desk.his.queue(booked.id).arrived
    with pytest.raises(HisRefused, match="not_today"):
        desk.his.check_in(appointment_id=booked.id, key=key())
    assert desk.his.calls(session_id=booked.session_id) == []
    desk.his.cancel(appointment_id=booked.id, key=key())
    with pytest.raises(HisRefused, match="not_queued"):
        desk.his.check_in(appointment_id=booked.id, key=key())


@pytest.mark.part("news")
def test_news_are_told_from_a_moment_on(desk: Desk) -> None:
    since = clock.now() - timedelta(hours=1)
    assert all(change.at >= since for change in desk.his.changes(since=since))


def test_the_same_key_is_the_same_number_also_eight_times_at_once(desk: Desk) -> None:
    slot, patient, with_key = desk.free(), desk.patient(), key()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: desk.book(slot, patient, with_key=with_key), range(8)))
    assert len(set(made)) == 1
    assert desk.his.slot(slot.id).left == slot.left - 1


def test_a_key_cannot_be_used_for_something_else(desk: Desk) -> None:
    slot, with_key = desk.free(left=2), key()
    desk.book(slot, desk.patient(), with_key=with_key)
    with pytest.raises(HisRefused, match="conflict"):
        desk.book(slot, desk.patient(), with_key=with_key)
    assert desk.his.appointment_by_key(key()) is None


def test_one_number_per_patient_department_and_day(desk: Desk) -> None:
    slot, patient = desk.free(), desk.patient()
    desk.book(slot, patient)
    same = [s for s in desk.offered() if (s.department_id, s.day) == (slot.department_id, slot.day)]
    with pytest.raises(HisRefused, match="already_booked"):
        desk.book(same[-1], patient)


def test_the_last_places_are_sold_once_however_many_ask(desk: Desk) -> None:
    slot = desk.free(left=2)
    crowd = [desk.patient() for _ in range(slot.left + 5)]

    def attempt(patient: object) -> str:
        try:
            return desk.book(slot, patient).state  # type: ignore[arg-type]
        except HisRefused as refused:
            return refused.code

    with ThreadPoolExecutor(len(crowd)) as pool:
        outcomes = sorted(pool.map(attempt, crowd))
    assert outcomes == ["booked"] * slot.left + ["slot_full"] * 5
    assert desk.his.slot(slot.id).left == 0


def test_what_does_not_exist_is_not_found(desk: Desk) -> None:
    prefix = desk.his.hospitals()[0].id
    booked = desk.book(desk.free(), desk.patient())
    nothing = f"{prefix}.nobody"
    for call in (
        lambda: desk.his.patient(nothing),
        lambda: desk.his.slot(nothing),
        lambda: desk.his.appointment(nothing),
        lambda: desk.his.cancel(appointment_id=nothing, key=key()),
        lambda: desk.his.book(slot_id=nothing, patient_id=booked.patient_id, key=key()),
        lambda: desk.his.book(slot_id=booked.slot_id, patient_id=nothing, key=key()),
    ):
        with pytest.raises(HisRefused, match="not_found"):
            call()
    assert desk.his.appointments(nothing) == []


@pytest.mark.part("queue")
def test_a_clinic_of_another_day_is_not_called(desk: Desk) -> None:
    with pytest.raises(HisRefused, match="slot_closed"):
        desk.his.call_next(session_id=desk.free().session_id, key=key())
    with pytest.raises(HisRefused, match="slot_closed"):
        desk.his.miss(session_id=desk.free().session_id, key=key())


@pytest.mark.part("reports")
def test_somebody_new_has_no_reports(desk: Desk) -> None:
    new = desk.patient().id
    assert desk.his.reports(new, since=clock.today() - timedelta(days=1000)) == []
    with pytest.raises(HisRefused, match="not_found"):
        desk.his.report(patient_id=new, report_id=f"{desk.his.hospitals()[0].id}.nothing")


@pytest.mark.part("papers")
def test_somebody_new_has_no_prescriptions_and_bills(desk: Desk) -> None:
    new, since = desk.patient().id, clock.today() - timedelta(days=1000)
    assert desk.his.prescriptions(new, since=since) == []
    assert desk.his.bills(new, since=since) == []


# --- Parts


def _calls_of_parts(hospital_id: str) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """(part, method, target, body) of every path of docs/his-api.yaml that belongs to a part; all ask for nothing real."""
    nothing = f"{hospital_id}.nothing"
    query = {"prices": "?text=x", "sessions": f"?day={clock.today()}", "changes": f"?since={_moment_ago()}"}
    for path, methods in SPEC["paths"].items():
        for method, operation in methods.items():
            if "x-part" in operation:
                of_patient = f"?since={clock.today()}" if path.startswith("/patients/") and path.count("/") == 3 else ""
                asked = query.get(operation["operationId"], of_patient)
                body = {"slot_id": nothing, "patient_id": nothing, "minutes": 5} if method == "post" else {}
                yield operation["x-part"], method.upper(), re.sub(r"{\w+}", nothing, path) + asked, body


def _moment_ago() -> str:
    return quote(clock.local(clock.now() - timedelta(hours=1)).isoformat(timespec="seconds"))


def test_every_path_of_a_part_answers_as_it_is_offered(his_url: str, his_key: Key, his: HttpHis) -> None:
    hospital = his.hospitals()[0]
    for part, method, target, body in _calls_of_parts(hospital.id):
        content, with_key = (json.dumps(body).encode(), key()) if body else (b"", "")
        signed = headers(
            his_key, method=method, target=urlsplit(his_url).path + target, idempotency_key=with_key, body=content
        )
        answer = httpx.request(method, his_url + target, content=content, headers={**signed, **JSON}, trust_env=False)
        if part in hospital.offers:
            assert answer.status_code == 200 or answer.json()["code"] == "not_found", (target, answer.text)
        else:
            assert (answer.status_code, answer.json()["code"]) == (404, "not_offered"), (target, answer.text)


def test_the_hospital_offers_what_it_was_asked_for(his_address: Address, his: HttpHis) -> None:
    assert his_address.offers is not None, "it could not be asked before the tests began: see the first failure"
    assert set(his.hospitals()[0].offers) == set(his_address.offers)
