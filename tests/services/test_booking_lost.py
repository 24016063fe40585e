"""What the hospital takes away while a number is on its way is not lost: it is written down, and told, when it arrives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.errors import HisRefused, HisUnavailable, Refused
from bot.ports import Ports
from bot.services import booking, news, waitlist_filling
from tests.factories import NOW, FakeHis
from tests.services.lines import SLOT, Waiting, delivered, sold_out
from tests.services.test_booking import LATER, states

NEXT_DAY = "yh.s01-20261125-0900"
EVENING = NOW + timedelta(hours=8)  # later than any look at the news reaches back


@pytest.fixture
def patient(ports: Ports) -> Waiting:
    return Waiting(ports)


def down(*_: Any, **__: Any) -> Any:
    raise HisUnavailable


def never_arrives(patient: Waiting, made: booking.Booking, his: FakeHis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The move is asked for, and nobody knows what became of it."""
    with monkeypatch.context() as patch:
        patch.setattr(his, "reschedule", down)
        with pytest.raises(HisUnavailable):
            patient.move(made, NEXT_DAY)


def at_the_desk(ports: Ports, his: FakeHis, made: booking.Booking) -> None:
    his.cancel_at_the_desk(appointment_of(ports, made))
    news_are_read(ports)


def news_are_read(ports: Ports) -> None:
    """At once, and again before they are behind us."""
    for minutes in (0, 10, 20):
        with clock.frozen(NOW + timedelta(minutes=minutes)):
            news.hear(ports)


def appointment_of(ports: Ports, made: booking.Booking) -> str:
    with ports.transaction() as session:
        return str(session.scalar(sa.select(Booking.appointment_id).where(Booking.ref == made.ref)))


def told_in_the_evening(ports: Ports) -> list[str]:
    with clock.frozen(EVENING):
        booking.settle_open(ports)
        news.hear(ports)
        return sorted(reply["text"].partition("\n")[0] for reply in delivered(ports))


# -- while it moves ------------------------------------------------------------------------------------------
def test_an_old_number_that_the_desk_cancels_while_it_moves_does_not_come_back(
    ports: Ports, patient: Waiting, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = patient.book()
    never_arrives(patient, made, his, monkeypatch)
    at_the_desk(ports, his, made)
    assert states(ports) == ["moving", "unknown"]
    assert told_in_the_evening(ports) == ["医院取消了这个预约：", "改时间没有成功，没能改到："]
    assert (states(ports), patient.mine()) == (["cancelled", "refused"], [])
    assert patient.book().state == "booked"


def test_an_old_number_whose_clinic_is_called_off_while_it_moves_is_stopped(
    ports: Ports, patient: Waiting, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = patient.book()
    never_arrives(patient, made, his, monkeypatch)
    his.close_session(session_id=his.slot(SLOT).session_id, key="desk")
    news_are_read(ports)
    told = told_in_the_evening(ports)
    assert states(ports) == ["stopped", "refused"]
    assert ["停诊" in text for text in told] == [True, False]
    with clock.frozen(EVENING):
        assert patient.move(made, NEXT_DAY).state == "booked"


def test_a_hospital_that_takes_the_old_number_and_refuses_the_new_one_is_heard_at_once(
    ports: Ports, patient: Waiting, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, refuses = patient.book(), HisRefused("not_cancellable")

    def too_late(**_: Any) -> Any:
        his.cancel_at_the_desk(appointment_of(ports, made))
        raise refuses

    monkeypatch.setattr(his, "reschedule", too_late)
    with pytest.raises(Refused, match="not_cancellable"):
        patient.move(made, NEXT_DAY)
    assert (states(ports).count("cancelled"), states(ports).count("refused")) == (1, 1)  # the holder's, and this
    assert ["医院取消了这个预约" in reply["text"] for reply in delivered(ports)] == [True]


def test_a_move_stays_open_until_the_hospital_says_how_the_old_number_stands(
    ports: Ports, patient: Waiting, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = patient.book()
    never_arrives(patient, made, his, monkeypatch)
    at_the_desk(ports, his, made)
    with monkeypatch.context() as patch, clock.frozen(NOW + LATER):
        patch.setattr(his, "appointment", down)
        booking.settle_open(ports)
        assert states(ports) == ["moving", "unknown"]
    told_in_the_evening(ports)
    assert (states(ports).count("cancelled"), states(ports).count("refused")) == (1, 1)  # the holder's, and this


def test_an_old_number_that_gave_way_to_a_faster_call_was_not_taken_away(
    ports: Ports, patient: Waiting, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real = patient.book(), his.reschedule

    def twice(**facts: Any) -> Any:
        real(**facts)
        raise HisRefused("conflict")

    with monkeypatch.context() as patch:
        patch.setattr(his, "reschedule", twice)
        with pytest.raises(HisUnavailable):
            patient.move(made, NEXT_DAY)
    assert told_in_the_evening(ports) == ["改好了，原来的号已经退回。李* 第1号"]
    assert states(ports) == ["moved", "booked"]


# -- while it is asked for, or given back ----------------------------------------------------------------------
def test_a_number_that_was_cancelled_before_it_is_asked_for_again_is_not_given(
    ports: Ports, patient: Waiting, his: FakeHis
) -> None:
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.book(key="once")
    [appointment] = his._appointments
    his.cancel_at_the_desk(appointment)
    news_are_read(ports)
    with clock.frozen(EVENING):
        assert patient.book(key="once").state == "cancelled"
    assert told_in_the_evening(ports) == ["医院取消了这个预约："]


def test_a_new_number_that_was_cancelled_before_its_move_is_heard_of_takes_the_old_one_along(
    ports: Ports, patient: Waiting, his: FakeHis
) -> None:
    made = patient.book()
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.move(made, NEXT_DAY)
    his.cancel_at_the_desk(next(a.id for a in his._appointments.values() if a.slot_id == NEXT_DAY))
    news_are_read(ports)
    assert told_in_the_evening(ports) == ["您改到的这个号医院又取消了，原来的号也已经退回："]
    assert states(ports) == ["moved", "cancelled"]


@pytest.mark.parametrize(("closed", "state", "word"), [(True, "stopped", "停诊"), (False, "cancelled", "已经退回")])
def test_a_number_that_the_hospital_took_away_while_it_was_given_back(
    ports: Ports,
    patient: Waiting,
    his: FakeHis,
    monkeypatch: pytest.MonkeyPatch,
    closed: bool,
    state: str,
    word: str,
) -> None:
    made = patient.book()
    with monkeypatch.context() as patch:
        patch.setattr(his, "cancel", down)
        with pytest.raises(HisUnavailable):
            patient.cancel(made)
    if closed:
        his.close_session(session_id=his.slot(SLOT).session_id, key="desk")
    else:
        his.cancel_at_the_desk(appointment_of(ports, made))
    news_are_read(ports)

    def refuses(**_: Any) -> Any:
        raise HisRefused("not_cancellable")

    monkeypatch.setattr(his, "cancel", refuses)
    with clock.frozen(EVENING):
        booking.settle_open(ports)
        assert [word in reply["text"] for reply in delivered(ports)] == [True]
    assert states(ports) == [state]


# -- a place of the waitlist -----------------------------------------------------------------------------------
def test_what_became_of_a_yes_is_told_as_soon_as_it_is_known_whichever_job_comes_next(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, made = sold_out(ports)
    patient = Waiting(ports)
    patient.join()
    holder.cancel(made)
    waitlist_filling.tick(ports)
    delivered(ports)
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.accept()
    with clock.frozen(NOW + LATER):
        booking.settle_open(ports)  # the next may be the one that learns of missed visits
        assert ["挂好了" in reply["text"] for reply in delivered(ports)] == [True]
        waitlist_filling.tick(ports)
        assert delivered(ports) == []


def test_a_place_that_ran_out_while_its_yes_was_lost_is_nobodys_cancelling(
    ports: Ports, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hospital calls it cancelled, as it calls what a desk gave away; only its confirmation tells them apart."""
    holder, made = sold_out(ports)
    patient = Waiting(ports)
    patient.join()
    holder.cancel(made)
    waitlist_filling.tick(ports)
    delivered(ports)
    with monkeypatch.context() as patch:
        patch.setattr(his, "confirm", down)
        with pytest.raises(HisUnavailable):
            patient.accept()
    with clock.frozen(EVENING):
        booking.settle_open(ports)
        words = [reply["text"] for reply in delivered(ports)]
    assert len(words) == 1
    assert "医院" not in words[0].partition("\n")[0]
    assert (states(ports).count("cancelled"), states(ports).count("refused")) == (1, 1)  # the holder's, and this
