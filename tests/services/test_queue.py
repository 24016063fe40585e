from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import HisUnavailable
from bot.ports import Ports
from bot.services import booking, queue
from tests.factories import FakeHis, a_card, a_person

TODAY_SLOT = "yh.s01-20261123-0930"
SESSION = "yh.h01-20261123-am"


@pytest.fixture
def person(ports: Ports) -> int:
    person_id = a_person(ports)
    for other, slot in (
        (a_person(ports), TODAY_SLOT),
        (person_id, TODAY_SLOT),
        (person_id, "yh.s03-20261124-0900"),
    ):
        card = a_card(ports, other)
        booking.book(ports, person_id=other, card_ref=card.ref, slot_id=slot, key=f"{other}{slot}")
    return person_id


def test_todays_place_before_and_while_the_doctor_calls(ports: Ports, his: FakeHis, person: int) -> None:
    [place] = queue.mine(ports, person_id=person)
    assert (place.number, place.calling, place.ahead, place.state, place.room) == (
        2,
        None,
        1,
        "waiting",
        "01诊室",
    )
    his.call_next(session_id=SESSION, key="1")
    his.call_next(session_id=SESSION, key="2")
    [place] = queue.mine(ports, person_id=person)
    assert (place.calling, place.ahead, place.state) == (2, 0, "called")
    assert place.booking.doctor_name == "陈建国"


def test_nobody_else_stands_in_my_queue(ports: Ports, person: int) -> None:
    assert person
    assert queue.mine(ports, person_id=a_person(ports)) == []


def test_another_appointments_place_is_never_shown(
    ports: Ports, his: FakeHis, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = his.queue

    def swapped(appointment_id: str) -> Any:
        return replace(real(appointment_id), appointment_id="yh.a0001")

    monkeypatch.setattr(his, "queue", swapped)
    with pytest.raises(HisUnavailable):
        queue.mine(ports, person_id=person)


def test_a_hospital_that_does_not_answer_says_so(ports: Ports, his: FakeHis, person: int) -> None:
    his.down = True
    with pytest.raises(HisUnavailable):
        queue.mine(ports, person_id=person)
