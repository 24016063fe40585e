"""整形外科's numbers are paid before they are booked: said as conversations, paid in the simulator's till."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import clock, wiring
from bot.his.embedded import EmbeddedHis
from bot.jobs import changes
from bot.jobs import payment as payment_job
from bot.ports import Ports
from bot.services import booking, payment
from tests.conversations.bookings import book, cards_of, ours, theirs
from tests.conversations.conftest import MONDAY, bind
from tests.conversations.house import Talk
from tests.services.lines import delivered
from tests.till import hurry, orders, refunds, till, with_till, wrongs

PLASTIC = "yh.k21"
NOW = clock.utc(MONDAY)


@pytest.fixture
def paying(house: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ports:
    """The same house, which takes money."""
    ports = with_till(house, tmp_path, prepay=house.rules["prepay"])
    monkeypatch.setattr(wiring, "ports", lambda: ports)
    return ports


@pytest.fixture
def bound(paying: Ports, patients: list[dict[str, Any]]) -> Talk:
    talk = Talk(paying)
    bind(talk, patients[0])
    return talk


def keep(talk: Talk) -> str:
    """From one sentence to a number that is kept; gives its ref."""
    assert "几点来" in talk("挂明天整形外科的号")
    assert "确认后15分钟内用微信支付" in talk("1")
    assert "请在09:55前付款" in talk("确认挂号")
    return booking.mine(talk.ports, person_id=talk.person_id)[0].ref


def pay(talk: Talk, ref: str) -> None:
    """Go through the cashier and come back."""
    bridge = payment.checkout(talk.ports, person_id=talk.person_id, ref=ref).cashier.bridge
    till(talk.ports).charge(bridge["package"].removeprefix("prepay_id="), talk.openid)
    payment.come_back(talk.ports, person_id=talk.person_id, ref=ref)


def pushed(talk: Talk) -> list[str]:
    return [reply["text"] for reply in delivered(talk.ports)]


def links(talk: Talk) -> list[str]:
    return [reply["link"]["url"] for reply in talk.replies if reply.get("link")]


def test_keep_pay_cancel_and_the_money_is_back(bound: Talk, paying: Ports) -> None:
    ref = keep(bound)
    assert links(bound) == [f"http://localhost:8000/h5/bookings/{ref}/pay"]
    assert (ours(bound)[0][2], theirs(bound)[0][2]) == ("unpaid", "held")
    pay(bound, ref)
    assert (ours(bound)[0][2], theirs(bound)[0][2]) == ("booked", "booked")
    assert any("钱收到了，号挂好了" in text and "（已付）" in text for text in pushed(bound))
    bound("取消预约")
    assert "会原路退回" in bound.tap("确认取消")
    payment_job.run()
    hurry(paying, 5)
    with clock.frozen(NOW + timedelta(minutes=5)):
        payment_job.run()
        assert any("已经退到您付款的账户" in text for text in pushed(bound))
    assert (refunds(paying), wrongs(paying)) == ([("cancelled", "done")], [])


def test_my_bookings_and_paying_bring_back_to_the_cashier(bound: Talk) -> None:
    ref = keep(bound)
    way = [f"http://localhost:8000/h5/bookings/{ref}/pay"]
    assert "还没付款，号留到09:55" in bound("我的预约")
    assert links(bound) == way
    assert "请在09:55前付款" in bound("我要缴费")
    assert links(bound) == way
    pay(bound, ref)
    assert "还没付款" not in bound("我的预约")
    assert "自助机" in bound("我要缴费")


def test_a_kept_number_is_let_go_without_money(bound: Talk, paying: Ports) -> None:
    keep(bound)
    bound.tap("取消这个号")
    said = bound.tap("确认取消")
    assert "已经取消" in said and "退回" not in said.replace("号退回去了", "")
    payment_job.run()
    assert (orders(paying), theirs(bound)[0][2], refunds(paying)) == ([("closed", 0)], "cancelled", [])


def test_who_does_not_pay_is_told_gently_and_may_book_again(bound: Talk, paying: Ports) -> None:
    keep(bound)
    with clock.frozen(NOW + timedelta(minutes=16)):
        payment_job.run()
        [text] = pushed(bound)
        assert "没有在时间内付款" in text and "没有扣您的钱" in text
        assert theirs(bound)[0][2] == "cancelled"
        assert "几点来" in bound("挂明天整形外科的号")


def test_a_stopped_clinic_gives_the_money_back_and_moves(bound: Talk, paying: Ports, hospital: EmbeddedHis) -> None:
    ref = keep(bound)
    pay(bound, ref)
    [made] = [a for a in hospital.appointments(_patient(bound)) if a.state == "booked"]
    pushed(bound)
    hospital.close_session(session_id=made.session_id, key="desk")
    changes.run()
    [text] = pushed(bound)
    assert "停诊了" in text and "付的挂号费会全部原路退回" in text
    assert (refunds(paying), wrongs(paying)) == ([("stopped", "owed")], [])


def test_a_number_of_another_department_is_booked_at_once(bound: Talk, paying: Ports) -> None:
    book(bound)
    assert (ours(bound)[0][2], orders(paying)) == ("booked", [])


def test_moving_to_a_number_that_is_paid_first_is_explained(bound: Talk) -> None:
    book(bound)
    bound("把号改到后天整形外科")
    for _ in range(3):
        if "确认改" in bound.said:
            break
        bound("1")
    assert "要先付款" in bound("确认改约")
    assert ours(bound)[0][2] == "booked"


def test_where_no_money_is_taken_the_same_number_is_booked(house: Ports, patients: list[dict[str, Any]]) -> None:
    talk = Talk(house)
    bind(talk, patients[0])
    talk("挂明天整形外科的号")
    assert "到院缴" in talk("1")
    assert "挂好了" in talk("确认挂号")


def _patient(talk: Talk) -> str:
    return str(cards_of(talk)[0].patient_id)


def test_a_kept_number_can_be_paid_or_let_go_but_not_moved(bound: Talk) -> None:
    keep(bound)
    assert bound.labels == ["取消这个号", "给家人也挂一个"]
    bound("我的预约")
    assert bound.labels == ["取消预约", "再挂一个"]


def test_a_kept_number_in_the_way_of_a_second_one_leads_to_the_cashier(bound: Talk) -> None:
    ref = keep(bound)
    said = bound("再挂一个明天整形外科的号")
    assert "还没付款" in said and "改这个号的时间" not in said
    assert bound.labels[:2] == ["去支付", "取消原来那个号"]
    bound.tap("去支付")
    assert links(bound) == [f"http://localhost:8000/h5/bookings/{ref}/pay"]
