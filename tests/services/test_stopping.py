"""A clinic is called off: everybody is told once, with other half hours to tap, and moves in one step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.errors import HisUnavailable, NotFound, PeizhenError, Refused
from bot.ports import Ports
from bot.services import booking, choices, news, returned, stopping
from tests.factories import NOW, FakeHis, a_person, together
from tests.services.lines import SLOT, TUESDAY, Waiting, delivered, due
from tests.services.test_booking import states

CLINIC = "yh.h01-20261124-am"


def stop(ports: Ports) -> int:
    ports.his.close_session(session_id=CLINIC, key="desk")
    return news.hear(ports)


def test_every_booked_patient_of_the_clinic_is_told_once(ports: Ports) -> None:
    patients = [Waiting(ports) for _ in range(3)]
    for patient in patients:
        patient.book()
    other = Waiting(ports)
    other.book("yh.s02-20261124-0900")
    assert stop(ports) == 3
    assert news.hear(ports) == 0
    assert [[b.state for b in p.mine()] for p in (*patients, other)] == [["stopped"]] * 3 + [["booked"]]
    assert [kind for kind, _due, _end in due(ports)] == ["stopped"] * 3
    assert len(delivered(ports)) == 3


def test_a_half_hour_of_a_stopped_clinic_says_so_and_nothing_is_written_down(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    his.close_session(session_id=CLINIC, key="desk")
    for ask in (patient.book, lambda: booking.offer(ports, slot_id=SLOT)):
        with pytest.raises(Refused) as failure:
            ask()
        assert failure.value.code == "slot_closed"
    assert states(ports) == []


def test_a_stopped_number_counts_no_more(ports: Ports) -> None:
    patient = Waiting(ports)
    patient.book()
    stop(ports)
    assert patient.book("yh.s02-20261124-0900").state == "booked"


def test_the_push_is_honest_and_has_other_half_hours(ports: Ports) -> None:
    patient = Waiting(ports)
    made = patient.book()
    stop(ports)
    [reply] = delivered(ports)
    assert "陈建国医生停诊了" in reply["text"] and "11月24日 周二 09:00" in reply["text"]
    labels = [choice["label"] for choice in reply["choices"]]
    assert labels == [
        "换到 11月23日 周一 09:30 陈建国医生",
        "换到 11月25日 周三 09:00 陈建国医生",
        "换到 11月24日 周二 09:00 林晓燕医生",
        "看看别的时间",
    ]
    payload = choices.pick(ports, person_id=patient.person_id, text="", menu_id=reply["choices"][2]["id"])
    assert payload == f'/move_stopped{{"value": "{made.ref} yh.s02-20261124-0900"}}'


def test_one_step_moves_to_another_half_hour(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    made = patient.book()
    stop(ports)
    facts = {"person_id": patient.person_id, "ref": made.ref, "slot_id": "yh.s02-20261124-0900"}
    new = booking.reschedule(ports, key="k", **facts)
    assert booking.reschedule(ports, key="k", **facts) == new
    assert (new.state, new.doctor_name, patient.mine()) == ("booked", "林晓燕", [new])
    assert states(ports) == ["moved", "booked"]
    assert his.asked.count("reschedule") == 1
    with pytest.raises(Refused) as failure:
        booking.reschedule(ports, key="again", **facts)
    assert failure.value.code == "not_movable"


def test_moving_a_stopped_number_is_not_counted_and_gives_nothing_back(ports: Ports) -> None:
    patient = Waiting(ports)
    made = patient.book()
    stop(ports)
    with clock.frozen(made.start - timedelta(minutes=1)):  # later than a number that stands may be moved
        new = patient.move(made, "yh.s01-20261125-0900")
    assert (new.state, new.moves) == ("booked", 0)
    assert returned.kept_back(ports, {SLOT}) == {}


def test_a_yes_that_comes_after_our_no_is_kept_for_a_stopped_number_too(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Waiting(ports)
    made = patient.book()
    stop(ports)
    real = his.reschedule

    def slow(**facts: Any) -> Any:
        with clock.frozen(NOW + timedelta(minutes=10)):
            assert booking.settle_open(ports) == 1
        assert states(ports) == ["stopped", "refused"]
        return real(**facts)

    monkeypatch.setattr(his, "reschedule", slow)
    assert patient.move(made, "yh.s02-20261124-0900").state == "booked"
    assert states(ports) == ["moved", "booked"]


def test_a_move_to_a_full_half_hour_changes_nothing(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    made = patient.book()
    stop(ports)
    his.capacity = 0
    with pytest.raises(PeizhenError) as failure:
        booking.reschedule(ports, person_id=patient.person_id, ref=made.ref, slot_id="yh.s02-20261124-0900", key="k")
    assert failure.value.code == "slot_full"
    assert [b.state for b in patient.mine()] == ["stopped"]


def test_a_move_whose_answer_was_lost_is_settled(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    made = patient.book()
    stop(ports)
    his.lose_answers = 1
    facts = {"person_id": patient.person_id, "ref": made.ref, "slot_id": "yh.s02-20261124-0900", "key": "k"}
    with pytest.raises(HisUnavailable):
        booking.reschedule(ports, **facts)
    with clock.frozen(NOW + timedelta(minutes=10)):
        assert booking.settle_open(ports) == 1
        assert booking.reschedule(ports, **facts).state == "booked"
    assert states(ports) == ["moved", "booked"]


def test_others_stopped_numbers_are_not_found(ports: Ports) -> None:
    patient = Waiting(ports)
    made = patient.book()
    stop(ports)
    thief = a_person(ports)
    with pytest.raises(NotFound):
        stopping.alternatives(ports, person_id=thief, ref=made.ref)
    with pytest.raises(NotFound):
        booking.reschedule(ports, person_id=thief, ref=made.ref, slot_id="yh.s02-20261124-0900", key="k")


def test_word_of_it_waits_for_the_morning_but_not_too_long(ports: Ports) -> None:
    early, late = Waiting(ports), Waiting(ports)
    early.book("yh.s01-20261124-0800")
    late.book("yh.s02-20261124-1430")
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 23))):
        stop(ports)
        ports.his.close_session(session_id="yh.h02-20261124-pm", key="desk2")
        news.hear(ports)
        assert delivered(ports) == []
    at = [clock.local(moment).strftime("%d %H:%M") for _kind, moment, _end in due(ports)]
    assert at == ["24 05:00", "24 07:00"]


def test_a_hospital_that_does_not_answer_is_asked_again_from_the_same_moment(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    patient.book()
    news.hear(ports)
    with clock.frozen(NOW + timedelta(minutes=1)):
        his.close_session(session_id=CLINIC, key="desk")
    his.down = True
    with clock.frozen(NOW + timedelta(hours=5)):
        with pytest.raises(HisUnavailable):
            news.hear(ports)
        his.down = False
        assert news.hear(ports) == 1


def test_a_hospital_that_tells_of_the_clinic_alone_is_understood(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Waiting(ports)
    patient.book()
    his.close_session(session_id=CLINIC, key="desk")
    changes = his.changes(since=NOW)
    monkeypatch.setattr(his, "changes", lambda **_: [c for c in changes if c.kind == "session_closed"])
    assert news.hear(ports) == 1


def test_another_patients_appointment_is_never_taken_for_mine(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    patient = Waiting(ports)
    patient.book()
    his.close_session(session_id=CLINIC, key="desk")
    real = his.appointment
    monkeypatch.setattr(his, "appointment", lambda id_: replace(real(id_), patient_id="yh.n9999"))
    assert news.hear(ports) == 0
    assert [b.state for b in patient.mine()] == ["booked"]
    assert "HIS ALARM" in caplog.text


def test_a_booking_whose_yes_was_lost_and_whose_clinic_was_stopped_is_told_too(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.book()
    assert stop(ports) == 0
    with clock.frozen(NOW + timedelta(minutes=10)):
        assert booking.settle_open(ports) == 1
    assert [b.state for b in patient.mine()] == ["stopped"]
    assert len(due(ports)) == 1


def test_eight_readers_at_once_tell_everybody_once(postgres_ports: Ports) -> None:
    patients = [Waiting(postgres_ports) for _ in range(3)]
    for patient in patients:
        patient.book(SLOT)
    postgres_ports.his.close_session(session_id=CLINIC, key="desk")
    told = together(8, lambda _: news.hear(postgres_ports))
    assert sum(told) == 3
    assert len(due(postgres_ports)) == 3
    assert patients[0].mine()[0].day == TUESDAY
