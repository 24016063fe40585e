"""Turns: on the morning a day opens, who is first is drawn by lot, for a patient and not for an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.errors import Refused
from bot.ports import Ports
from bot.services import booking, limits, turns, waitlist_filling
from tests.factories import NOW, RULES, FakeHis, a_card, a_person, someone
from tests.services.lines import Waiting

LAST = clock.local(NOW).date() + timedelta(days=RULES["days_ahead"])
OPENS = limits.opens_at(RULES, LAST)
SPAN = timedelta(seconds=RULES["release_turns_seconds"])
SLOT = f"yh.s01-{LAST:%Y%m%d}-0900"
INSTANT = timedelta(microseconds=1)


def turn_of(ports: Ports, patient_id: str) -> datetime:
    return turns.begins(ports, patient_id=patient_id, day=LAST)


def refusal(work: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as failure:
        work(*args, **more)
    return failure.value


def test_nobody_books_a_new_day_before_his_turn_and_he_is_told_when_it_comes(ports: Ports) -> None:
    patient = Waiting(ports)
    turn = turn_of(ports, patient.card.patient_id)
    with clock.frozen(turn - INSTANT):
        told = refusal(patient.book, SLOT)
    assert told.code == "not_your_turn"
    named = datetime.combine(clock.local(OPENS).date(), datetime.strptime(told.facts["at"], "%H:%M:%S").time())
    assert turn <= clock.utc(named) < turn + timedelta(seconds=1)
    with clock.frozen(clock.utc(named)):
        assert patient.book(SLOT).state == "booked"


def test_a_day_that_opened_earlier_knows_no_turns(ports: Ports) -> None:
    patient = Waiting(ports)
    with clock.frozen(OPENS):
        assert patient.book(f"yh.s01-{LAST - timedelta(days=1):%Y%m%d}-0900").state == "booked"


def test_every_account_of_one_patient_has_the_same_turn(ports: Ports) -> None:
    who = someone()
    turn = turn_of(ports, a_card(ports, a_person(ports), who).patient_id)
    for _ in range(3):
        person_id = a_person(ports)
        card = a_card(ports, person_id, who)
        with clock.frozen(turn - INSTANT):
            facts = {"person_id": person_id, "card_ref": card.ref, "slot_id": SLOT, "key": f"k{person_id}"}
            assert refusal(booking.book, ports, **facts).code == "not_your_turn"


def test_turns_are_spread_over_the_whole_span_and_drawn_anew_for_every_day(ports: Ports) -> None:
    lots = [(turn_of(ports, f"yh.x{n}") - OPENS) / SPAN for n in range(2000)]
    tenths = [sum(n / 10 <= lot < (n + 1) / 10 for lot in lots) for n in range(10)]
    assert sum(tenths) == 2000 and all(150 <= share <= 250 for share in tenths)
    days = {turn_of(ports, "yh.x1") - OPENS}
    days |= {turns.begins(ports, patient_id="yh.x1", day=LAST + timedelta(n)) - OPENS - timedelta(n) for n in (1, 2)}
    assert len(days) == 3


def test_the_line_for_a_new_day_cannot_be_joined_before_it_opens_nor_out_of_turn(ports: Ports) -> None:
    patient = Waiting(ports)
    with clock.frozen(OPENS - timedelta(hours=1)):
        assert refusal(patient.join, day=LAST).code == "not_released"
    turn = turn_of(ports, patient.card.patient_id)
    with clock.frozen(turn - INSTANT):
        assert refusal(patient.join, day=LAST).code == "not_your_turn"
    with clock.frozen(turn):
        assert patient.join(day=LAST).state == "waiting"


def test_the_waitlist_gives_no_place_of_a_new_day_away_while_turns_last(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    with clock.frozen(turn_of(ports, patient.card.patient_id)):
        patient.join(day=LAST)
    with clock.frozen(OPENS + SPAN - INSTANT):
        assert waitlist_filling.tick(ports) == 0
    with clock.frozen(OPENS + SPAN):
        assert waitlist_filling.tick(ports) == 1
