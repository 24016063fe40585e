"""What every way of paying must be: the simulator's till behind PayPort. The next one runs through the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import clock
from bot.errors import PayForged, PayRefused, PayUnavailable, PayUnreadable
from bot.host.pay import SimulatorPay
from bot.pay.port import Order, Payment, Refund
from connectors.simulator.database import Database
from connectors.simulator.till import Till
from tests.till import KEY, signed

OPENID = "o-payer"


@pytest.fixture
def pay(tmp_path: Path) -> SimulatorPay:
    return SimulatorPay(Till(Database(tmp_path / "simulator.db")), key=KEY, app_id="wxtest")


@pytest.fixture
def order() -> Order:
    return Order("p_000001", 5000, "预约费用", clock.wire() + timedelta(minutes=15), OPENID)


def charge(pay: SimulatorPay, order: Order) -> None:
    pay.till.charge(pay.prepay(order).bridge["package"].removeprefix("prepay_id="), OPENID)


def refund(pay: SimulatorPay, no: str = "p_000001-r", amount: int = 5000) -> Refund:
    facts: dict[str, Any] = {"order_no": "p_000001", "amount_fen": amount, "total_fen": 5000, "reason": "预约费用"}
    return pay.refund(no=no, **facts)


def refusal(call: Any) -> str:
    with pytest.raises(PayRefused) as failure:
        call()
    return failure.value.code


def test_an_order_is_opened_again_with_the_same_facts_and_no_others(pay: SimulatorPay, order: Order) -> None:
    first, again = pay.prepay(order), pay.prepay(order)
    assert first.bridge["package"] == again.bridge["package"]
    assert set(first.bridge) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert all(isinstance(value, str) for value in first.bridge.values())
    assert refusal(lambda: pay.prepay(replace(order, amount_fen=1))) == "order_differs"


def test_what_the_platform_says_of_an_order(pay: SimulatorPay, order: Order) -> None:
    assert refusal(lambda: pay.query(order.no)) == "order_unknown"
    pay.prepay(order)
    assert pay.query(order.no) == Payment(order.no, "unpaid", 5000)
    charge(pay, order)
    said = pay.query(order.no)
    assert (said.state, said.amount_fen, len(said.transaction_id)) == ("paid", 5000, 28)
    assert said.paid_at is not None and abs(said.paid_at - clock.wire()) < timedelta(minutes=1)
    assert refusal(lambda: pay.prepay(order)) == "order_paid"
    assert refusal(lambda: pay.close(order.no)) == "order_paid"


def test_a_closed_order_cannot_be_opened_again(pay: SimulatorPay, order: Order) -> None:
    assert refusal(lambda: pay.close(order.no)) == "order_unknown"
    pay.prepay(order)
    pay.close(order.no)
    pay.close(order.no)
    assert pay.query(order.no).state == "closed"
    assert refusal(lambda: pay.prepay(order)) == "order_closed"


def test_behaviour_19_a_refund_is_one_under_its_number(pay: SimulatorPay, order: Order) -> None:
    assert refusal(lambda: refund(pay)) == "order_unknown"
    pay.prepay(order)
    assert refusal(lambda: refund(pay)) == "not_paid"
    assert refusal(lambda: pay.query_refund("p_000001-r")) == "refund_unknown"
    charge(pay, order)
    assert refund(pay) == refund(pay) == Refund("p_000001-r", order.no, "processing", 5000)
    assert refusal(lambda: refund(pay, no="p_000001-x")) == "too_much"
    assert refusal(lambda: refund(pay, amount=1)) == "refund_differs"
    assert pay.query(order.no).state == "paid"  # it was, whatever came back since


@pytest.mark.parametrize("when", ["before", "after"])
def test_no_answer_is_no_answer(pay: SimulatorPay, order: Order, when: str) -> None:
    pay.till.arm(f"create:{when}")
    with pytest.raises(PayUnavailable):
        pay.prepay(order)
    pay.prepay(order)


def test_a_notice_is_proved_before_it_is_read(pay: SimulatorPay) -> None:
    headers, body = signed(b"not json")
    with pytest.raises(PayUnreadable):
        pay.notice(headers={name.upper(): value for name, value in headers.items()}, body=body)
    with pytest.raises(PayForged):
        pay.notice(headers=headers, body=b"not json either")
    with pytest.raises(PayForged):
        pay.notice(headers={}, body=body)
