"""Two hospitals behind one port: whose call goes where, and what one of them takes down with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his import federated, member
from bot.his.embedded import EmbeddedHis, demo
from bot.his.faults import FaultyHis
from bot.his.federated import FederatedHis
from bot.his.http import HttpHis
from bot.his.port import Doctor, HisPort, Slot, hospital_of
from bot.his.serve import create_app

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
HOME, AWAY = demo.HOUSES
CALLS = {name for name in dir(HisPort) if not name.startswith("_")}
# What is asked of all hospitals, or of one that the caller names; every other call goes by an id.
BY_NAME = {"find_patient", "register_patient", "appointment_by_key"}
EVERYWHERE = {"hospitals", "departments", "doctors", "prices", "slots", "sessions", "changes"}
NOWHERE: dict[str, Callable[[FederatedHis], Any]] = {
    "find_patient": lambda region: region.find_patient(name="王", id_number="1", phone="1", hospital_id="xx"),
    "register_patient": lambda r: r.register_patient(name="王", id_number="1", phone="1", key="k", hospital_id="xx"),
    "appointment_by_key": lambda region: region.appointment_by_key("k", hospital_id="xx"),
    "patient": lambda region: region.patient("xx.p1"),
    "slots": lambda region: region.slots(first=MONDAY, last=MONDAY, department_id="xx.k01"),
    "slot": lambda region: region.slot("xx.t1"),
    "book": lambda region: region.book(slot_id="xx.t1", patient_id="xx.p1", key="k"),
    "hold": lambda region: region.hold(slot_id="xx.t1", patient_id="xx.p1", key="k", minutes=5),
    "confirm": lambda region: region.confirm(appointment_id="xx.a1", key="k"),
    "reschedule": lambda region: region.reschedule(appointment_id="xx.a1", slot_id="xx.t1", key="k"),
    "appointment": lambda region: region.appointment("xx.a1"),
    "cancel": lambda region: region.cancel(appointment_id="xx.a1", key="k"),
    "appointments": lambda region: region.appointments("xx.p1"),
    "queue": lambda region: region.queue("xx.a1"),
    "call_next": lambda region: region.call_next(session_id="xx.s1", key="k"),
    "miss": lambda region: region.miss(session_id="xx.s1", key="k"),
    "calls": lambda region: region.calls(session_id="xx.s1"),
    "check_in": lambda region: region.check_in(appointment_id="xx.a1", key="k"),
    "close_session": lambda region: region.close_session(session_id="xx.s1", key="k"),
    "reports": lambda region: region.reports("xx.p1", since=MONDAY),
    "prescriptions": lambda region: region.prescriptions("xx.p1", since=MONDAY),
    "bills": lambda region: region.bills("xx.p1", since=MONDAY),
    "report": lambda region: region.report(patient_id="xx.p1", report_id="xx.r1"),
}


@pytest.fixture
def home(his: EmbeddedHis) -> FaultyHis:
    return FaultyHis(his)


@pytest.fixture
def away(neighbour: EmbeddedHis) -> FaultyHis:
    return FaultyHis(neighbour)


@pytest.fixture
def region(home: FaultyHis, away: FaultyHis) -> FederatedHis:
    return FederatedHis({HOME: home, AWAY: away})  # type: ignore[dict-item]


def _down(his: FaultyHis, *calls: str) -> None:
    for call in calls or sorted(CALLS):
        his.fail(call, "error", times=50)


def _person(hospital_id: str) -> dict[str, str]:
    known = demo.demo_facts(hospital_id=hospital_id)["patients"][0]
    return {name: known[name] for name in ("name", "id_number", "phone")}


def _patient(region: FederatedHis, hospital_id: str) -> str:
    found = region.find_patient(**_person(hospital_id), hospital_id=hospital_id)
    assert found is not None
    return found.id


def _free(region: FederatedHis, hospital_id: str) -> Slot:
    found = region.slots(first=TUESDAY, last=TUESDAY)
    return next(slot for slot in found if slot.left and hospital_of(slot.id) == hospital_id)


# --- Where a call goes


def test_no_call_of_the_port_was_forgotten() -> None:
    assert set(vars(FederatedHis)) >= CALLS
    assert set(NOWHERE) | EVERYWHERE == CALLS


def test_lists_are_joined_in_the_order_of_the_hospitals(region: FederatedHis, home: FaultyHis, away: FaultyHis) -> None:
    assert [hospital.id for hospital in region.hospitals()] == [HOME, AWAY]
    assert region.departments() == home.departments() + away.departments()
    assert region.doctors() == home.doctors() + away.doctors()


def test_slots_and_half_days_of_all_come_in_one_order(region: FederatedHis) -> None:
    for found in (region.slots(first=TUESDAY, last=TUESDAY), region.sessions(TUESDAY)):
        assert {hospital_of(each.id) for each in found} == {HOME, AWAY}
        assert found == sorted(found, key=lambda each: (each.start, each.doctor_id))


def test_a_department_is_asked_of_its_own_hospital_alone(region: FederatedHis, home: FaultyHis) -> None:
    found = region.slots(first=TUESDAY, last=TUESDAY, department_id=f"{AWAY}.k12")
    assert {slot.department_id for slot in found} == {f"{AWAY}.k12"}
    assert home.asked == []


def test_prices_say_whose_they_are(region: FederatedHis) -> None:
    found = region.prices(text="血常规", limit=4)
    assert {price.hospital_id for price in found} == {HOME, AWAY}
    assert len(found) <= 4
    assert [len(price.name) for price in found] == sorted(len(price.name) for price in found)


def test_a_hospital_that_is_not_here_has_no_news(region: FederatedHis) -> None:
    with pytest.raises(HisRefused) as failure:
        region.changes(since=clock.now(), hospital_id="xx")
    assert failure.value.code == "not_found"


@pytest.mark.parametrize("call", sorted(NOWHERE))
def test_an_id_of_no_hospital_of_ours_is_not_found(
    region: FederatedHis, home: FaultyHis, away: FaultyHis, call: str
) -> None:
    with pytest.raises(HisRefused, match="not_found"):
        NOWHERE[call](region)
    assert home.asked == away.asked == []


def test_a_patient_is_known_where_he_is_known(region: FederatedHis) -> None:
    at_home, person = _patient(region, HOME), _person(HOME)
    assert hospital_of(at_home) == HOME
    assert region.find_patient(**person, hospital_id=AWAY) is None
    made = region.register_patient(**person, key="r", hospital_id=AWAY)
    assert hospital_of(made.id) == AWAY
    assert region.patient(made.id) == made != region.patient(at_home)


def test_looking_for_a_patient_needs_the_hospital_unless_there_is_one(region: FederatedHis, home: FaultyHis) -> None:
    with pytest.raises(HisRefused, match="which_hospital"):
        region.find_patient(**_person(HOME))
    with pytest.raises(HisRefused, match="which_hospital"):
        region.register_patient(**_person(HOME), key="r")
    assert FederatedHis({HOME: home}).find_patient(**_person(HOME)) is not None  # type: ignore[dict-item]


@pytest.mark.parametrize("where", [HOME, AWAY])
def test_a_number_is_booked_and_given_back_where_the_slot_is(region: FederatedHis, where: str) -> None:
    slot = _free(region, where)
    booked = region.book(slot_id=slot.id, patient_id=_patient(region, where), key="b")
    assert region.appointment_by_key("b") == booked == region.appointment_by_key("b", hospital_id=where)
    assert region.appointments(booked.patient_id)[0] == booked
    assert region.queue(booked.id).number == booked.number
    assert region.cancel(appointment_id=booked.id, key="c").state == "cancelled"


@pytest.mark.parametrize("where", [HOME, AWAY])
def test_a_place_is_held_confirmed_and_moved_where_it_is(region: FederatedHis, where: str) -> None:
    slot, patient = _free(region, where), _patient(region, where)
    held = region.hold(slot_id=slot.id, patient_id=patient, key="h", minutes=5)
    assert region.appointment(held.id) == held
    assert region.confirm(appointment_id=held.id, key="f").state == "booked"
    other = next(
        each
        for each in region.slots(first=TUESDAY, last=TUESDAY, doctor_id=slot.doctor_id)
        if each.left and each.id != slot.id
    )
    moved = region.reschedule(appointment_id=held.id, slot_id=other.id, key="m")
    assert (moved.slot_id, region.appointment(held.id).state) == (other.id, "cancelled")


def test_a_number_is_not_moved_into_another_hospital(region: FederatedHis) -> None:
    booked = region.book(slot_id=_free(region, HOME).id, patient_id=_patient(region, HOME), key="b")
    with pytest.raises(HisRefused, match="not_found"):
        region.reschedule(appointment_id=booked.id, slot_id=_free(region, AWAY).id, key="m")
    assert region.appointment(booked.id).state == "booked"


# --- What happened at the hospitals


def test_news_of_all_hospitals_come_in_one_order_of_time(region: FederatedHis) -> None:
    began = clock.now()
    for minutes, where in enumerate((AWAY, HOME, AWAY)):
        session = [half for half in region.sessions(TUESDAY) if hospital_of(half.id) == where][minutes]
        with clock.frozen(began + timedelta(minutes=minutes)):
            assert region.close_session(session_id=session.id, key=f"s{minutes}").closed
    with clock.frozen(began + timedelta(minutes=3)):
        found = region.changes(since=began)
        assert [hospital_of(each.id) for each in found if each.kind == "session_closed"] == [AWAY, HOME, AWAY]
        assert found == sorted(found, key=lambda each: (each.at, each.id))
        assert {hospital_of(each.id) == hospital_of(each.subject_id) for each in found} == {True}


def test_news_are_not_half_told_and_each_hospitals_own_can_be_had(region: FederatedHis, away: FaultyHis) -> None:
    _down(away, "changes")
    assert isinstance(region.changes(since=clock.now() - timedelta(hours=1), hospital_id=HOME), list)
    with pytest.raises(HisUnavailable):
        region.changes(since=clock.now() - timedelta(hours=1), hospital_id=AWAY)
    away.heal()
    _down(away, "changes")
    with pytest.raises(HisUnavailable):
        region.changes(since=clock.now() - timedelta(hours=1))
    away.heal()
    assert isinstance(region.changes(since=clock.now() - timedelta(hours=1)), list)


def test_one_hospitals_patient_gets_no_number_and_no_report_of_another(
    region: FederatedHis, home: FaultyHis, away: FaultyHis
) -> None:
    patient, slot = _patient(region, HOME), _free(region, AWAY)
    report = home.reports(patient, since=date(2023, 1, 1))[0]
    for calls in (home.asked, away.asked):
        calls.clear()
    with pytest.raises(HisRefused, match="not_found"):
        region.book(slot_id=slot.id, patient_id=patient, key="b")
    with pytest.raises(HisRefused, match="not_found"):
        region.report(patient_id=_patient(region, AWAY), report_id=report.id)
    assert "book" not in home.asked + away.asked
    assert "report" not in home.asked + away.asked


# --- One of them is down


def test_the_others_keep_their_directory_and_the_silent_ones_last_is_shown(
    region: FederatedHis, away: FaultyHis, caplog: pytest.LogCaptureFixture
) -> None:
    before = region.hospitals(), region.departments(), region.doctors()
    _down(away)
    with caplog.at_level(logging.ERROR):
        assert (region.hospitals(), region.departments(), region.doctors()) == before
    assert f"HIS ALARM {AWAY}: no doctors" in caplog.text


def test_who_never_answered_is_left_out(region: FederatedHis, away: FaultyHis, home: FaultyHis) -> None:
    _down(away)
    assert region.departments() == home.departments()
    assert [hospital.id for hospital in region.hospitals()] == [HOME]


def test_slots_of_the_others_stay_on_offer_and_old_ones_are_not_shown(
    region: FederatedHis, away: FaultyHis, caplog: pytest.LogCaptureFixture
) -> None:
    assert _free(region, AWAY)
    _down(away)
    with caplog.at_level(logging.ERROR):
        assert {hospital_of(slot.id) for slot in region.slots(first=TUESDAY, last=TUESDAY)} == {HOME}
    assert "HIS ALARM" in caplog.text
    with pytest.raises(HisUnavailable):
        region.slots(first=TUESDAY, last=TUESDAY, department_id=f"{AWAY}.k12")


def test_a_hospital_that_hangs_keeps_nobody_waiting_and_is_heard_when_it_comes_back(
    region: FederatedHis, home: FaultyHis, away: FaultyHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, outer, inner = threading.Event(), home.doctors(), away.doctors()

    def hang() -> list[Doctor]:
        assert answers.wait(20)
        return inner

    monkeypatch.setattr(member, "THREADS", 2)
    monkeypatch.setattr(federated, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(home, "doctors", lambda: outer, raising=False)
    monkeypatch.setattr(away, "doctors", hang, raising=False)
    for _ in range(4):  # more calls than it has threads: the others still have theirs
        assert region.doctors() == outer
    answers.set()
    monkeypatch.setattr(federated, "PATIENCE_SECONDS", 20.0)
    assert region.doctors() == outer + inner


def test_what_is_one_patients_own_is_never_half(region: FederatedHis, away: FaultyHis) -> None:
    here, there = _patient(region, HOME), _patient(region, AWAY)
    _down(away)
    for call in (region.appointments, region.patient, lambda who: region.reports(who, since=MONDAY)):
        assert call(here) is not None
        with pytest.raises(HisUnavailable):
            call(there)
    with pytest.raises(HisUnavailable):
        region.find_patient(**_person(AWAY), hospital_id=AWAY)


def test_nothing_was_booked_is_only_said_when_everybody_was_asked(region: FederatedHis, away: FaultyHis) -> None:
    slot = _free(region, HOME)
    booked = region.book(slot_id=slot.id, patient_id=_patient(region, HOME), key="mine")
    _down(away)
    assert region.appointment_by_key("mine") == booked
    assert region.appointment_by_key("nobody's", hospital_id=HOME) is None
    with pytest.raises(HisUnavailable):
        region.appointment_by_key("nobody's")


def test_all_down_is_no_empty_list(region: FederatedHis, home: FaultyHis, away: FaultyHis) -> None:
    _down(home)
    _down(away)
    for call in (region.departments, region.hospitals, lambda: region.sessions(MONDAY)):
        with pytest.raises(HisUnavailable):
            call()


# --- One of them lies


def test_an_answer_with_another_hospitals_id_is_refused_and_alarmed(
    region: FederatedHis, away: FaultyHis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    foreign = replace(away.doctors()[0], department_id=f"{HOME}.k01", name="冒名的")
    monkeypatch.setattr(away, "doctors", lambda: [foreign], raising=False)
    with caplog.at_level(logging.ERROR):
        assert {hospital_of(doctor.id) for doctor in region.doctors()} == {HOME}
    assert "HIS ALARM" in caplog.text
    assert "冒名的" not in caplog.text
    away.fail("patient", "wrong_patient")
    with pytest.raises(HisUnavailable):
        region.patient(f"{AWAY}.p00001")


# --- The federation itself as somebody's hospital


def test_a_region_may_be_served_under_the_same_contract(region: FederatedHis) -> None:
    key = "region:a-secret-that-is-long-enough"
    served = create_app(region, key)  # type: ignore[arg-type]
    remote = HttpHis("http://region.test", key, transport=httpx.WSGITransport(served))
    assert remote.hospitals() == region.hospitals()
    assert remote.departments() == region.departments()
    with pytest.raises(HisRefused, match="which_hospital"):
        remote.find_patient(**_person(AWAY))
    found = remote.find_patient(**_person(AWAY), hospital_id=AWAY)
    assert found is not None
    assert hospital_of(found.id) == AWAY
    assert remote.find_patient(**_person(AWAY), hospital_id=HOME) is None
    with pytest.raises(HisRefused, match="not_found"):
        remote.find_patient(**_person(AWAY), hospital_id="xx")
    slot = _free(region, AWAY)
    booked = remote.book(slot_id=slot.id, patient_id=found.id, key="b")
    assert remote.appointment_by_key("b", hospital_id=AWAY) == booked == remote.appointment_by_key("b")
    assert remote.appointment_by_key("b", hospital_id=HOME) is None
