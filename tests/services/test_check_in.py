"""Reporting that one is here: whose number, when, where, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.privacy import Audit
from bot.db.queue import CheckIn, Presence
from bot.errors import HisRefused, HisUnavailable, NotFound, PeizhenError
from bot.ports import Ports
from bot.services import arrival, booking, cards, queue, queue_views
from bot.services.arrival import Scan, Spot, Where
from bot.services.booking import Booking
from tests.factories import FakeHis, a_card, a_person, together

SLOT = "yh.s01-20261123-0930"
BONES = Scan("yh.d01")
TIME = datetime(2026, 11, 23, 1, 0)  # naive UTC: 09:00 in Shanghai


class Patient:
    """One person with a number for 09:30 today."""

    def __init__(self, ports: Ports, slot_id: str = SLOT) -> None:
        self.ports, self.person_id = ports, a_person(ports)
        card = a_card(ports, self.person_id)
        facts = {"card_ref": card.ref, "slot_id": slot_id, "key": f"b{self.person_id}"}
        self.held: Booking = booking.book(ports, person_id=self.person_id, **facts)

    def report(self, where: Where | None = BONES, key: str = "k", ref: str = "") -> queue.CheckedIn:
        return queue.check_in(self.ports, person_id=self.person_id, ref=ref or self.held.ref, key=key, where=where)

    def refusal(self, where: Where | None = BONES, **changes: Any) -> str:
        with pytest.raises(PeizhenError) as failure:
            self.report(where, **changes)
        return failure.value.code


@pytest.fixture
def patient(ports: Ports) -> Iterator[Patient]:
    made = Patient(ports)
    with clock.frozen(TIME):
        yield made


@contextmanager
def at(hour: int, minute: int, day: int = 23) -> Iterator[None]:
    with clock.frozen(clock.utc(datetime(2026, 11, day, hour, minute))):
        yield


def rows(ports: Ports, model: Any) -> list[Any]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(model)))


def appointment(his: FakeHis) -> str:
    return next(iter(his._appointments))


# -- what comes of it -----------------------------------------------------------------------------------------
def test_who_reports_is_here_and_it_is_written_down(ports: Ports, his: FakeHis, patient: Patient) -> None:
    done = patient.report()
    assert (done.outcome, done.place.arrived, done.place.may_check_in) == ("here", True, False)
    assert his._arrived == {appointment(his)}
    assert [(row.outcome, row.key) for row in rows(ports, CheckIn)] == [("here", "k")]
    assert "queue.check_in" in [row.action for row in rows(ports, Audit)]


def test_the_same_key_tells_the_first_outcome_and_another_that_it_was_done(ports: Ports, patient: Patient) -> None:
    assert [patient.report().outcome for _ in range(3)] == ["here"] * 3
    assert patient.report(key="k2").outcome == "again"
    assert len(rows(ports, CheckIn)) == 2


def test_the_first_outcome_is_told_even_when_it_is_too_late_by_now(patient: Patient) -> None:
    patient.report()
    with at(13, 0):
        assert patient.report().outcome == "here"
        assert patient.refusal(key="k2") == "check_in_too_late"


def test_who_missed_his_call_is_back_in_the_queue(his: FakeHis, patient: Patient) -> None:
    his._missed.add(appointment(his))
    assert queue.mine(patient.ports, person_id=patient.person_id)[0].may_check_in
    done = patient.report()
    assert (done.outcome, done.place.state) == ("back", "waiting")


def test_an_answer_that_was_lost_is_found_by_the_same_key(ports: Ports, his: FakeHis, patient: Patient) -> None:
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.report()
    assert rows(ports, CheckIn) == []
    assert patient.report().place.arrived
    assert len(rows(ports, CheckIn)) == 1


def test_ten_taps_at_once_report_once(postgres_ports: Ports) -> None:
    patient = Patient(postgres_ports)
    with clock.frozen(TIME):
        answers = together(10, lambda _n: patient.report())
    assert {answer.outcome for answer in answers} <= {"here", "again"}
    assert [row.key for row in rows(postgres_ports, CheckIn)] == ["k"]
    assert len([row for row in rows(postgres_ports, Audit) if row.action == "queue.check_in"]) == 1


# -- whose and when -------------------------------------------------------------------------------------------
def test_another_persons_number_is_not_found(ports: Ports, his: FakeHis, patient: Patient) -> None:
    other = Patient(ports, "yh.s02-20261123-0930")
    assert other.refusal(ref=patient.held.ref) == "not_found"
    assert other.refusal(ref="b_0000000000") == "not_found"
    patient.report(key="shared")
    with pytest.raises(NotFound):
        other.report(key="shared")
    assert len(his._arrived) == 1


def test_an_unbound_cards_number_is_not_found(ports: Ports, patient: Patient) -> None:
    cards.unbind(ports, person_id=patient.person_id, ref=patient.held.card_ref)
    assert patient.refusal() == "not_found"


@pytest.mark.parametrize(
    ("hour", "minute", "day", "code"),
    [
        (7, 29, 23, "too_early"),
        (12, 1, 23, "check_in_too_late"),
        (9, 0, 22, "not_today"),
        (9, 0, 24, "not_today"),
    ],
)
def test_another_day_too_early_and_too_late(patient: Patient, hour: int, minute: int, day: int, code: str) -> None:
    with at(hour, minute, day):
        assert patient.refusal() == code


@pytest.mark.parametrize(("hour", "minute"), [(7, 30), (12, 0)])
def test_the_first_and_the_last_minute_are_taken(patient: Patient, hour: int, minute: int) -> None:
    with at(hour, minute):
        assert patient.report().outcome == "here"


@pytest.mark.parametrize(("until", "code"), [("09:40", "check_in_too_late"), ("13:00", None)])
def test_the_hospitals_own_word_on_who_is_late_comes_before_our_rule(
    patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch, until: str, code: str | None
) -> None:
    right, last = his.queue, clock.utc(datetime.fromisoformat(f"2026-11-23T{until}"))
    monkeypatch.setattr(his, "queue", lambda ref: replace(right(ref), check_in_until=last))
    with at(9, 30):
        said = queue_views.places(patient.ports, patient.person_id, "")["text"]
        assert f"最晚{until}前报到" in said
    with at(9, 41) if code else at(12, 30):
        assert (patient.refusal() if code else patient.report().outcome) == (code or "here")


def test_late_is_said_by_our_rule_where_the_hospital_says_nothing_and_no_more_once_he_is_here(patient: Patient) -> None:
    with at(9, 30):
        assert "最晚12:00前报到" in queue_views.places(patient.ports, patient.person_id, "")["text"]
        patient.report()
        assert "最晚" not in queue_views.places(patient.ports, patient.person_id, "")["text"]


def test_a_hospital_that_refuses_a_late_one_itself_is_heard(
    patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(**_: Any) -> Any:
        raise HisRefused("too_late")

    monkeypatch.setattr(his, "check_in", late)
    with at(9, 30):
        assert patient.refusal() == "check_in_too_late"


def test_a_cancelled_number_needs_no_reporting(ports: Ports, patient: Patient) -> None:
    with at(8, 40):
        booking.cancel(ports, person_id=patient.person_id, ref=patient.held.ref, key="c")
        assert patient.refusal() == "not_queued"


@pytest.mark.parametrize(
    ("said", "code"),
    [("too_early", "too_early"), ("not_today", "not_today"), ("not_found", "not_queued"), ("own_word", "not_queued")],
)
def test_the_hospitals_no_has_our_words(
    his: FakeHis, patient: Patient, monkeypatch: pytest.MonkeyPatch, said: str, code: str
) -> None:
    def no(**_: object) -> None:
        raise HisRefused(said)

    monkeypatch.setattr(his, "check_in", no)
    assert patient.refusal() == code


def test_another_appointments_answer_is_no_answer(
    his: FakeHis, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = his.check_in
    monkeypatch.setattr(his, "check_in", lambda **facts: replace(real(**facts), appointment_id="yh.a9999"))
    with pytest.raises(HisUnavailable):
        patient.report()


# -- where ----------------------------------------------------------------------------------------------------
def test_a_proof_holds_for_half_an_hour(ports: Ports, patient: Patient) -> None:
    assert patient.refusal(where=None) == "not_here"
    arrival.prove(ports, person_id=patient.person_id, where=BONES)
    with at(9, 31):
        assert patient.refusal(where=None) == "not_here"
    with at(9, 30):
        assert patient.report(where=None).outcome == "here"


def test_the_sign_of_the_half_day_is_right_and_any_other_wrong(patient: Patient) -> None:
    assert patient.refusal(Scan("yh.d02")) == "wrong_place"
    assert patient.refusal(Scan("yh.h01-20261123-pm")) == "wrong_place"
    assert patient.report(Scan("yh.h01-20261123-am")).outcome == "here"


def test_a_place_within_the_grounds_is_right_and_nothing_of_it_is_kept(ports: Ports, patient: Patient) -> None:
    place = ports.rules["check_in_places"][0]
    metre = 1 / 111_195  # degrees of latitude
    outside = Spot(place["latitude"] + (place["metres"] + 5) * metre, place["longitude"])
    assert patient.refusal(outside) == "too_far"
    assert rows(ports, Presence) == []
    inside = Spot(place["latitude"] + (place["metres"] - 5) * metre, place["longitude"])
    assert patient.report(inside).outcome == "here"
    assert [(row.scene, row.at) for row in rows(ports, Presence)] == [("", TIME)]


def test_scenes_and_places_as_wechat_sends_them() -> None:
    assert arrival.scanned("checkin:yh.k01") == Scan("yh.k01")
    assert arrival.scanned("qrscene_checkin:yh.k01") == Scan("yh.k01")
    assert [arrival.scanned(key) for key in ("", "checkin:", "checkin", "poster:7", "qrscene_poster")] == [None] * 5
    assert arrival.shared("30.5", "120.1") == Spot(30.5, 120.1)
    odd = [("", ""), (None, None), ("nan", "1"), ("91", "1"), ("1", "181"), ("inf", "1"), ("北", "东")]
    assert [arrival.shared(*place) for place in odd] == [None] * 7


# -- how long it takes ----------------------------------------------------------------------------------------
def test_the_hospitals_minutes_stand_until_we_know_better(ports: Ports, his: FakeHis, patient: Patient) -> None:
    later = Patient(ports)
    [place] = queue.mine(ports, person_id=later.person_id)
    assert (place.ahead, place.minutes_low, place.minutes_high) == (1, 5, 9)
    session = "yh.h01-20261123-am"
    his._calling[session] = 0
    his._called[session] = [TIME - timedelta(minutes=m) for m in (40, 30, 20, 10, 0)]
    [place] = queue.mine(ports, person_id=later.person_id)
    assert place.minutes_low is not None
    assert 10 < place.minutes_low < 25
    assert place.minutes_high is not None
    assert 25 < place.minutes_high < 60


def test_a_hospital_that_does_not_tell_its_calls_is_taken_at_its_word(
    ports: Ports, his: FakeHis, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: object) -> None:
        raise HisUnavailable

    later = Patient(ports)
    monkeypatch.setattr(his, "calls", silent)
    [place] = queue.mine(ports, person_id=later.person_id)
    assert (place.minutes_low, place.minutes_high) == (5, 9)
    real = his.queue
    monkeypatch.setattr(his, "queue", lambda ref: replace(real(ref), minutes_low=0, minutes_high=0))
    [place] = queue.mine(ports, person_id=later.person_id)
    assert (place.minutes_low, place.minutes_high) == (None, None)
