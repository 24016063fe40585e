from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import HisRefused, HisUnavailable, NotFound, PeizhenError, Refused
from bot.ports import Ports
from bot.services import booking, booking_asking, cards, privacy
from tests.factories import NOW, FakeHis, a_card, a_person, someone, together
from tests.races import Meeting

TODAY = date(2026, 11, 23)
TOMORROW = date(2026, 11, 24)
SLOT = "yh.s01-20261124-0900"
OTHER_SLOT = "yh.s02-20261124-0900"  # same department and day, another doctor
LATER = timedelta(minutes=10)


class Patient:
    """One person with one card, as booking sees him."""

    def __init__(self, ports: Ports) -> None:
        self.ports, self.person_id = ports, a_person(ports)
        self.card = a_card(ports, self.person_id, someone("李雷"))

    def book(self, slot_id: str = SLOT, key: str | None = None) -> booking.Booking:
        facts: dict[str, Any] = {"person_id": self.person_id, "card_ref": self.card.ref}
        return booking.book(self.ports, slot_id=slot_id, key=key or uuid4().hex, **facts)

    def refusal(self, slot_id: str = SLOT, key: str | None = None) -> str:
        with pytest.raises(PeizhenError) as failure:
            self.book(slot_id, key)
        return failure.value.code

    def cancel(self, ref: str, key: str = "cancel") -> booking.Booking:
        return booking.cancel(self.ports, person_id=self.person_id, ref=ref, key=key)

    def mine(self) -> list[booking.Booking]:
        return booking.mine(self.ports, person_id=self.person_id)


@pytest.fixture
def patient(ports: Ports) -> Patient:
    return Patient(ports)


def states(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.text("SELECT state FROM booking ORDER BY id")))


# -- what is open --------------------------------------------------------------------------------------------
def test_departments_and_doctors_by_id(ports: Ports) -> None:
    assert [d.name for d in booking.departments(ports)] == ["骨科", "消化内科"]
    assert booking.department(ports, department_id="yh.d02").name == "消化内科"
    assert booking.doctor(ports, doctor_id="yh.p03").name == "周明"
    assert [d.id for d in booking.doctors_of(ports, department_id="yh.d01")] == ["yh.p01", "yh.p02"]
    assert len(booking.doctors(ports)) == 3
    for call, name in ((booking.department, "department_id"), (booking.doctor, "doctor_id")):
        with pytest.raises(NotFound):
            call(ports, **{name: "yh.x"})


def test_open_days_reach_as_far_as_the_rules(ports: Ports) -> None:
    days = booking.open_days(ports, department_id="yh.d01")
    assert [days[0].day, days[-1].day, len(days)] == [TODAY, TODAY + timedelta(days=14), 15]
    assert days[1].left == 2 * 6 * 3
    assert days[0].left == 2 * 4 * 3  # 08:00 and 08:30 have begun


def test_offers_have_names_places_and_nothing_full_or_past(ports: Ports, patient: Patient, his: FakeHis) -> None:
    his.capacity = 1
    patient.book()
    offers = booking.offers(ports, department_id="yh.d01", day=TOMORROW, period="am")
    assert all(offer.left > 0 and offer.slot_id != SLOT for offer in offers)
    assert [o.start for o in offers] == sorted(o.start for o in offers)
    first = offers[0]
    assert (first.doctor_name, first.doctor_title, first.department_name) == ("陈建国", "主任医师", "骨科")
    assert (first.place, first.fee_fen) == ("门诊楼3层", 5000)
    assert {clock.local(o.start).hour for o in offers} == {8, 9}
    after = booking.offers(ports, doctor_id="yh.p01", day=TOMORROW, period="pm")
    assert {clock.local(o.start).hour for o in after} == {14}
    assert booking.offers(ports, department_id="yh.d01", day=TODAY)[0].start > ports.now()


@pytest.mark.parametrize("days", [-1, 15, 400])
def test_nothing_is_offered_outside_the_window(ports: Ports, days: int) -> None:
    assert booking.offers(ports, department_id="yh.d01", day=TODAY + timedelta(days=days)) == []


def test_one_offer_by_its_slot(ports: Ports) -> None:
    assert booking.offer(ports, slot_id=SLOT).doctor_id == "yh.p01"
    with pytest.raises(NotFound):
        booking.offer(ports, slot_id="yh.nothing")


# -- booking -------------------------------------------------------------------------------------------------
def test_a_booking_has_all_that_the_patient_needs(ports: Ports, patient: Patient, his: FakeHis) -> None:
    made = patient.book()
    assert (made.state, made.number, made.room, made.place) == ("booked", 1, "01诊室", "门诊楼3层")
    assert (made.patient_name, made.masked_name, made.card_ref) == ("李雷", "李*", patient.card.ref)
    assert (made.day, made.fee_fen, made.doctor_name) == (TOMORROW, 5000, "陈建国")
    assert patient.mine() == [made]
    assert his.taken(SLOT) == 1
    assert privacy.verify(ports).whole


def test_the_intention_is_committed_before_the_hospital_hears_of_it(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = his.book

    def book(**facts: Any) -> Any:
        seen.append(states(ports))  # a transaction left open would deadlock SQLite here
        return real(**facts)

    monkeypatch.setattr(his, "book", book)
    patient.book()
    assert seen == [["asked"]]


def test_the_same_key_gives_the_same_booking_whatever_else_is_asked(patient: Patient, his: FakeHis) -> None:
    first = patient.book(key="k")
    assert patient.book("yh.s03-20261125-0900", key="k") == first
    assert his.asked.count("book") == 1


def test_the_same_key_gives_the_same_refusal_also_when_places_are_free_again(
    ports: Ports, patient: Patient, his: FakeHis
) -> None:
    his.capacity = 0
    assert patient.refusal(key="k") == "slot_full"
    his.capacity = 3
    assert patient.refusal(key="k") == "slot_full"
    assert patient.book(key="new").state == "booked"
    assert states(ports) == ["refused", "booked"]


def test_a_key_of_somebody_else_is_not_found(ports: Ports, patient: Patient) -> None:
    patient.book(key="k")
    assert Patient(ports).refusal(key="k") == "not_found"


@pytest.mark.parametrize(("slot", "code"), [("yh.s01-20261123-0800", "slot_past"), ("yh.sX", "not_found")])
def test_the_hospitals_refusals_keep_their_codes(patient: Patient, slot: str, code: str) -> None:
    assert patient.refusal(slot) == code


def test_one_number_per_patient_department_and_day(ports: Ports, patient: Patient) -> None:
    first = patient.book()
    assert patient.refusal(OTHER_SLOT, key="k") == "department_limit"
    assert patient.refusal(OTHER_SLOT, key="k") == "department_limit"
    assert patient.book("yh.s03-20261124-0900").state == "booked"
    assert patient.book("yh.s02-20261125-0900").state == "booked"
    patient.cancel(first.ref)
    assert patient.book(OTHER_SLOT).state == "booked"


def test_the_limit_holds_across_two_people_who_share_a_patient(ports: Ports) -> None:
    who = someone("李雷")
    one, two = Patient(ports), Patient(ports)
    one.card, two.card = a_card(ports, one.person_id, who), a_card(ports, two.person_id, who)
    one.book()
    assert two.refusal(OTHER_SLOT) == "department_limit"


def test_a_hospital_may_allow_two(ports: Ports) -> None:
    patient = Patient(replace(ports, rules={**ports.rules, "bookings_per_department_day": 2}))
    patient.book()
    patient.book(OTHER_SLOT)
    assert patient.refusal("yh.s01-20261124-1400") == "department_limit"


def test_a_refusal_by_the_hospital_frees_the_day(patient: Patient, his: FakeHis) -> None:
    his.capacity = 0
    assert patient.refusal() == "slot_full"
    his.capacity = 1
    assert patient.book(OTHER_SLOT).state == "booked"


def test_a_lost_answer_that_another_call_of_the_key_heard_is_no_doubt(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, real = Patient(ports), his.book

    def lost(**facts: Any) -> Any:
        monkeypatch.setattr(his, "book", real)
        patient.book(key="k")  # the same message in another process
        raise HisUnavailable

    monkeypatch.setattr(his, "book", lost)
    assert patient.book(key="k").state == "booked"
    assert (states(ports), his.taken(SLOT)) == (["booked"], 1)


def test_another_persons_card_cannot_be_used(ports: Ports, patient: Patient, his: FakeHis) -> None:
    thief = a_person(ports)
    with pytest.raises(NotFound):
        booking.book(ports, person_id=thief, card_ref=patient.card.ref, slot_id=SLOT, key="k")
    assert "book" not in his.asked


# -- unknown outcomes ----------------------------------------------------------------------------------------
def test_a_lost_yes_is_unknown_then_found_by_the_same_key(patient: Patient, his: FakeHis) -> None:
    his.lose_answers = 1
    assert patient.refusal(key="k") == "his_unavailable"
    assert [b.state for b in patient.mine()] == ["unknown"]
    assert patient.book(key="k").state == "booked"
    assert his.taken(SLOT) == 1


def test_the_sweep_finds_a_lost_yes(ports: Ports, patient: Patient, his: FakeHis) -> None:
    his.lose_answers = 1
    patient.refusal(key="k")
    assert booking.settle_open(ports) == 0  # too early: the call may still be on its way
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 1
        assert booking.settle_open(ports) == 0
    assert [b.state for b in patient.mine()] == ["booked"]
    assert patient.book(key="k").number == 1


def test_the_sweep_refuses_what_never_arrived_and_frees_the_day(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(his, "book", _unavailable)
        assert patient.refusal(key="k") == "his_unavailable"
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 1
    assert patient.mine() == []
    assert patient.refusal(key="k") == "his_unavailable"
    assert patient.book(key="new").state == "booked"


def test_a_crash_between_intention_and_call_is_swept(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(his, "book", _crash)
        with pytest.raises(KeyboardInterrupt):
            patient.book(key="k")
    assert [b.state for b in patient.mine()] == ["unknown"]
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 1
    assert states(ports) == ["refused"]


def test_the_sweep_waits_while_the_hospital_is_down(ports: Ports, patient: Patient, his: FakeHis) -> None:
    his.lose_answers = 1
    patient.refusal()
    his.down = True
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 0
    assert states(ports) == ["unknown"]


def test_one_answer_that_does_not_fit_does_not_stop_the_sweep(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Patient(ports), Patient(ports)
    for patient, key in ((first, "one"), (second, "two")):
        his.lose_answers = 1
        patient.refusal(key=key)
    real = his.appointment_by_key
    swapped = real("two")
    monkeypatch.setattr(his, "appointment_by_key", lambda key, **_: swapped if key == "one" else real(key))
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 1
    assert states(ports) == ["unknown", "booked"]


def test_another_patients_appointment_is_never_taken_for_mine(
    patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = his.book
    monkeypatch.setattr(his, "book", lambda **facts: replace(real(**facts), patient_id="yh.n9999"))
    assert patient.refusal() == "his_unavailable"
    assert [b.state for b in patient.mine()] == ["unknown"]
    assert "another appointment" in caplog.text


def test_a_yes_that_comes_after_our_no_is_given_back(
    ports: Ports, patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = his.book

    def slow(**facts: Any) -> Any:
        with clock.frozen(NOW + LATER):
            assert booking.settle_open(ports) == 1  # the sweep gives up on it …
        return real(**facts)  # … and then the hospital says yes

    with monkeypatch.context() as patch:
        patch.setattr(his, "book", slow)
        assert patient.refusal(key="k") == "his_unavailable"
    assert his.taken(SLOT) == 0
    assert states(ports) == ["cancelled"]


# -- cancelling ----------------------------------------------------------------------------------------------
def test_a_cancelled_number_goes_back_and_stays_cancelled(patient: Patient, his: FakeHis) -> None:
    made = patient.book()
    assert patient.cancel(made.ref).state == "cancelled"
    assert patient.cancel(made.ref, "again").state == "cancelled"
    assert (his.taken(SLOT), his.asked.count("cancel"), patient.mine()) == (0, 1, [])


def test_cancelling_ends_half_an_hour_before(patient: Patient) -> None:
    made = patient.book()
    with clock.frozen(made.start - timedelta(minutes=29, seconds=59)), pytest.raises(Refused) as failure:
        patient.cancel(made.ref)
    assert failure.value.code == "cancel_too_late"
    with clock.frozen(made.start - timedelta(minutes=30)):
        assert patient.cancel(made.ref).state == "cancelled"


def test_a_lost_cancelling_is_swept(ports: Ports, patient: Patient, his: FakeHis) -> None:
    made = patient.book()
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.cancel(made.ref)
    assert [b.state for b in patient.mine()] == ["cancelling"]
    with clock.frozen(NOW + LATER):
        assert booking.settle_open(ports) == 1
    assert booking.one(ports, person_id=patient.person_id, ref=made.ref).state == "cancelled"


def test_a_cancelling_that_the_hospital_refuses_leaves_the_booking(
    patient: Patient, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = patient.book()
    with monkeypatch.context() as patch:
        patch.setattr(his, "cancel", _refuse)
        with pytest.raises(Refused) as failure:
            patient.cancel(made.ref)
    assert failure.value.code == "not_cancellable"
    assert [b.state for b in patient.mine()] == ["booked"]


def test_what_is_not_settled_cannot_be_cancelled(patient: Patient, his: FakeHis) -> None:
    his.lose_answers = 1
    patient.refusal()
    with pytest.raises(Refused) as failure:
        patient.cancel(patient.mine()[0].ref)
    assert failure.value.code == "not_cancellable"


# -- whose is it ---------------------------------------------------------------------------------------------
def test_others_bookings_and_unknown_ones_are_one_answer(ports: Ports, patient: Patient, his: FakeHis) -> None:
    made, thief = patient.book(), a_person(ports)
    for ref in (made.ref, "b_0000000000", "", "x" * 9999):
        for call in (booking.one, lambda p, **f: booking.cancel(p, key="k", **f)):
            with pytest.raises(NotFound) as failure:
                call(ports, person_id=thief, ref=ref)
            assert failure.value.facts == {}
    assert booking.mine(ports, person_id=thief) == []
    assert his.taken(SLOT) == 1


def test_unbinding_the_card_hides_its_bookings_until_it_is_bound_again(ports: Ports, patient: Patient) -> None:
    made, who = patient.book(), someone("李雷")
    who = replace(who, id_number=_id_of(ports, patient), phone=_phone_of(ports, patient))
    cards.unbind(ports, person_id=patient.person_id, ref=patient.card.ref)
    assert patient.mine() == []
    with pytest.raises(NotFound):
        booking.one(ports, person_id=patient.person_id, ref=made.ref)
    again = a_card(ports, patient.person_id, who)
    assert [(b.ref, b.card_ref) for b in patient.mine()] == [(made.ref, again.ref)]


def test_yesterdays_bookings_are_not_listed_but_found(ports: Ports, patient: Patient) -> None:
    made = patient.book()
    with clock.frozen(NOW + timedelta(days=2)):
        assert patient.mine() == []
        assert booking.one(ports, person_id=patient.person_id, ref=made.ref).ref == made.ref


# -- races, on PostgreSQL ------------------------------------------------------------------------------------
def test_fifty_times_the_same_key_at_once_is_one_booking(postgres_ports: Ports) -> None:
    patient = Patient(postgres_ports)
    results = together(50, lambda _: patient.book(key="same"))
    assert len({result.ref for result in results}) == 1
    assert {result.state for result in results} == {"booked"}
    assert states(postgres_ports) == ["booked"]
    assert _his(postgres_ports).taken(SLOT) == 1


def test_control_without_the_unique_key_there_would_be_more(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Meeting(50).after(booking_asking.by_key)  # all have found nothing before one writes
    monkeypatch.setattr(booking_asking, "by_key", looked)
    with postgres_ports.transaction() as session:
        session.execute(sa.text("ALTER TABLE booking DROP CONSTRAINT uq_booking_key"))
        session.execute(sa.text("ALTER TABLE booking DROP CONSTRAINT uq_booking_guard"))
        session.execute(sa.text("ALTER TABLE booking DROP CONSTRAINT uq_booking_appointment_id"))
    try:
        patient = Patient(postgres_ports)
        together(50, lambda _: patient.book(key="same"))
        assert len(states(postgres_ports)) > 1
    finally:
        with postgres_ports.transaction() as session:
            session.execute(sa.text("DELETE FROM booking"))
            for column in ("key", "guard", "appointment_id"):
                session.execute(sa.text(f"ALTER TABLE booking ADD CONSTRAINT uq_booking_{column} UNIQUE ({column})"))


def test_fifty_keys_at_once_for_one_patient_and_day_are_one_booking(postgres_ports: Ports) -> None:
    hasty = {"operations_per_minute": 999, "patient_operations_per_minute": 999}
    patient = Patient(replace(postgres_ports, rules={**postgres_ports.rules, **hasty}))
    results = together(50, lambda n: patient.book(SLOT if n % 2 else OTHER_SLOT))
    codes = [result.code for result in results if isinstance(result, PeizhenError)]
    assert codes == ["department_limit"] * 49
    assert sorted(states(postgres_ports)) == ["booked"] + ["refused"] * 49


def test_the_sweep_and_a_repeated_call_settle_once(postgres_ports: Ports) -> None:
    patient = Patient(postgres_ports)
    _his(postgres_ports).lose_answers = 1
    patient.refusal(key="k")
    with clock.frozen(NOW + LATER):
        settled = together(10, lambda n: booking.settle_open(postgres_ports) if n % 2 else patient.book(key="k"))
    assert not [result for result in settled if isinstance(result, Exception)]
    with postgres_ports.transaction() as session:
        booked = session.scalar(sa.text("SELECT count(*) FROM audit WHERE action = 'booking.book'"))
    assert (states(postgres_ports), booked) == (["booked"], 1)


def _his(ports: Ports) -> FakeHis:
    assert isinstance(ports.his, FakeHis)
    return ports.his


def _unavailable(**_: Any) -> Any:
    raise HisUnavailable


def _refuse(**_: Any) -> Any:
    raise HisRefused("not_cancellable")


def _crash(**_: Any) -> Any:
    raise KeyboardInterrupt


def _id_of(ports: Ports, patient: Patient) -> str:
    return ports.his.patient(patient.card.patient_id).id_number


def _phone_of(ports: Ports, patient: Patient) -> str:
    return ports.his.patient(patient.card.patient_id).phone
