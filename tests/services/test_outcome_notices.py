"""有结果马上告诉您: whoever could only be told to wait hears what became of it, once."""

from __future__ import annotations

import pytest

from bot import clock
from bot.errors import HisUnavailable
from bot.ports import Ports
from bot.services import booking, waitlist_filling
from tests.factories import NOW, FakeHis
from tests.services.lines import SLOT, Waiting, delivered, sold_out
from tests.services.test_booking import LATER

NEXT_DAY = "yh.s01-20261125-0900"


def settled(ports: Ports) -> list[str]:
    """The sweeps of ten minutes later, twice; gives the words that went out."""
    with clock.frozen(NOW + LATER):
        booking.settle_open(ports)
        booking.settle_open(ports)
        return [reply["text"] for reply in delivered(ports)]


def test_a_number_that_the_hospital_had_given_is_told(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.book()
    told = settled(ports)
    assert len(told) == 1 and "挂好了" in told[0] and f"第{patient.mine()[0].number}号" in told[0]


def test_a_wish_that_never_arrived_is_told(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    offered = booking.offer(ports, slot_id=SLOT)
    his.book, right = _down, his.book
    with pytest.raises(HisUnavailable):
        patient.book()
    his.book = right
    told = settled(ports)
    assert len(told) == 1 and "没有挂上" in told[0] and offered.doctor_name in told[0]


def test_a_move_is_told_as_a_move(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    made = patient.book()
    his.reschedule, right = _lost(his.reschedule), his.reschedule
    with pytest.raises(HisUnavailable):
        patient.move(made, NEXT_DAY)
    his.reschedule = right
    told = settled(ports)
    assert len(told) == 1 and "改好了" in told[0]


def test_a_number_given_back_later_is_told(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    made = patient.book()
    his.cancel, right = _lost(his.cancel), his.cancel
    with pytest.raises(HisUnavailable):
        patient.cancel(made)
    his.cancel = right
    told = settled(ports)
    assert len(told) == 1 and "已经退回" in told[0]
    assert patient.mine() == []


def test_a_place_from_the_waitlist_given_back_later_is_told_too(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    patient = Waiting(ports)
    patient.join()
    holder.cancel(made)
    waitlist_filling.tick(ports)
    delivered(ports)
    taken = patient.accept()
    his.cancel, right = _lost(his.cancel), his.cancel
    with pytest.raises(HisUnavailable):
        patient.cancel(taken)
    his.cancel = right
    assert ["已经退回" in text for text in settled(ports)] == [True]


def test_a_place_taken_and_stopped_before_we_heard_is_told_as_stopped(ports: Ports, his: FakeHis) -> None:
    holder, made = sold_out(ports)
    patient = Waiting(ports)
    patient.join()
    holder.cancel(made)
    waitlist_filling.tick(ports)
    delivered(ports)
    his.confirm, right = _lost(his.confirm), his.confirm
    with pytest.raises(HisUnavailable):
        patient.accept()
    his.confirm = right
    his.close_session(session_id=his.slot(SLOT).session_id, key="desk")
    with clock.frozen(NOW + LATER):
        booking.settle_open(ports)
        waitlist_filling.tick(ports)
        assert ["停诊" in reply["text"] for reply in delivered(ports)] == [True]


def test_whoever_was_answered_at_once_hears_nothing_more(ports: Ports) -> None:
    patient = Waiting(ports)
    made = patient.book()
    with clock.frozen(NOW + LATER):
        patient.cancel(patient.move(made, NEXT_DAY))
    assert settled(ports) == []


def _down(**_facts: object) -> None:
    raise HisUnavailable


def _lost(call: object) -> object:
    def done(**facts: object) -> None:
        call(**facts)  # type: ignore[operator]
        raise HisUnavailable

    return done
