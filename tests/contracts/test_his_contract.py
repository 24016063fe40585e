"""What every adapter of HisPort must do. A new hospital is ready when this passes against it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded.identity import check_digit
from bot.his.port import EVERY_PART, Appointment, CardKind, Change, Report, Slot, hospital_of
from tests.contracts.conftest import MONDAY, NOW, World

TUESDAY = MONDAY + timedelta(days=1)
STANDARD = set(
    "心血管内科 呼吸内科 消化内科 神经内科 内分泌科 肾内科 血液科 风湿免疫科 感染科 肿瘤科 普外科 骨科 "
    "泌尿外科 神经外科 胸外科 肝胆外科 肛肠科 乳腺外科 甲状腺外科 血管外科 整形外科 妇科 产科 儿科 眼科 "
    "耳鼻咽喉科 口腔科 皮肤科 男科 精神心理科 中医科 康复科 疼痛科 急诊科 全科医学科 营养科".split()
)


def _number(area: str = "330106", born: str = "19900101", order: str = "123") -> str:
    first = area + born + order
    return first + check_digit(first)


def _refused(code: str) -> pytest.RaisesContext[HisRefused]:
    return pytest.raises(HisRefused, match=f"^{code}$")


# --- Who and where


def test_the_directory_holds_together(world: World) -> None:
    hospitals, departments, doctors = world.his.hospitals(), world.his.departments(), world.his.doctors()
    ids = [department.id for department in departments]
    assert len(set(ids)) == len(ids)
    assert {hospital_of(each.id) for each in [*departments, *doctors]} == {hospital.id for hospital in hospitals}
    assert {doctor.department_id for doctor in doctors} <= set(ids)
    assert {each.standard_name for each in departments if each.standard_name} <= STANDARD
    assert all(doctor.fee_fen >= 0 and doctor.name for doctor in doctors)
    assert all(hospital.name and hospital.emergency_phone for hospital in hospitals)


def test_a_hospital_says_what_it_offers_beside_the_core(world: World) -> None:
    assert {hospital.offers for hospital in world.his.hospitals()} == {EVERY_PART}


def test_departments_are_a_tree_inside_their_hospital(world: World) -> None:
    known = {department.id: department for department in world.his.departments()}
    below = [department for department in known.values() if department.parent_id]
    assert below
    for department in below:
        above = known[str(department.parent_id)]
        assert hospital_of(above.id) == hospital_of(department.id)
        assert above.parent_id != department.id
    assert len({department.campus for department in known.values()}) > 1


def test_prices_are_found_by_part_of_the_name_shortest_first(world: World) -> None:
    found = world.his.prices(text="头颅")
    assert len(found) > 2
    assert all("头颅" in price.name for price in found)
    assert [len(price.name) for price in found] == sorted(len(price.name) for price in found)


def test_prices_keep_to_kind_and_limit(world: World) -> None:
    assert {price.kind for price in world.his.prices(text="片", kind="drug", limit=5)} == {"drug"}
    assert len(world.his.prices(text="片", kind="drug", limit=5)) == 5
    first = world.his.prices(text="", limit=3)
    assert [price.name for price in first] == sorted(price.name for price in first)


@pytest.mark.parametrize("text", ["%", "_", "不存在的药", "'; DROP TABLE his_price; --", "\x00\ud800"])
def test_a_strange_price_query_is_only_a_text(world: World, text: str) -> None:
    assert all(text in price.name for price in world.his.prices(text=text)) or text == "\x00\ud800"
    assert world.his.prices(text="血常规")


# --- Slots


def test_slots_lie_ahead_inside_the_days_and_in_order(world: World) -> None:
    found = world.his.slots(first=MONDAY, last=TUESDAY)
    assert {slot.day for slot in found} == {MONDAY, TUESDAY}
    assert all(slot.start > NOW and clock.local(slot.start).date() == slot.day for slot in found)
    assert all(0 <= slot.left <= slot.capacity and slot.end - slot.start == timedelta(minutes=30) for slot in found)
    assert [(slot.start, slot.doctor_id) for slot in found] == sorted((slot.start, slot.doctor_id) for slot in found)
    assert any(slot.left == 0 for slot in found)
    assert any(slot.left > 0 for slot in found)


def test_slots_are_narrowed_by_department_and_doctor(world: World) -> None:
    one = world.free()
    of_department = world.his.slots(first=TUESDAY, last=TUESDAY, department_id=one.department_id)
    of_doctor = world.his.slots(first=TUESDAY, last=TUESDAY, doctor_id=one.doctor_id)
    assert {slot.department_id for slot in of_department} == {one.department_id}
    assert {slot.doctor_id for slot in of_doctor} == {one.doctor_id}
    assert world.his.slots(first=TUESDAY, last=TUESDAY, doctor_id="yh.nobody") == []
    assert world.his.slots(first=TUESDAY, last=MONDAY) == []


def test_a_slot_costs_what_its_doctor_costs(world: World) -> None:
    fees = {doctor.id: (doctor.fee_fen, doctor.department_id) for doctor in world.his.doctors()}
    for slot in world.his.slots(first=TUESDAY, last=TUESDAY):
        assert (slot.fee_fen, slot.department_id) == fees[slot.doctor_id]


def test_one_slot_is_the_listed_one(world: World) -> None:
    one = world.free()
    assert world.his.slot(one.id) == one
    with _refused("not_found"):
        world.his.slot("yh.t-nowhere")


# --- Patients


def test_a_patient_is_found_when_name_number_and_phone_agree(world: World) -> None:
    one = world.patient()
    assert world.his.patient(one.id) == one
    assert one.id_number[6:14] == f"{one.birth_date:%Y%m%d}"
    assert one.sex == ("m" if int(one.id_number[16]) % 2 else "f")


def test_a_lower_x_is_the_same_number(world: World) -> None:
    people = (world.patient() for _ in range(60))
    one = next(person for person in people if person.id_number.endswith("X"))
    found = world.his.find_patient(name=one.name, id_number=one.id_number.lower(), phone=one.phone)
    assert found == one


def test_an_unknown_number_is_nobody_and_a_wrong_name_or_phone_a_mismatch(world: World) -> None:
    one = world.patient()
    assert world.his.find_patient(name=one.name, id_number=_number(order="001"), phone=one.phone) is None
    with _refused("card_mismatch"):
        world.his.find_patient(name="别人", id_number=one.id_number, phone=one.phone)
    with _refused("card_mismatch"):
        world.his.find_patient(name=one.name, id_number=one.id_number, phone="13900009999")


def test_an_unknown_patient_is_not_found(world: World) -> None:
    with _refused("not_found"):
        world.his.patient("yh.p-nobody")


def test_somebody_new_gets_one_card_per_key(world: World) -> None:
    person = {"name": "新来的", "id_number": _number(), "phone": "13900001111"}
    made = world.his.register_patient(**person, key="r1")
    assert world.his.register_patient(**person, key="r1") == made
    assert world.his.register_patient(**person, key="r2") == made
    assert world.his.find_patient(**person) == made
    assert made.birth_date == date(1990, 1, 1)
    assert made.sex == "m"
    assert made.card_no
    assert made.card_kind == "self_pay"


@pytest.mark.parametrize("kind", ["self_pay", "city_insurance", "province_insurance", "rural_insurance", "other"])
def test_a_card_has_the_kind_it_was_opened_with(world: World, kind: CardKind) -> None:
    person = {"name": "新来的", "id_number": _number(), "phone": "13900001111"}
    made = world.his.register_patient(**person, key="k1", card_kind=kind)
    assert made.card_kind == kind
    assert world.his.patient(made.id).card_kind == kind
    assert world.his.register_patient(**person, key="k2", card_kind="other").card_kind == kind


def test_the_hospital_knows_cards_of_several_kinds(world: World) -> None:
    kinds = {world.patient().card_kind for _ in range(60)}
    assert {"self_pay", "city_insurance"} <= kinds
    assert len(kinds) >= 4


def test_a_card_is_not_opened_for_a_wrong_or_taken_number(world: World) -> None:
    one = world.patient()
    good = _number()
    for bad in (
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        "123",
        _number(born="19901301"),
        _number(born="21000101"),
    ):
        with _refused("bad_id_number"):
            world.his.register_patient(
                name="新来的", id_number=bad, phone="13900001111", key=f"bad {bad}".replace(" ", "-")
            )
    with _refused("card_mismatch"):
        world.his.register_patient(name="别人", id_number=one.id_number, phone=one.phone, key="taken")


def test_a_key_opens_no_second_card(world: World) -> None:
    world.his.register_patient(name="新来的", id_number=_number(), phone="13900001111", key="r1")
    with _refused("conflict"):
        world.his.register_patient(name="另一位", id_number=_number(order="125"), phone="13900001112", key="r1")


# --- Booking


def test_a_booking_takes_one_place_and_says_where(world: World) -> None:
    slot, patient = world.free(), world.patient()
    booked = world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1")
    assert world.his.slot(slot.id).left == slot.left - 1
    given = (
        booked.slot_id,
        booked.session_id,
        booked.doctor_id,
        booked.department_id,
        booked.room,
        booked.fee_fen,
    )
    assert given == (slot.id, slot.session_id, slot.doctor_id, slot.department_id, slot.room, slot.fee_fen)
    assert (booked.patient_id, booked.day, booked.start) == (patient.id, slot.day, slot.start)
    assert (booked.key, booked.state) == ("b1", "booked")


def test_the_same_key_is_the_same_appointment(world: World) -> None:
    slot, patient = world.free(left=2), world.patient()
    first = world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1")
    assert world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1") == first
    assert world.his.slot(slot.id).left == slot.left - 1
    assert world.his.appointment_by_key("b1") == first
    assert world.his.appointment_by_key("b2") is None


def test_a_key_cannot_be_used_for_something_else(world: World) -> None:
    slot, patient, other = world.free(left=2), world.patient(), world.patient()
    world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1")
    with _refused("conflict"):
        world.his.book(slot_id=slot.id, patient_id=other.id, key="b1")


def test_numbers_count_within_the_half_day_in_the_order_of_slots(world: World) -> None:
    day = world.his.slots(first=TUESDAY, last=TUESDAY)
    one = next(slot for slot in day if slot.left > 1 and _next_in_session(slot, day) is not None)
    later = _next_in_session(one, day)
    assert later is not None
    first = world.his.book(slot_id=one.id, patient_id=world.patient().id, key="b1")
    second = world.his.book(slot_id=one.id, patient_id=world.patient().id, key="b2")
    third = world.his.book(slot_id=later.id, patient_id=world.patient().id, key="b3")
    before = sum(slot.capacity for slot in day if slot.session_id == one.session_id and slot.start < one.start)
    assert before < first.number < second.number <= before + one.capacity < third.number


def _next_in_session(slot: Slot, day: list[Slot]) -> Slot | None:
    after = (other for other in day if other.session_id == slot.session_id and other.start == slot.end)
    return next((other for other in after if other.left > 0), None)


def test_one_number_per_patient_department_and_day(world: World) -> None:
    slot, patient = world.free(), world.patient()
    world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1")
    same_day = world.free(department_id=slot.department_id)
    with _refused("already_booked"):
        world.his.book(slot_id=same_day.id, patient_id=patient.id, key="b2")
    next_day = world.free(day=TUESDAY + timedelta(days=1), department_id=slot.department_id)
    elsewhere = next(
        s for s in world.his.slots(first=TUESDAY, last=TUESDAY) if s.department_id != slot.department_id and s.left
    )
    assert world.his.book(slot_id=next_day.id, patient_id=patient.id, key="b3").state == "booked"
    assert world.his.book(slot_id=elsewhere.id, patient_id=patient.id, key="b4").state == "booked"


def test_a_full_slot_is_full(world: World) -> None:
    full = next(slot for slot in world.his.slots(first=TUESDAY, last=TUESDAY) if slot.left == 0)
    with _refused("slot_full"):
        world.his.book(slot_id=full.id, patient_id=world.patient().id, key="b1")
    assert world.his.appointment_by_key("b1") is None


def test_a_slot_that_began_is_past(world: World) -> None:
    slot, patient = world.free(day=MONDAY), world.patient()
    with clock.frozen(slot.start), _refused("slot_past"):
        world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1")


def test_a_stopped_clinic_is_closed_and_not_offered(world: World) -> None:
    slot, patient = world.free(), world.patient()
    world.office.close_session(session_id=slot.session_id, key="c1")
    with _refused("slot_closed"):
        world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1")
    assert not slot.closed
    stopped = world.his.slot(slot.id)
    assert (stopped.closed, stopped.left) == (True, 0)
    offered = world.his.slots(first=TUESDAY, last=TUESDAY, doctor_id=slot.doctor_id)
    assert slot.session_id not in {each.session_id for each in offered}


def test_unknown_slots_and_patients_cannot_be_booked(world: World) -> None:
    with _refused("not_found"):
        world.his.book(slot_id="yh.t-nowhere", patient_id=world.patient().id, key="b1")
    with _refused("not_found"):
        world.his.book(slot_id=world.free().id, patient_id="yh.p-nobody", key="b2")


def test_eight_at_once_with_one_key_get_one_appointment(world: World) -> None:
    slot, patient = world.free(), world.patient()
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(world.his.book, slot_id=slot.id, patient_id=patient.id, key="b1") for _ in range(8)]
    assert len({call.result() for call in calls}) == 1
    assert world.his.slot(slot.id).left == slot.left - 1


# --- Cancelling


def test_a_cancelled_place_is_free_again_and_can_be_booked_again(world: World) -> None:
    slot, patient = world.free(), world.patient()
    booked = world.his.book(slot_id=slot.id, patient_id=patient.id, key="b1")
    freed = world.his.cancel(appointment_id=booked.id, key="c1")
    assert freed == replace(booked, state="cancelled")
    assert world.his.slot(slot.id).left == slot.left
    again = world.his.book(slot_id=slot.id, patient_id=patient.id, key="b2")
    assert again.number == booked.number
    assert again.id != booked.id


def test_cancelling_twice_is_one_cancel(world: World) -> None:
    slot = world.free()
    booked = world.his.book(slot_id=slot.id, patient_id=world.patient().id, key="b1")
    first = world.his.cancel(appointment_id=booked.id, key="c1")
    assert world.his.cancel(appointment_id=booked.id, key="c2") == first
    assert world.his.slot(slot.id).left == slot.left
    assert world.his.appointment_by_key("b1") == first


def test_what_has_begun_cannot_be_cancelled(world: World) -> None:
    slot = world.free(day=MONDAY)
    booked = world.his.book(slot_id=slot.id, patient_id=world.patient().id, key="b1")
    with clock.frozen(slot.start), _refused("not_cancellable"):
        world.his.cancel(appointment_id=booked.id, key="c1")
    with _refused("not_found"):
        world.his.cancel(appointment_id="yh.a-nothing", key="c2")


def test_appointments_come_newest_day_first(world: World) -> None:
    patient = world.patient()
    made: list[Appointment] = []
    for ahead in (1, 3, 2):
        slot = world.free(day=MONDAY + timedelta(days=ahead))
        made.append(world.his.book(slot_id=slot.id, patient_id=patient.id, key=f"b{ahead}"))
    listed = world.his.appointments(patient.id)
    assert listed == sorted(made, key=lambda appointment: appointment.day, reverse=True)
    assert world.his.appointments("yh.p-nobody") == []


# --- The queue


def test_the_queue_moves_with_each_call_and_counts_who_waits_before(world: World) -> None:
    slot = world.free(day=MONDAY)
    mine = world.his.book(slot_id=slot.id, patient_id=world.patient().id, key="b1")
    before = world.his.queue(mine.id)
    assert (before.number, before.state, before.room) == (mine.number, mine.state, mine.room)
    assert 0 <= before.minutes_low <= before.minutes_high
    called = world.his.call_next(session_id=mine.session_id, key="n1")
    after = world.his.queue(mine.id)
    assert after.calling == called.calling
    assert after.ahead == max(before.ahead - 1, 0)


def test_the_same_key_calls_once(world: World) -> None:
    session = next(each for each in world.his.sessions(MONDAY) if each.start <= NOW < each.end and each.waiting > 2)
    once = world.his.call_next(session_id=session.id, key="n1")
    assert once.waiting == session.waiting - 1
    assert world.his.call_next(session_id=session.id, key="n1") == once
    assert world.his.call_next(session_id=session.id, key="n2").waiting == session.waiting - 2


def test_a_visit_goes_from_booked_to_done(world: World) -> None:
    slot = next(s for s in world.his.slots(first=MONDAY, last=MONDAY) if clock.local(s.start).hour == 13 and s.left)
    mine = world.his.book(slot_id=slot.id, patient_id=world.patient().id, key="b1")
    assert world.his.queue(mine.id).state == "booked"
    assert world.his.queue(mine.id).calling is None
    with clock.frozen(slot.start + timedelta(minutes=1)):
        assert world.his.check_in(appointment_id=mine.id, key="here").state == "waiting"
        _call_until(world, mine)
        inside = world.his.queue(mine.id)
        assert (inside.state, inside.calling, inside.ahead) == ("called", mine.number, 0)
        assert (inside.minutes_low, inside.minutes_high) == (0, 0)
        with _refused("not_cancellable"):
            world.his.cancel(appointment_id=mine.id, key="c1")
        world.his.call_next(session_id=mine.session_id, key="after")
        assert world.his.queue(mine.id).state == "done"


def _call_until(world: World, mine: Appointment) -> None:
    for step in range(mine.number + 1):
        if world.his.call_next(session_id=mine.session_id, key=f"step-{step}").calling == mine.number:
            return


def test_who_was_never_called_has_missed_it_the_next_day(world: World) -> None:
    slot = world.free(day=MONDAY)
    mine = world.his.book(slot_id=slot.id, patient_id=world.patient().id, key="b1")
    with clock.frozen(NOW + timedelta(days=1)):
        assert world.his.queue(mine.id).state == "missed"
        assert world.his.appointments(mine.patient_id)[0].state == "missed"


def test_sessions_are_the_half_days_of_the_slots(world: World) -> None:
    sessions = {session.id: session for session in world.his.sessions(TUESDAY)}
    slots = world.his.slots(first=TUESDAY, last=TUESDAY)
    assert {slot.session_id for slot in slots} == set(sessions)
    for slot in slots:
        session = sessions[slot.session_id]
        assert session.start <= slot.start < slot.end <= session.end
        assert (session.doctor_id, session.room, session.calling) == (slot.doctor_id, slot.room, None)


def test_only_todays_open_half_days_can_be_called(world: World) -> None:
    tomorrow = world.his.sessions(TUESDAY)[0]
    with _refused("slot_closed"):
        world.his.call_next(session_id=tomorrow.id, key="n1")
    with _refused("not_found"):
        world.his.call_next(session_id="yh.s-nowhere", key="n2")
    with _refused("not_found"):
        world.his.queue("yh.a-nothing")


# --- Reports


def test_the_list_of_reports_is_newest_first_and_holds_no_results(world: World) -> None:
    patient = world.patient()
    listed = world.his.reports(patient.id, since=date(2023, 11, 23))
    assert len(listed) > 3
    assert {report.patient_id for report in listed} == {patient.id}
    assert all(not report.items and not report.finding and not report.impression for report in listed)
    assert [report.ordered_at for report in listed] == sorted((r.ordered_at for r in listed), reverse=True)
    assert world.his.reports("yh.p-nobody", since=date(2023, 11, 23)) == []


def test_since_is_a_hospital_day(world: World) -> None:
    patient = world.patient()
    listed = world.his.reports(patient.id, since=date(2023, 11, 23))
    since = clock.local(listed[2].ordered_at).date()
    recent = world.his.reports(patient.id, since=since)
    assert recent == [report for report in listed if clock.local(report.ordered_at).date() >= since]


def test_a_ready_report_is_whole(world: World) -> None:
    patient = world.patient()
    listed = world.his.reports(patient.id, since=date(2023, 11, 23))
    lab = next(report for report in listed if report.kind == "lab" and report.ready_at)
    whole = world.his.report(patient_id=patient.id, report_id=lab.id)
    assert replace(whole, items=()) == lab
    assert all(line.value and line.name for line in whole.items)
    image = next(report for report in listed if report.kind == "imaging" and report.ready_at)
    assert world.his.report(patient_id=patient.id, report_id=image.id).impression


def test_a_report_that_is_not_ready_says_when_and_nothing_else(world: World) -> None:
    patient = world.patient()
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 11, 0))):
        pending = next(r for r in world.his.reports(patient.id, since=MONDAY) if r.ready_at is None and r.kind == "lab")
        closed = world.his.report(patient_id=patient.id, report_id=pending.id)
        assert closed.expected_at is not None
        assert (closed.ready_at, closed.items, closed.finding) == (None, (), "")
    with clock.frozen(closed.expected_at + timedelta(minutes=30)):
        ready = world.his.report(patient_id=patient.id, report_id=pending.id)
        assert ready.ready_at is not None
        assert ready.items


def test_another_patients_report_does_not_exist(world: World) -> None:
    one, other = world.patient(), world.patient()
    report = world.his.reports(one.id, since=date(2023, 11, 23))[-1]
    with _refused("not_found"):
        world.his.report(patient_id=other.id, report_id=report.id)
    with _refused("not_found"):
        world.his.report(patient_id=one.id, report_id="yh.r-nothing")


def test_a_section_is_preliminary_until_a_second_doctor_has_read_it(world: World) -> None:
    people = [world.patient() for _ in range(60)]
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 16, 20))):
        found = [r for each in people for r in world.his.reports(each.id, since=MONDAY) if r.status == "preliminary"]
        early = world.his.report(patient_id=found[0].patient_id, report_id=found[0].id)
        assert early.ready_at is not None
        assert early.impression
    with clock.frozen(clock.utc(datetime(2026, 11, 24, 8, 0))):
        late = world.his.report(patient_id=early.patient_id, report_id=early.id)
        assert late.status == "final"
        assert late.impression.startswith(early.impression.rstrip("。"))
    assert [change.id for change in _news_of(world, early.id, datetime(2026, 11, 24, 8, 0))] == [
        f"{early.id}:ready",
        f"{early.id}:final",
    ]


def test_a_critical_result_says_so_and_keeps_the_moment_of_its_release(world: World) -> None:
    held = _critical(world)
    whole = world.his.report(patient_id=held.patient_id, report_id=held.id)
    assert {line.flag for line in whole.items} & {"HH", "LL"}
    assert (held.critical, held.released_at) == (True, None)
    world.office.release(held.id)
    with clock.frozen(NOW + timedelta(hours=1)):
        world.office.release(held.id)
        assert world.his.report(patient_id=held.patient_id, report_id=held.id).released_at == NOW
        assert [change.id for change in _news_of(world, held.id)][-1] == f"{held.id}:released"
    with _refused("not_found"):
        world.office.release("yh.r-nothing")


def test_a_range_line_is_critical_only_beyond_its_own_limit(world: World) -> None:
    held = _critical(world)
    for line in world.his.report(patient_id=held.patient_id, report_id=held.id).items:
        outside = line.low is not None and line.high is not None and not line.low <= float(line.value) <= line.high
        assert (line.flag[0] in "HL") == outside
    calm = [r for r in world.his.reports(held.patient_id, since=date(2023, 11, 23)) if r.ready_at and not r.critical]
    whole = world.his.report(patient_id=held.patient_id, report_id=calm[0].id)
    assert {line.flag for line in whole.items} <= {"H", "L", "N", ""}


def _critical(world: World) -> Report:
    """A critical report of somebody that no doctor has released yet."""
    for _ in range(60):
        patient = world.patient()
        for report in world.his.reports(patient.id, since=MONDAY - timedelta(days=9)):
            if report.critical and report.released_at is None:
                return report
    raise AssertionError("nobody has a critical report")


# --- Prescriptions and bills


def test_prescriptions_are_whole_and_newest_first(world: World) -> None:
    patient = world.patient()
    found = world.his.prescriptions(patient.id, since=date(2023, 11, 23))
    assert len(found) > 3
    assert {each.patient_id for each in found} == {patient.id}
    assert [each.ordered_at for each in found] == sorted((each.ordered_at for each in found), reverse=True)
    assert all(item.name and item.quantity > 0 and item.usage for each in found for item in each.items)
    since = clock.local(found[1].ordered_at).date()
    assert world.his.prescriptions(patient.id, since=since) == found[:2]
    assert world.his.prescriptions("yh.p-nobody", since=date(2023, 11, 23)) == []


def test_bills_add_up_and_are_newest_first(world: World) -> None:
    patient = world.patient()
    found = world.his.bills(patient.id, since=date(2023, 11, 23))
    assert len(found) > 3
    assert {each.patient_id for each in found} == {patient.id}
    assert all(each.items and each.fen == sum(item.fen for item in each.items) for each in found)
    assert [each.made_at for each in found] == sorted((each.made_at for each in found), reverse=True)
    assert {each.state for each in found} <= {"open", "paid", "refunded"}
    assert world.his.bills("yh.p-nobody", since=date(2023, 11, 23)) == []


# --- Changes


def test_changes_come_oldest_first_and_as_often_as_asked(world: World) -> None:
    begin = NOW - timedelta(days=2)
    found = world.his.changes(since=begin)
    assert found == world.his.changes(since=begin)
    assert [change.at for change in found] == sorted(change.at for change in found)
    assert len({change.id for change in found}) == len(found)
    news = [change for change in found if change.kind == "report_ready"]
    assert news
    assert all(begin <= change.at <= NOW and change.patient_id for change in news)
    each_alone = [world.his.changes(since=begin, hospital_id=hospital.id) for hospital in world.his.hospitals()]
    assert sorted((c for own in each_alone for c in own), key=lambda c: c.id) == sorted(found, key=lambda c: c.id)
    again = world.his.changes(since=news[-1].at)
    assert news[-1] in again
    assert news[0] not in again


def test_a_report_is_news_the_moment_it_is_ready(world: World) -> None:
    patient = world.patient()
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 11, 0))):
        pending = next(r for r in world.his.reports(patient.id, since=MONDAY) if r.ready_at is None and r.kind == "lab")
    assert _news_of(world, pending.id) == []
    [news] = _news_of(world, pending.id, datetime(2026, 11, 23, 20, 0))
    assert (news.kind, news.subject_id, news.patient_id) == ("report_ready", pending.id, patient.id)


def _news_of(world: World, report_id: str, at: datetime | None = None) -> list[Change]:
    """Changes about one report as they stand at `at` (Asia/Shanghai), or now."""
    with clock.frozen(clock.now() if at is None else clock.utc(at)):
        return [change for change in world.his.changes(since=NOW - timedelta(days=9)) if change.subject_id == report_id]
