"""A place that comes free goes to the first in line, once, in time, and by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.errors import BadInput, HisUnavailable, NotFound, PeizhenError
from bot.ports import Ports
from bot.services import booking, cards, choices, waitlist, waitlist_filling
from tests.factories import NOW, FakeHis, a_person, together
from tests.races import Doorway
from tests.services.lines import DOCTOR, SLOT, TUESDAY, Waiting, booked, delivered, due, offered, sold_out, waits

HALF_HOUR = timedelta(minutes=30)
NIGHT = clock.utc(datetime(2026, 11, 23, 23, 0))


def tick(ports: Ports) -> int:
    return waitlist_filling.tick(ports)


def refusal(call: Any) -> str:
    with pytest.raises(PeizhenError) as failure:
        call()
    return failure.value.code


# -- joining -------------------------------------------------------------------------------------------------
def test_the_line_goes_by_who_came_first(ports: Ports) -> None:
    assert [Waiting(ports).join().ahead for _ in range(3)] == [0, 1, 2]


def test_ahead_are_only_those_who_want_the_same_places(ports: Ports) -> None:
    Waiting(ports).join(doctor_id="yh.p02")
    Waiting(ports).join(period="pm")
    assert Waiting(ports).join(doctor_id=DOCTOR, period="am").ahead == 0
    assert Waiting(ports).join().ahead == 3


def test_the_same_key_is_the_same_place_in_line(ports: Ports) -> None:
    who = Waiting(ports)
    assert who.join(key="k") == who.join(key="k")
    assert waits(ports) == ["waiting"]


def test_one_entry_a_patient_department_and_day(ports: Ports) -> None:
    who = Waiting(ports)
    who.join()
    assert refusal(lambda: who.join(doctor_id=DOCTOR)) == "waiting_already"
    who.join(day=TUESDAY + timedelta(days=1))
    who.join(department_id="yh.d02")
    assert refusal(lambda: who.join(day=TUESDAY + timedelta(days=2))) == "wait_limit"


def test_who_has_a_number_of_that_day_needs_no_line(ports: Ports) -> None:
    who = Waiting(ports)
    who.book()
    assert refusal(who.join) == "department_limit"


def test_days_departments_and_cards_that_cannot_be_waited_for(ports: Ports) -> None:
    who = Waiting(ports)
    for day in (TUESDAY - timedelta(days=2), TUESDAY + timedelta(days=30)):
        with pytest.raises(BadInput):
            who.join(day=day)
    for facts in ({"department_id": "yh.x"}, {"doctor_id": "yh.p03"}, {"card_ref": "c_0000000000"}):
        with pytest.raises(NotFound):
            who.join(**facts)
    assert waits(ports) == []


def test_who_left_is_out_and_may_come_again_at_the_end(ports: Ports) -> None:
    first, second = Waiting(ports), Waiting(ports)
    mine = first.join()
    second.join()
    assert waitlist.leave(ports, person_id=first.person_id, ref=mine.ref).state == "left"
    assert waitlist.leave(ports, person_id=first.person_id, ref=mine.ref).state == "left"
    assert first.join().ahead == 1


def test_entries_of_others_are_not_found(ports: Ports) -> None:
    ref = Waiting(ports).join().ref
    for call in (waitlist.one, waitlist.leave):
        with pytest.raises(NotFound):
            call(ports, person_id=a_person(ports), ref=ref)


# -- a place comes free --------------------------------------------------------------------------------------
def test_a_place_given_back_is_kept_for_the_first_and_becomes_his_booking(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    first, second = Waiting(ports, "李雷"), Waiting(ports, "韩梅梅")
    first.join()
    second.join()
    assert tick(ports) == 0
    holder.cancel(made)
    assert tick(ports) == 1
    assert tick(ports) == 0
    assert (first.offer() is not None, second.offer()) == (True, None)
    got = first.accept()
    assert (got.state, got.day, got.doctor_name) == ("booked", TUESDAY, "陈建国")
    assert first.mine() == [got]
    assert (waits(ports), offered(ports)) == (["filled", "waiting"], ["accepted"])
    assert (his.taken(SLOT), booked(ports)) == (1, 1)


def test_accepting_twice_is_once(ports: Ports) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    tick(ports)
    ref = str(who.offer())
    assert who.accept(ref) == who.accept(ref)
    assert booked(ports) == 1


@pytest.mark.parametrize("how", ["lapses", "declined", "left"])
def test_what_is_not_taken_goes_to_the_next(ports: Ports, his: FakeHis, how: str) -> None:
    holder, made = sold_out(ports)
    first, second = Waiting(ports), Waiting(ports)
    mine = first.join()
    second.join()
    holder.cancel(made)
    tick(ports)
    ref = str(first.offer())
    later = NOW + HALF_HOUR if how == "lapses" else NOW
    if how == "declined":
        first.decline(ref)
    elif how == "left":
        waitlist.leave(ports, person_id=first.person_id, ref=mine.ref)
    with clock.frozen(later):
        assert tick(ports) == 1
        assert refusal(lambda: first.accept(ref)) == "place_gone"
        assert second.accept().state == "booked"
    assert offered(ports) == ["ended", "accepted"]
    assert waits(ports) == ["lapsed" if how == "lapses" else "left", "filled"]
    assert (his.taken(SLOT), booked(ports)) == (1, 1)


def test_an_offer_that_is_over_cannot_be_taken_even_before_the_jobs_saw_it(ports: Ports) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    tick(ports)
    with clock.frozen(NOW + HALF_HOUR):
        assert refusal(who.accept) == "place_gone"
    with clock.frozen(NOW + HALF_HOUR - timedelta(seconds=1)):
        assert who.accept().state == "booked"


def test_only_places_that_suit_are_offered(ports: Ports) -> None:
    holder, made = sold_out(ports)
    afternoon, colleague, any_ = Waiting(ports), Waiting(ports), Waiting(ports)
    afternoon.join(period="pm")
    colleague.join(doctor_id="yh.p02")
    any_.join(doctor_id=DOCTOR, period="am")
    holder.cancel(made)
    assert tick(ports) == 1
    assert [w.offer() is not None for w in (afternoon, colleague, any_)] == [False, False, True]


def test_a_patient_who_got_a_number_elsewhere_gives_his_turn_away(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    first, second = Waiting(ports), Waiting(ports)
    first.join()
    second.join()
    holder.cancel(made)
    patient = his.find_patient  # the desk books the first one into the other half hour of the same clinic
    assert patient
    his.capacity = 2
    with ports.transaction() as session:
        patient_id = session.scalar(sa.text("SELECT patient_id FROM wait ORDER BY id"))
    his.book(slot_id="yh.s01-20261124-0930", patient_id=patient_id, key="desk")
    his.capacity = 1
    tick(ports)
    tick(ports)
    assert waits(ports) == ["over", "offered"]


def test_an_entry_ends_with_its_card_and_with_its_day(ports: Ports) -> None:
    sold_out(ports)
    unbound, late = Waiting(ports), Waiting(ports)
    unbound.join()
    late.join()
    cards.unbind(ports, person_id=unbound.person_id, ref=unbound.card.ref)
    tick(ports)
    with clock.frozen(NOW + timedelta(days=2)):
        tick(ports)
    assert waits(ports) == ["over", "over"]


# -- when ----------------------------------------------------------------------------------------------------
def test_the_deadline_leaves_time_to_get_there(ports: Ports) -> None:
    at = {minutes: waitlist_filling.deadline(ports, NOW + timedelta(minutes=minutes)) for minutes in (300, 80, 69, 10)}
    assert at == {300: NOW + HALF_HOUR, 80: NOW + timedelta(minutes=20), 69: None, 10: None}


def test_at_night_nobody_is_woken_and_the_time_counts_from_the_morning(ports: Ports) -> None:
    holder, made = sold_out(ports, "yh.s01-20261124-1400")
    who = Waiting(ports)
    who.join()
    with clock.frozen(NIGHT):
        holder.cancel(made)
        assert tick(ports) == 0  # longer than the hospital keeps a place
    morning = clock.utc(datetime(2026, 11, 24, 7, 0))
    with clock.frozen(morning - timedelta(hours=3)):
        assert tick(ports) == 1
        assert delivered(ports) == []
        assert who.offer() is not None
    assert due(ports) == [("wait_offer", morning, morning + HALF_HOUR)]
    with clock.frozen(morning + timedelta(minutes=29)):
        assert who.accept().state == "booked"


def test_the_push_says_what_when_and_until(ports: Ports) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    tick(ports)
    [reply] = delivered(ports)
    assert "骨科 陈建国" in reply["text"] and "11月24日 周二 09:00" in reply["text"] and "09:00前" in reply["text"]
    labels = {choice["label"]: choice["id"] for choice in reply["choices"]}
    assert list(labels) == ["接受", "让给下一位"]
    for text, menu_id in (("接受", labels["接受"]), ("接受", ""), ("1", "")):
        picked = choices.pick(ports, person_id=who.person_id, text=text, menu_id=menu_id)
        assert picked == f'/take_place{{"value": "{who.offer()}"}}'
    assert choices.pick(ports, person_id=a_person(ports), text="接受", menu_id=labels["接受"]) is None


def test_a_push_names_no_department_that_tells_too_much(ports: Ports) -> None:
    ports = replace(ports, rules={**ports.rules, "sensitive_departments": ["骨"]})
    holder, made = sold_out(ports)
    Waiting(ports).join()
    holder.cancel(made)
    tick(ports)
    [reply] = delivered(ports)
    assert "骨科" not in reply["text"] and "门诊" in reply["text"]


def test_a_push_of_an_offer_that_is_over_is_not_sent(ports: Ports) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    tick(ports)
    who.decline()
    assert delivered(ports) == []


# -- the hospital's answers get lost -------------------------------------------------------------------------
def test_a_lost_hold_is_found_again_and_the_line_keeps_its_order(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    first, second = Waiting(ports), Waiting(ports)
    first.join()
    second.join()
    holder.cancel(made)
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        tick(ports)
    assert tick(ports) == 0
    with clock.frozen(NOW + timedelta(minutes=4)):
        tick(ports)
        assert first.accept().state == "booked"
    assert waits(ports) == ["filled", "waiting"]
    assert his.taken(SLOT) == 1


def test_a_lost_confirmation_is_settled_by_the_sweep(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    tick(ports)
    his.lose_answers = 1
    assert refusal(who.accept) == "his_unavailable"
    with clock.frozen(NOW + timedelta(minutes=10)):
        assert booking.settle_open(ports) == 1
        tick(ports)
        tick(ports)
        told = [reply["text"] for reply in delivered(ports) if "挂好了" in reply["text"]]
    assert len(told) == 1
    assert ([b.state for b in who.mine()], offered(ports), waits(ports)) == (["booked"], ["accepted"], ["filled"])


def test_a_confirmation_that_never_arrived_is_made_again(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    tick(ports)
    with monkeypatch.context() as patch:
        patch.setattr(his, "confirm", _unavailable)
        assert refusal(who.accept) == "his_unavailable"
    with clock.frozen(NOW + timedelta(minutes=10)):
        assert booking.settle_open(ports) == 1
    assert [b.state for b in who.mine()] == ["booked"]
    assert his.appointment_by_key(_key(ports)).state == "booked"


def test_a_place_that_the_hospital_gave_away_is_no_booking(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    who = Waiting(ports)
    who.join()
    holder.cancel(made)
    tick(ports)
    his.cancel_at_the_desk(his.appointment_by_key(_key(ports)).id)
    assert refusal(who.accept) == "place_gone"
    assert (who.mine(), waits(ports), offered(ports)) == ([], ["over"], ["ended"])


# -- races, on PostgreSQL ------------------------------------------------------------------------------------
def _eight_jobs_serve_the_line(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """One place given back, six in line, eight jobs at once: the first gets it, and the hospital is asked in turn."""
    holder, made = sold_out(ports)
    line = [Waiting(ports) for _ in range(6)]
    for who in line:
        who.join()
    holder.cancel(made)
    hold = ports.his.hold
    for _ in range(3):
        doorway = Doorway(8)

        def watched(doorway: Doorway = doorway, **facts: Any) -> Any:
            """Who comes while the first waits here has overtaken it."""
            with doorway.inside():
                return hold(**facts)

        def job(_n: int, doorway: Doorway = doorway) -> None:
            try:
                tick(ports)
            finally:
                doorway.away()

        with monkeypatch.context() as patch:
            patch.setattr(ports.his, "hold", watched)
            together(8, job)
        assert doorway.most <= 1
    assert [who.offer() is not None for who in line] == [True] + [False] * 5
    assert offered(ports).count("offered") == ports.his.taken(SLOT) == 1


def test_eight_jobs_at_once_make_one_offer_of_one_place_to_the_first(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    _eight_jobs_serve_the_line(postgres_ports, monkeypatch)


def test_control_without_the_unique_keys_the_jobs_overtake_each_other(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres_ports.transaction() as session:
        for name in ("asking", "open"):
            session.execute(sa.text(f"ALTER TABLE wait_offer DROP CONSTRAINT uq_wait_offer_{name}"))
    try:
        with pytest.raises(AssertionError):
            _eight_jobs_serve_the_line(postgres_ports, monkeypatch)
    finally:
        with postgres_ports.transaction() as session:
            session.execute(sa.text("DELETE FROM wait_offer"))
            for name in ("asking", "open"):
                session.execute(sa.text(f"ALTER TABLE wait_offer ADD CONSTRAINT uq_wait_offer_{name} UNIQUE ({name})"))


def test_twenty_yeses_and_the_lapse_at_once_are_one_booking_or_none(postgres_ports: Ports) -> None:
    holder, made = sold_out(postgres_ports)
    who = Waiting(postgres_ports)
    who.join()
    holder.cancel(made)
    tick(postgres_ports)
    ref = str(who.offer())
    with clock.frozen(NOW + HALF_HOUR - timedelta(seconds=1)):
        together(20, lambda n: who.decline(ref) if n == 0 else who.accept(ref))
        tick(postgres_ports)
    kept = postgres_ports.his.taken(SLOT)
    assert booked(postgres_ports) == kept
    assert offered(postgres_ports) == (["accepted"] if kept else ["ended"])


def _key(ports: Ports) -> str:
    with ports.transaction() as session:
        return str(session.scalar(sa.text("SELECT key FROM wait_offer ORDER BY id DESC")))


def _unavailable(**_: Any) -> Any:
    raise HisUnavailable
