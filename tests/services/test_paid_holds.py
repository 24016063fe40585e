"""Numbers that are booked when they are paid, on the simulator's till with all its faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import clock
from bot.errors import HisRefused, HisUnavailable, NotFound, PayUnavailable, Refused
from bot.pay.port import Payment
from bot.ports import Ports
from bot.services import alarms, booking, news, paid_holds, payment, privacy, returned, waitlist_filling
from tests.factories import NOW, FakeHis
from tests.services.lines import Waiting, delivered, due, offered, waits
from tests.services.test_booking import states
from tests.till import (
    OTHER_FEE,
    SAME_FEE,
    SLOT,
    Payer,
    hurry,
    notices,
    orders,
    refunds,
    till,
    with_till,
    wrongs,
)

OVER = timedelta(minutes=15, seconds=1)


@pytest.fixture
def house(ports: Ports, tmp_path: Path) -> Ports:
    return with_till(ports, tmp_path)


@pytest.fixture
def payer(house: Ports) -> Payer:
    return Payer(house)


def ticks(ports: Ports, after: timedelta = timedelta(), times: int = 1) -> None:
    for n in range(times):
        with clock.frozen(NOW + after + timedelta(seconds=30 * n)):
            paid_holds.tick(ports)


def told(ports: Ports) -> list[str]:
    return [kind for kind, _due, _expires in due(ports)]


# -- which numbers -------------------------------------------------------------------------------------------
def test_a_number_that_is_paid_first_is_kept_and_not_booked(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.book()
    assert (made.state, made.prepay, made.pay_until) == ("unpaid", True, NOW + timedelta(minutes=15))
    assert [a.state for a in his.appointments(payer.card.patient_id)] == ["held"]
    assert orders(house) == [("open", 0)]
    assert [b.state for b in booking.mine(house, person_id=payer.person_id)] == ["unpaid"]
    assert (his.taken(SLOT), wrongs(house)) == (1, [])


def test_the_same_key_keeps_one_place_and_makes_one_order(house: Ports, payer: Payer, his: FakeHis) -> None:
    assert payer.book() == payer.book()
    assert (his.asked.count("hold"), orders(house)) == (1, [("open", 0)])


@pytest.mark.parametrize(
    ("prepay", "kept"),
    [
        ({"all": True, "departments": [], "titles": []}, True),
        ({"all": False, "departments": ["骨科"], "titles": []}, True),
        ({"all": False, "departments": ["消化内科"], "titles": ["主治医师"]}, False),
    ],
)
def test_the_rules_say_which_numbers(house: Ports, payer: Payer, prepay: dict[str, Any], kept: bool) -> None:
    payer.ports = replace(house, rules={**house.rules, "prepay": prepay})
    assert payer.book().state == ("unpaid" if kept else "booked")


def test_where_money_is_taken_at_the_desk_nothing_is_kept(house: Ports, payer: Payer) -> None:
    payer.ports = replace(house, pay=None)
    assert (payer.book().state, orders(house)) == ("booked", [])
    assert paid_holds.tick(payer.ports) == 0


def test_nobody_keeps_many_places_without_paying(house: Ports, payer: Payer) -> None:
    first = payer.book()
    payer.book("yh.s01-20261125-0900", "second")
    with pytest.raises(Refused, match="unpaid_limit"):
        payer.book("yh.s01-20261126-0900", "third")
    assert payer.book(OTHER_FEE, "at the desk").state == "booked"
    payer.cancel(first)
    assert payer.book("yh.s01-20261126-0900", "fourth").state == "unpaid"


def test_who_lets_three_lapse_waits_until_tomorrow(house: Ports, payer: Payer) -> None:
    for n in range(3):
        with clock.frozen(NOW + n * OVER):
            payer.book(f"yh.s01-2026112{4 + n}-0900", str(n))
        ticks(house, (n + 1) * OVER)
    with clock.frozen(NOW + 3 * OVER), pytest.raises(Refused, match="unpaid_lapses"):
        payer.book("yh.s01-20261127-0900", "again")
    with clock.frozen(NOW + timedelta(days=1)):
        assert payer.book("yh.s01-20261127-0900", "again").state == "unpaid"


# -- paying --------------------------------------------------------------------------------------------------
def test_back_from_the_cashier_the_number_is_booked(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.paid()
    assert (made.state, made.number, made.pay_until) == ("booked", 1, None)
    assert [a.state for a in his.appointments(payer.card.patient_id)] == ["booked"]
    assert (orders(house), refunds(house), wrongs(house)) == ([("paid", 0)], [], [])
    assert told(house) == ["paid_booked"]
    assert privacy.verify(house).whole


def test_a_notice_alone_books_it_with_the_next_tick(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.book()
    payer.pay(made)
    [(headers, body)] = notices(house)
    before = len(his.asked)
    paid_holds.take_notice(house, house.pay, headers=headers, body=body)  # type: ignore[arg-type]
    assert len(his.asked) == before  # web answers the platform at once
    assert payer.one(made).state == "paid"
    ticks(house)
    assert (payer.one(made).state, wrongs(house)) == ("booked", [])


def test_a_notice_that_never_comes_is_asked_for(house: Ports, payer: Payer) -> None:
    till(house).arm("notice:never")
    made = payer.book()
    payer.pay(made)
    assert notices(house) == []
    ticks(house, timedelta(seconds=25))
    assert payer.one(made).state == "booked"


def test_a_doubled_notice_is_one_payment(house: Ports, payer: Payer) -> None:
    till(house).arm("notice:twice")
    made = payer.book()
    payer.pay(made)
    twice = notices(house)
    assert len(twice) == 2
    for headers, body in [*twice, *twice]:
        paid_holds.take_notice(house, house.pay, headers=headers, body=body)  # type: ignore[arg-type]
        ticks(house)
    assert (payer.one(made).state, orders(house), told(house)) == ("booked", [("paid", 0)], ["paid_booked"])


def test_going_to_the_cashier_twice_is_one_order(house: Ports, payer: Payer) -> None:
    made = payer.book()
    assert payer.open_cashier(made) == payer.open_cashier(made)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cashier_that_does_not_answer_can_be_opened_again(house: Ports, payer: Payer, when: str) -> None:
    till(house).arm(f"create:{when}")
    made = payer.book()
    with pytest.raises(PayUnavailable):
        payer.open_cashier(made)
    payer.pay(made)
    assert payer.come_back(made).state == "booked"


@pytest.mark.parametrize(("when", "state"), [("before", "unpaid"), ("after", "booked")])
def test_a_charge_of_which_nobody_knows_is_asked_about(house: Ports, payer: Payer, when: str, state: str) -> None:
    till(house).arm(f"charge:{when}")
    made = payer.book()
    with pytest.raises(Exception, match="timeout"):
        payer.pay(made)
    assert payer.come_back(made).state == state


def test_a_platform_that_is_silent_when_the_payer_is_back_is_asked_later(house: Ports, payer: Payer) -> None:
    made = payer.book()
    payer.pay(made)
    till(house).arm("query:before")
    assert payer.come_back(made).state == "unpaid"
    ticks(house, timedelta(seconds=25))
    assert payer.one(made).state == "booked"


def test_a_hospital_that_is_silent_after_the_payment_is_asked_again(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.book()
    payer.pay(made)
    his.down = True
    assert payer.come_back(made).state == "paid"
    with pytest.raises(Refused, match="pay_settling"):
        payer.cancel(made)
    his.down = False
    his.lose_answers = 1  # confirmed, and the answer is lost
    ticks(house)
    assert his.asked.count("confirm") > 1
    assert (payer.one(made).state, told(house)) == ("booked", ["paid_booked"])


def test_what_is_not_to_be_paid_has_no_cashier(house: Ports, payer: Payer) -> None:
    made, other = payer.book(), Payer(house)
    with pytest.raises(NotFound):
        other.open_cashier(made)
    with clock.frozen(NOW + OVER), pytest.raises(Refused, match="pay_over"):
        payer.open_cashier(made)
    payer.pay(made)
    payer.come_back(made)
    with pytest.raises(Refused, match="not_payable"):
        payer.open_cashier(made)
    at_desk = payer.book(OTHER_FEE, "other")
    with pytest.raises(Refused, match="not_payable"):
        payment.checkout(house, person_id=payer.person_id, ref=at_desk.ref)


def test_nothing_medical_and_nobody_stands_in_an_order(house: Ports, payer: Payer) -> None:
    shown = till(house).shown(payer.open_cashier(payer.book()), payer.openid)
    assert shown is not None and shown["description"] == "预约费用"
    text = repr(shown)
    assert not [word for word in ("李雷", "骨科", "陈建国", payer.card.patient_id, "医") if word in text]


# -- not paid in time ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("seen", [True, False], ids=["left the cashier", "never went"])
def test_what_is_not_paid_in_time_goes_back(house: Ports, payer: Payer, his: FakeHis, seen: bool) -> None:
    made = payer.book()
    if seen:
        payer.open_cashier(made)
    ticks(house, OVER)
    after = payer.one(made)
    assert (after.state, after.lapsed, his.taken(SLOT)) == ("cancelled", True, 0)
    assert (orders(house), told(house), refunds(house)) == ([("closed", 0)], ["pay_lapsed"], [])
    ticks(house, OVER)
    assert told(house) == ["pay_lapsed"]
    with clock.frozen(NOW + OVER):
        assert payer.book(key="again").state == "unpaid"  # and he may try again


def test_money_of_the_last_second_still_finds_its_place(house: Ports, payer: Payer) -> None:
    made = payer.book()
    payer.pay(made)
    ticks(house, OVER)
    assert (payer.one(made).state, orders(house)) == ("booked", [("paid", 0)])


def test_money_that_comes_after_the_close_goes_back(house: Ports, payer: Payer) -> None:
    till(house).arm("charge:closed")
    made = payer.book()
    prepay_id = payer.open_cashier(made)
    ticks(house, OVER)
    till(house).charge(prepay_id, payer.openid)
    [(headers, body)] = notices(house)
    paid_holds.take_notice(house, house.pay, headers=headers, body=body)  # type: ignore[arg-type]
    assert (payer.one(made).state, orders(house), refunds(house)) == (
        "cancelled",
        [("paid", 5000)],
        [("late", "owed")],
    )
    assert (told(house), wrongs(house)) == (["pay_lapsed", "money_back"], [])


def test_money_after_the_close_is_found_without_a_notice_too(house: Ports, payer: Payer) -> None:
    for fault in ("charge:closed", "notice:never"):
        till(house).arm(fault)
    made = payer.book()
    prepay_id = payer.open_cashier(made)
    ticks(house, OVER)
    till(house).charge(prepay_id, payer.openid)
    ticks(house, timedelta(minutes=26))
    assert (orders(house), [cause for cause, _ in refunds(house)]) == ([("paid", 5000)], ["late"])


def test_a_close_without_an_answer_is_tried_again(house: Ports, payer: Payer) -> None:
    made = payer.book()
    payer.open_cashier(made)
    for fault in ("close:after", "query:before"):
        till(house).arm(fault)
    ticks(house, OVER)
    assert (payer.one(made).state, orders(house)) == ("unpaid", [("closing", 0)])
    ticks(house, OVER)
    assert (payer.one(made).state, orders(house)) == ("cancelled", [("closed", 0)])


def test_paid_for_a_place_that_the_hospital_gave_away(
    house: Ports, payer: Payer, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = payer.book()
    payer.pay(made)

    def refuse(**_: Any) -> Any:
        raise HisRefused("hold_lapsed")

    monkeypatch.setattr(his, "confirm", refuse)
    assert payer.come_back(made).state == "refused"
    assert (orders(house), refunds(house)) == ([("paid", 5000)], [("refused", "owed")])
    assert (told(house), wrongs(house), his.taken(SLOT)) == (["money_back"], [], 0)


def test_another_amount_than_asked_for_changes_nothing_and_is_an_alarm(
    house: Ports, payer: Payer, caplog: pytest.LogCaptureFixture
) -> None:
    till(house).arm("charge:one_fen")
    made = payer.book()
    payer.pay(made)
    [(headers, body)] = notices(house)
    with pytest.raises(Exception, match="wrong_amount"):
        paid_holds.take_notice(house, house.pay, headers=headers, body=body)  # type: ignore[arg-type]
    assert (payer.one(made).state, orders(house)) == ("unpaid", [("open", 0)])
    ticks(house, timedelta(seconds=25))  # asked, the platform says it again: a person has to look
    assert (payer.one(made).state, orders(house)) == ("cancelled", [("odd", 0)])
    assert "PAY ALARM" in caplog.text
    assert payer.ports.pay is not None and paid_holds.payment_orders.alarms(house) == 1


def test_an_order_of_somebody_else_is_not_ours(house: Ports) -> None:
    with pytest.raises(NotFound):
        paid_holds.hear(house, Payment("p_nobody", "paid", 5000, "42", NOW))


# -- giving back ---------------------------------------------------------------------------------------------
def test_a_number_that_is_not_paid_yet_can_be_let_go(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.book()
    payer.open_cashier(made)
    assert payer.cancel(made).state == "cancelled"
    assert (his.taken(SLOT), orders(house)) == (0, [("closing", 0)])
    ticks(house)
    assert (orders(house), refunds(house), told(house)) == ([("closed", 0)], [], [])


def test_who_pays_while_he_cancels_gets_his_money_back(house: Ports, payer: Payer) -> None:
    made = payer.book()
    payer.pay(made)
    payer.cancel(made)  # we have not heard of the payment
    ticks(house)
    assert (payer.one(made).state, orders(house)) == ("cancelled", [("paid", 5000)])
    assert ([cause for cause, _ in refunds(house)], wrongs(house)) == (["late"], [])


def test_a_cancelled_number_is_paid_back_once_and_its_payer_told(house: Ports, payer: Payer) -> None:
    made = payer.paid()
    payer.cancel(made)
    payer.cancel(made)
    assert refunds(house) == [("cancelled", "owed")]
    ticks(house)
    assert refunds(house) == [("cancelled", "processing")]
    hurry(house, 5)
    ticks(house, timedelta(minutes=2))
    assert (refunds(house), orders(house)) == ([("cancelled", "done")], [("paid", 5000)])
    assert told(house) == ["paid_booked", "refunded"]
    assert till(house).query(_no(house))["state"] == "REFUND"


def test_the_refund_waits_for_the_hospital(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.paid()
    his.down = True
    with pytest.raises(HisUnavailable):
        payer.cancel(made)
    ticks(house)
    assert (payer.one(made).state, refunds(house)) == ("cancelling", [])


def test_a_refund_notice_ends_it_too(house: Ports, payer: Payer) -> None:
    payer.cancel(payer.paid())
    ticks(house)
    hurry(house, 5)
    for headers, body in notices(house) * 2:
        paid_holds.take_notice(house, house.pay, headers=headers, body=body)  # type: ignore[arg-type]
    assert (refunds(house), told(house)) == ([("cancelled", "done")], ["paid_booked", "refunded"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refund_without_an_answer_is_asked_again_under_its_number(house: Ports, payer: Payer, when: str) -> None:
    payer.cancel(payer.paid())
    till(house).arm(f"refund:{when}")
    ticks(house)
    assert refunds(house) == [("cancelled", "owed")]
    hurry(house, 5)
    ticks(house, timedelta(minutes=2))
    hurry(house, 5)
    ticks(house, timedelta(minutes=9))
    assert refunds(house) == [("cancelled", "done")]
    with till(house)._database.read() as connection:
        assert connection.execute("SELECT count(*), sum(amount) FROM till_refund").fetchone()[:] == (1, 5000)


def test_a_refund_that_stays_on_its_way_is_followed_and_in_the_end_an_alarm(
    house: Ports, payer: Payer, caplog: pytest.LogCaptureFixture
) -> None:
    payer.cancel(payer.paid())
    till(house).arm("refund:pending")
    ticks(house)
    ticks(house, timedelta(hours=3))
    assert refunds(house) == [("cancelled", "processing")]
    ticks(house, timedelta(hours=30))
    assert "PAY ALARM" in caplog.text


def test_a_refund_that_failed_is_for_a_person(house: Ports, payer: Payer, caplog: pytest.LogCaptureFixture) -> None:
    payer.cancel(payer.paid())
    till(house).arm("refund:failed")
    ticks(house)
    assert refunds(house) == [("cancelled", "failed")]
    assert "PAY ALARM" in caplog.text
    assert paid_holds.payment_orders.alarms(house) == 1
    [money] = [alarm for alarm in alarms.standing(house) if alarm.kind == "money"]
    assert [case.what for case in money.cases] == ["refund"]


def _stop(ports: Ports, his: FakeHis) -> None:
    his.close_session(session_id="yh.h01-20261124-am", key="desk")
    news.hear(ports)


def _at_desk(ports: Ports, his: FakeHis) -> None:
    [made] = [a for a in his._appointments.values() if a.slot_id == SLOT]
    his.cancel_at_the_desk(made.id)
    news.hear(ports)


@pytest.mark.parametrize(("end", "cause"), [(_stop, "stopped"), (_at_desk, "desk")], ids=["停诊", "desk"])
def test_what_the_hospital_calls_off_is_paid_back_once(
    house: Ports, payer: Payer, his: FakeHis, end: Callable[[Ports, FakeHis], None], cause: str
) -> None:
    payer.paid()
    end(house, his)
    end(house, his)
    assert (refunds(house), orders(house), wrongs(house)) == ([(cause, "owed")], [("paid", 5000)], [])


@pytest.mark.parametrize("end", [_stop, _at_desk], ids=["停诊", "desk"])
def test_what_is_called_off_before_it_is_paid_need_not_be_paid(
    house: Ports, payer: Payer, his: FakeHis, end: Callable[[Ports, FakeHis], None]
) -> None:
    made = payer.book()
    payer.open_cashier(made)
    end(house, his)
    assert (payer.one(made).state, told(house)) == ("cancelled", ["pay_called_off"])
    ticks(house)
    assert (orders(house), refunds(house)) == ([("closed", 0)], [])


def test_a_place_that_its_desk_took_is_nobodys_to_keep_back(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.book()
    _at_desk(house, his)
    assert (payer.one(made).state, returned.kept_back(house, [SLOT])) == ("cancelled", {})


# -- moving --------------------------------------------------------------------------------------------------
def _move(payer: Payer, made: booking.Booking, slot_id: str) -> booking.Booking:
    return booking.reschedule(payer.ports, person_id=payer.person_id, ref=made.ref, slot_id=slot_id, key="move")


def test_a_payment_moves_with_its_number(house: Ports, payer: Payer) -> None:
    new = _move(payer, payer.paid(), SAME_FEE)
    assert (new.state, new.prepay, states(house)) == ("booked", True, ["moved", "booked"])
    assert (orders(house), refunds(house), wrongs(house)) == ([("paid", 0)], [], [])
    payer.cancel(new)
    assert refunds(house) == [("cancelled", "owed")]


def test_a_number_of_another_price_is_no_move(house: Ports, payer: Payer) -> None:
    made = payer.paid()
    with pytest.raises(Refused) as failure:
        _move(payer, made, OTHER_FEE)
    assert (failure.value.code, failure.value.facts) == ("move_fee", {"old": "50", "new": "30"})
    assert payer.one(made) == made


def test_an_unpaid_number_does_not_move_and_none_moves_past_the_cashier(house: Ports, payer: Payer) -> None:
    with pytest.raises(Refused, match="not_movable"):
        _move(payer, payer.book(), SAME_FEE)
    at_desk = payer.book("yh.s02-20261126-0900", "desk")
    with pytest.raises(Refused, match="move_needs_pay"):
        _move(payer, at_desk, SAME_FEE)


def test_a_stopped_number_moves_and_is_then_paid_at_the_desk(house: Ports, payer: Payer, his: FakeHis) -> None:
    made = payer.paid()
    _stop(house, his)
    new = _move(payer, made, SAME_FEE)
    assert (new.state, new.prepay, wrongs(house)) == ("booked", False, [])
    payer.cancel(new)
    assert refunds(house) == [("stopped", "owed")]


# -- answers of the hospital that were lost ------------------------------------------------------------------
def test_a_kept_place_whose_answer_was_lost_is_found_and_its_patient_told(
    house: Ports, payer: Payer, his: FakeHis
) -> None:
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        payer.book()
    with clock.frozen(NOW + timedelta(minutes=5)):
        assert booking.settle_open(house) == 1
    [made] = booking.mine(house, person_id=payer.person_id)
    assert (made.state, made.pay_until, told(house)) == ("unpaid", NOW + timedelta(minutes=15), ["unpaid"])
    payer.pay(made)
    assert payer.come_back(made).state == "booked"


def test_a_kept_place_that_ran_out_meanwhile_is_over(house: Ports, payer: Payer, his: FakeHis) -> None:
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        payer.book()
    with clock.frozen(NOW + timedelta(minutes=30)):
        booking.settle_open(house)
        assert ["没有挂上" in reply["text"] for reply in delivered(house)] == [True]
    assert (states(house), orders(house), his.taken(SLOT)) == (["refused"], [], 0)


def test_a_kept_place_that_comes_after_our_no_goes_back(
    house: Ports, payer: Payer, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = his.hold

    def slow(**facts: Any) -> Any:
        with clock.frozen(NOW + timedelta(minutes=10)):
            assert booking.settle_open(house) == 1  # the sweep gives up on it
        return real(**facts)

    monkeypatch.setattr(his, "hold", slow)
    with pytest.raises(Refused):
        payer.book()
    assert (states(house), orders(house), his.taken(SLOT)) == (["refused"], [], 0)


@pytest.mark.parametrize("paid", [False, True], ids=["kept", "kept and paid"])
def test_the_slower_of_two_calls_of_one_key_gives_nothing_back(
    house: Ports, payer: Payer, his: FakeHis, monkeypatch: pytest.MonkeyPatch, paid: bool
) -> None:
    real = his.hold

    def slow(**facts: Any) -> Any:
        monkeypatch.setattr(his, "hold", real)
        faster = payer.paid if paid else payer.book  # the same message in another process
        faster()
        return real(**facts)

    monkeypatch.setattr(his, "hold", slow)
    made = payer.book()
    assert (made.state, his.taken(SLOT), wrongs(house)) == ("booked" if paid else "unpaid", 1, [])
    assert [a.state for a in his.appointments(payer.card.patient_id)] == ["booked" if paid else "held"]


def test_a_hospital_that_books_what_it_was_to_keep_is_not_believed(
    house: Ports, payer: Payer, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(his, "hold", lambda minutes, **facts: his.book(**facts))
    with pytest.raises(Refused, match="place_gone"):
        payer.book()
    assert (states(house), orders(house), his.taken(SLOT), wrongs(house)) == (["refused"], [], 0, [])


def test_a_place_that_the_hospital_will_not_take_back_is_not_booked(
    house: Ports, payer: Payer, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = payer.book()

    def refuse(**_: Any) -> Any:
        raise HisRefused("not_cancellable")

    monkeypatch.setattr(his, "cancel", refuse)
    assert (payer.cancel(made).state, wrongs(house)) == ("cancelled", [])


def _no(ports: Ports) -> str:
    with till(ports)._database.read() as connection:
        return str(connection.execute("SELECT no FROM till_order").fetchone()[0])


# -- the waitlist --------------------------------------------------------------------------------------------
def test_a_place_of_the_waitlist_is_paid_before_it_is_booked(house: Ports, his: FakeHis) -> None:
    his.capacity = 1
    holder, first = Payer(house), Waiting(house)
    made = holder.paid()
    first.join(doctor_id="yh.p01")
    for slot in booking.offers(house, doctor_id="yh.p01", day=made.day):
        Payer(house).paid(slot.slot_id)
    holder.cancel(made)
    assert waitlist_filling.tick(house) == 1
    taken = first.accept()
    assert (taken.state, taken.pay_until) == ("unpaid", NOW + timedelta(minutes=15))
    waitlist_filling.tick(house)
    assert (waits(house), offered(house), wrongs(house)) == (["filled"], ["accepted"], [])
    with clock.frozen(NOW + OVER):
        paid_holds.tick(house)
    assert [b.state for b in first.mine()] == []
    assert his.taken(SLOT) == 0


def test_who_takes_a_place_in_the_last_minute_still_has_his_time_to_pay(house: Ports, his: FakeHis) -> None:
    his.capacity = 1
    holder, first = Payer(house), Waiting(house)
    made = holder.paid()
    first.join(doctor_id="yh.p01")
    for slot in booking.offers(house, doctor_id="yh.p01", day=made.day):
        Payer(house).paid(slot.slot_id)
    holder.cancel(made)
    waitlist_filling.tick(house)
    last = NOW + timedelta(minutes=house.rules["waitlist_offer_minutes"], seconds=-1)
    with clock.frozen(last):
        assert first.accept().pay_until == last + timedelta(minutes=15)
