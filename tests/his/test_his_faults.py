"""The twin that fails on command does what it says, and HttpHis in front of it never shows what is wrong."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest

from bot.errors import HisUnavailable
from bot.his.embedded import EmbeddedHis
from bot.his.faults import SOMEBODY_ELSE, FaultyHis
from bot.his.http import HttpHis
from bot.his.port import Slot
from bot.his.serve import create_app

KEY = "hospital:a-secret-that-is-long-enough"
MONDAY = date(2026, 11, 23)
PATIENT = "yh.p00001"


@pytest.fixture
def faulty(his: EmbeddedHis) -> FaultyHis:
    return FaultyHis(his)


@pytest.fixture
def remote(faulty: FaultyHis) -> HttpHis:
    return HttpHis("http://his.test", KEY, transport=httpx.WSGITransport(create_app(faulty, KEY)))


def _free(his: EmbeddedHis) -> Slot:
    day = MONDAY + timedelta(days=1)
    mine = {appointment.department_id for appointment in his.appointments(PATIENT) if appointment.state == "booked"}
    return next(s for s in his.slots(first=day, last=day) if s.left and s.department_id not in mine)


def test_before_means_nothing_was_booked_and_after_means_it_was(faulty: FaultyHis, his: EmbeddedHis) -> None:
    slot = _free(his)
    faulty.fail("book", "timeout_before")
    with pytest.raises(HisUnavailable):
        faulty.book(slot_id=slot.id, patient_id=PATIENT, key="before")
    assert faulty.appointment_by_key("before") is None
    faulty.fail("book", "timeout_after")
    with pytest.raises(HisUnavailable):
        faulty.book(slot_id=slot.id, patient_id=PATIENT, key="after")
    found = faulty.appointment_by_key("after")
    assert found is not None
    assert faulty.book(slot_id=slot.id, patient_id=PATIENT, key="after") == found
    assert faulty.asked.count("book") == 3


def test_it_fails_as_often_as_told(faulty: FaultyHis) -> None:
    faulty.fail("hospitals", "error", times=2)
    for _ in range(2):
        with pytest.raises(HisUnavailable):
            faulty.hospitals()
    assert faulty.hospitals()[0].id == "yh"
    faulty.fail("hospitals", "error")
    faulty.heal()
    assert faulty.hospitals()[0].id == "yh"


def test_it_refuses_orders_that_do_nothing(faulty: FaultyHis) -> None:
    for call, fault in (("no_such_call", "error"), ("book", "explode")):
        with pytest.raises(ValueError, match=call):
            faulty.fail(call, fault)  # type: ignore[arg-type]


def test_in_process_it_gives_the_wrong_patient_as_told(faulty: FaultyHis) -> None:
    faulty.fail("reports", "wrong_patient")
    assert {report.patient_id for report in faulty.reports(PATIENT, since=date(2023, 1, 1))} == {SOMEBODY_ELSE}
    faulty.fail("patient", "garbage")
    assert faulty.patient(PATIENT).name is None


@pytest.mark.parametrize("fault", ["wrong_patient", "garbage", "error", "timeout_before", "timeout_after"])
def test_over_http_no_fault_reaches_the_caller(faulty: FaultyHis, remote: HttpHis, fault: str) -> None:
    report = remote.reports(PATIENT, since=date(2023, 1, 1))[-1]
    calls = {
        "patient": lambda: remote.patient(PATIENT),
        "reports": lambda: remote.reports(PATIENT, since=date(2023, 1, 1)),
        "report": lambda: remote.report(patient_id=PATIENT, report_id=report.id),
        "prescriptions": lambda: remote.prescriptions(PATIENT, since=date(2023, 1, 1)),
        "bills": lambda: remote.bills(PATIENT, since=date(2023, 1, 1)),
        "doctors": remote.doctors if fault != "wrong_patient" else lambda: remote.patient(PATIENT),
    }
    for name, call in calls.items():
        told = "patient" if name == "doctors" and fault == "wrong_patient" else name
        faulty.fail(told, fault, times=2)  # type: ignore[arg-type] - twice: a 503 is asked again
        with pytest.raises(HisUnavailable):
            call()
        faulty.heal()
        assert call()


def test_a_booking_whose_answer_was_lost_is_found_by_its_key(
    faulty: FaultyHis, remote: HttpHis, his: EmbeddedHis
) -> None:
    slot = _free(his)
    faulty.fail("book", "timeout_after", times=2)
    with pytest.raises(HisUnavailable):
        remote.book(slot_id=slot.id, patient_id=PATIENT, key="lost")
    found = remote.appointment_by_key("lost")
    assert found is not None
    assert his.slot(slot.id).left == slot.left - 1
    assert remote.book(slot_id=slot.id, patient_id=PATIENT, key="lost") == found


def test_a_hold_a_confirm_and_a_move_whose_answers_were_lost_were_done_once(
    faulty: FaultyHis, remote: HttpHis, his: EmbeddedHis
) -> None:
    slot, day = _free(his), MONDAY + timedelta(days=2)
    other = next(s for s in his.slots(first=day, last=day, department_id=slot.department_id) if s.left)
    acts = {
        "hold": lambda: remote.hold(slot_id=slot.id, patient_id=PATIENT, key="lost-hold", minutes=15),
        "confirm": lambda: remote.confirm(appointment_id=_known(remote, "lost-hold"), key="lost-confirm"),
        "reschedule": lambda: remote.reschedule(
            appointment_id=_known(remote, "lost-hold"), slot_id=other.id, key="lost-move"
        ),
    }
    for name, act in acts.items():
        faulty.fail(name, "timeout_after", times=2)  # twice: a 503 is asked again
        with pytest.raises(HisUnavailable):
            act()
    assert remote.appointment(_known(remote, "lost-hold")).state == "cancelled"
    assert acts["reschedule"]() == remote.appointment_by_key("lost-move")
    assert (his.slot(slot.id).left, his.slot(other.id).left) == (slot.left, other.left - 1)


def _known(remote: HttpHis, key: str) -> str:
    found = remote.appointment_by_key(key)
    assert found is not None
    return found.id
