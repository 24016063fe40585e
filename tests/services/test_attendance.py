"""What became of visits: learnt from the hospital, counted, and held against nobody twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking, Suspension
from bot.db.push import Notice
from bot.errors import HisUnavailable, NotFound, Refused
from bot.ports import Ports
from bot.services import attendance, booking, news, privacy, suspensions, views
from tests.factories import NOW, FakeHis, a_card, a_person, a_staff, someone, together
from tests.races import Meeting
from tests.services.test_booking import SLOT, Patient, states

DAYS = (24, 25, 26)
AFTER = NOW + timedelta(days=5)


def booked(patient: Patient) -> list[booking.Booking]:
    """One number on each of three days."""
    return [patient.book(f"yh.s01-202611{day}-0900") for day in DAYS]


def visit(his: FakeHis, ports: Ports, made: booking.Booking, state: str) -> None:
    """The hospital's word on one visit."""
    with ports.transaction() as session:
        appointment = session.scalar(sa.select(Booking.appointment_id).where(Booking.ref == made.ref))
    his._change(appointment, state=state)


def missing_three(ports: Ports, his: FakeHis) -> Patient:
    """A patient who did not come three times, as learnt two days later."""
    patient = Patient(ports)
    for made in booked(patient):
        visit(his, ports, made, "missed")
    with clock.frozen(AFTER):
        assert attendance.learn(ports) == 3
    return patient


def notices(ports: Ports, kind: str) -> list[tuple[int, dict[str, Any]]]:
    of_kind = sa.select(Notice.person_id, Notice.payload_sealed).where(Notice.kind == kind)
    with ports.transaction() as session:
        found = session.execute(of_kind.order_by(Notice.id))
        return [(person, json.loads(ports.crypto.open(payload))) for person, payload in found]


# -- learning ------------------------------------------------------------------------------------------------
def test_seen_and_missed_visits_of_past_days_are_learnt_once(ports: Ports, his: FakeHis) -> None:
    patient = Patient(ports)
    first, second, _third = booked(patient)
    visit(his, ports, first, "done")
    visit(his, ports, second, "missed")
    assert attendance.learn(ports) == 0  # none of these days is over
    with clock.frozen(AFTER):
        assert attendance.learn(ports) == 2
        assert attendance.learn(ports) == 0
    assert states(ports) == ["done", "missed", "booked"]  # of the third the hospital knows nothing
    assert privacy.verify(ports).whole


def test_a_visit_missed_today_may_still_be_made_up(ports: Ports, his: FakeHis) -> None:
    patient = Patient(ports)
    visit(his, ports, patient.book(), "missed")
    with clock.frozen(NOW + timedelta(days=1, hours=10)):
        assert attendance.learn(ports) == 0
    assert states(ports) == ["booked"]


def test_visits_long_ago_are_not_asked_about_for_ever(ports: Ports, his: FakeHis) -> None:
    booked(Patient(ports))
    his.asked.clear()
    with clock.frozen(NOW + timedelta(days=30)):
        assert attendance.learn(ports) == 0
    assert "appointment" not in his.asked


def test_learning_stops_when_the_hospital_is_down_and_goes_on_later(ports: Ports, his: FakeHis) -> None:
    patient = Patient(ports)
    for made in booked(patient):
        visit(his, ports, made, "done")
    his.down = True
    with clock.frozen(AFTER):
        assert attendance.learn(ports) == 0
        his.down = False
        assert attendance.learn(ports) == 3


def test_the_hospital_may_correct_a_missed_visit(ports: Ports, his: FakeHis) -> None:
    missing_three(ports, his)
    with ports.transaction() as session:
        row = session.scalars(sa.select(Booking).order_by(Booking.id)).first()
    with clock.frozen(AFTER):
        his._change(row.appointment_id, state="done")
        his.tell("appointment", row.appointment_id, row.patient_id)
        assert news.hear(ports) == 1
    assert states(ports) == ["done", "missed", "missed"]


# -- cancelled by the desk -------------------------------------------------------------------------------------
def test_a_number_that_the_desk_gave_away_is_told_to_its_owner_once(ports: Ports, his: FakeHis) -> None:
    patient = Patient(ports)
    made = patient.book()
    with ports.transaction() as session:
        appointment = session.scalar(sa.select(Booking.appointment_id))
    his.cancel_at_the_desk(appointment)
    assert news.hear(ports) == 1
    assert news.hear(ports) == 0
    assert states(ports) == ["cancelled"]
    with ports.transaction() as session:
        row = session.execute(sa.select(Booking.cancelled_by, Booking.guard, Booking.week_guard)).one()
    assert tuple(row) == ("hospital", None, None)
    told = notices(ports, "booking_cancelled")
    assert told == [(patient.person_id, {"view": "cancelled_at_desk", "ref": made.ref})]
    said = views.drawn(ports, person_id=patient.person_id, reply=told[0][1])["text"]
    assert "医院取消了这个预约" in said
    assert "李*" in said
    assert patient.book(SLOT).state == "booked"


def test_what_the_patient_gave_back_himself_is_no_news(ports: Ports, his: FakeHis) -> None:
    patient = Patient(ports)
    patient.cancel(patient.book().ref)
    with ports.transaction() as session:
        row = session.scalars(sa.select(Booking)).one()
    his.tell("appointment", row.appointment_id, row.patient_id)
    assert news.hear(ports) == 0
    assert row.cancelled_by == "patient"
    assert notices(ports, "booking_cancelled") == []


def test_news_missed_while_the_hospital_was_down_are_read_later(ports: Ports, his: FakeHis) -> None:
    patient = Patient(ports)
    patient.book("yh.s01-20261130-0900")
    news.hear(ports)
    with ports.transaction() as session:
        appointment = session.scalar(sa.select(Booking.appointment_id))
    with clock.frozen(NOW + timedelta(minutes=30)):
        his.cancel_at_the_desk(appointment)
    his.down = True
    with clock.frozen(NOW + timedelta(hours=8)), pytest.raises(HisUnavailable):
        news.hear(ports)
    his.down = False
    with clock.frozen(NOW + timedelta(hours=20)):
        assert news.hear(ports) == 1
    assert states(ports) == ["cancelled"]


def test_another_patients_appointment_is_no_answer(ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Patient(ports).book()
    visit(his, ports, made, "missed")
    real = his.appointment
    monkeypatch.setattr(his, "appointment", lambda ref: replace(real(ref), patient_id="yh.n9999"))
    with clock.frozen(AFTER):
        assert attendance.learn(ports) == 0
    assert states(ports) == ["booked"]


# -- suspensions -----------------------------------------------------------------------------------------------
def test_three_missed_visits_suspend_and_are_told(ports: Ports, his: FakeHis) -> None:
    patient = missing_three(ports, his)
    with clock.frozen(AFTER):
        assert suspensions.judge(ports) == 1
        assert suspensions.judge(ports) == 0
        with pytest.raises(Refused) as failure:
            patient.book("yh.s01-20261130-0900", key="k")
        assert (failure.value.code, failure.value.facts["missed"]) == ("suspended", 3)
        ((person, payload),) = notices(ports, "suspension")
        assert person == patient.person_id
        assert "李*最近有3次约了没有来" in views.drawn(ports, person_id=person, reply=payload)["text"]
    with clock.frozen(AFTER + timedelta(days=30)):
        assert patient.book("yh.s01-20261230-0900", key="k").state == "booked"
        assert suspensions.judge(ports) == 0  # visits that were counted count no more


def test_two_missed_visits_and_old_ones_suspend_nobody(ports: Ports, his: FakeHis) -> None:
    patient = Patient(ports)
    for made in booked(patient)[:2]:
        visit(his, ports, made, "missed")
    with clock.frozen(AFTER):
        attendance.learn(ports)
        assert suspensions.judge(ports) == 0
    missing_three(ports, his)
    with clock.frozen(NOW + timedelta(days=95)):
        assert suspensions.judge(ports) == 0


def test_another_patient_of_the_same_person_books_on(ports: Ports, his: FakeHis) -> None:
    patient = missing_three(ports, his)
    with clock.frozen(AFTER):
        suspensions.judge(ports)
        patient.card = a_card(ports, patient.person_id, someone("韩梅"))
        assert patient.book("yh.s01-20261130-0900").state == "booked"


def test_an_appeal_is_seen_by_an_operator_who_can_lift(ports: Ports, his: FakeHis) -> None:
    patient, staff = missing_three(ports, his), a_staff(ports, "operator")
    with clock.frozen(AFTER):
        suspensions.judge(ports)
        assert suspensions.appeal(ports, person_id=a_person(ports), words="我呢") == 0
        assert suspensions.appeal(ports, person_id=patient.person_id, words="我那天来了") == 1
        assert suspensions.appeal(ports, person_id=patient.person_id, words="别的话") == 1
        (row,) = suspensions.listed(ports)
        assert (row.patient, row.missed, row.words) == ("李*", 3, "我那天来了")
        for _ in range(2):
            suspensions.lift(ports, staff_id=staff.id, ref=row.ref)
        assert suspensions.listed(ports) == []
        assert [payload["view"] for _, payload in notices(ports, "suspension")] == ["suspended", "suspension_lifted"]
        assert patient.book("yh.s01-20261130-0900").state == "booked"
        assert suspensions.judge(ports) == 0
    with pytest.raises(NotFound):
        suspensions.lift(ports, staff_id=staff.id, ref="s_0000000000")
    assert privacy.verify(ports).whole


def _judged_together(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> int:
    """The worst order: all twelve have seen the visits, and no suspension, before one of them writes."""
    his = ports.his
    assert isinstance(his, FakeHis)
    missing_three(ports, his)
    monkeypatch.setattr(suspensions, "_facts", Meeting(12).before(suspensions._facts))
    with clock.frozen(AFTER):
        together(12, lambda _: suspensions.judge(ports))
    with ports.transaction() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Suspension)))


def test_many_judges_at_once_suspend_once(postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _judged_together(postgres_ports, monkeypatch) == 1
    assert len(notices(postgres_ports, "suspension")) == 1


def test_control_without_the_key_many_judges_suspend_many_times(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspensions, "_key", lambda *_: suspensions.new_ref("k"))
    assert _judged_together(postgres_ports, monkeypatch) == 12


def test_an_odd_answer_does_not_lose_the_news(ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = Patient(ports)
    made = patient.book()
    news.hear(ports)
    with ports.transaction() as session:
        row = session.scalars(sa.select(Booking)).one()
    his.cancel(appointment_id=row.appointment_id, key="desk")
    his.tell("appointment", row.appointment_id, row.patient_id)
    right = his.appointment
    with clock.frozen(NOW + timedelta(hours=2)):
        monkeypatch.setattr(his, "appointment", lambda found: replace(right(found), patient_id="yh.somebody"))
        assert news.hear(ports) == 0
    monkeypatch.setattr(his, "appointment", right)
    with clock.frozen(NOW + timedelta(hours=3)):
        assert news.hear(ports) == 1
    assert booking.one(ports, person_id=patient.person_id, ref=made.ref).state == "cancelled"
