"""The simulator's cashier and the notices of its till."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.simulator import Tools, create_blueprint
from connectors.simulator.database import Database
from connectors.simulator.oauth import COOKIE
from connectors.simulator.phones import Phone, Phones
from connectors.simulator.till import Till, TillRefused
from connectors.simulator.till_notices import AGAIN, TillNotices, sign
from connectors.simulator.transport import Answer, NoAnswer
from tests.connectors.simulator.conftest import SIM, make_config

KEY = b"k" * 32


class Bench:
    """One account that takes money, a phone, and one order for it."""

    def __init__(self, folder: Path) -> None:
        self.now, self.posted, self.status = time.time(), list[tuple[float, bytes, Mapping[str, str]]](), 200
        config = replace(make_config(folder, []), pay_key=KEY, pay_url="http://localhost:8000/pay/notify")
        self.database = Database(config.database)
        self.till = Till(self.database, lambda: self.now)
        app = Flask("host")
        tools = Tools(clock=lambda: self.now, submit=lambda _task: True)
        app.register_blueprint(create_blueprint(config, tools))
        self.browser: FlaskClient = app.test_client()
        self.phone = self.a_phone("甲")
        self.prepay_id = self.order("p_1")
        self.browser.set_cookie(COOKIE, self.phone.id, path="/sim")

    def a_phone(self, name: str) -> Phone:
        return Phones(self.database).create(name=name, number="", now=self.now)

    def order(self, no: str, **changes: Any) -> str:
        facts: dict[str, Any] = {"amount": 5000, "description": "预约费用", "expires": self.now + 900}
        return self.till.create(no=no, payer=self.phone.openid, **facts | changes)

    def page(self) -> Any:
        return self.browser.get("/sim/pay/cashier", query_string={"package": f"prepay_id={self.prepay_id}"})

    def pay(self, headers: Mapping[str, str] = SIM) -> Any:
        return self.browser.post(f"/sim/pay/{self.prepay_id}", headers=headers)

    def deliver(self) -> None:
        def post(_url: str, body: bytes, _seconds: float, headers: Mapping[str, str]) -> Answer:
            self.posted.append((self.now, body, headers))
            if self.status == 0:
                raise NoAnswer("timeout")
            return Answer(self.status, "application/json", b"{}")

        TillNotices(self.database, KEY, "http://localhost/pay/notify", lambda: self.now, post).deliver()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_cashier_shows_what_is_to_be_paid_and_to_whom(bench: Bench) -> None:
    page = bench.page()
    assert page.status_code == 200
    assert all(word in page.text for word in ("50.00", "预约费用", "测试医院", "支付", "取消"))


def test_paying_once_is_paying_and_twice_is_not(bench: Bench) -> None:
    assert bench.pay().get_json() == {"result": "ok"}
    assert bench.till.query("p_1")["state"] == "SUCCESS"
    assert bench.pay().get_json() == {"result": "fail"}
    assert bench.page().status_code == 400


def test_another_phone_cannot_pay_it(bench: Bench) -> None:
    bench.browser.set_cookie(COOKIE, bench.a_phone("乙").id, path="/sim")
    assert (bench.page().status_code, bench.pay().get_json()) == (400, {"result": "fail"})
    bench.browser.set_cookie(COOKIE, "p_nobody", path="/sim")
    assert (bench.page().status_code, bench.pay().status_code) == (400, 404)
    assert bench.till.query("p_1")["state"] == "NOTPAY"


def test_a_form_of_another_site_cannot_pay(bench: Bench) -> None:
    assert bench.pay(headers={}).status_code == 403
    assert bench.till.query("p_1")["state"] == "NOTPAY"


@pytest.mark.parametrize("end", ["close", "expire"])
def test_what_is_over_cannot_be_paid(bench: Bench, end: str) -> None:
    if end == "close":
        bench.till.close("p_1")
        bench.till.close("p_1")
    else:
        bench.now += 901
    assert bench.pay().get_json() == {"result": "fail"}
    with pytest.raises(TillRefused, match="ORDER_CLOSED"):
        bench.order("p_1", expires=_expires(bench))


def _expires(bench: Bench) -> float:
    with bench.database.read() as connection:
        return float(connection.execute("SELECT expires FROM till_order").fetchone()[0])


def test_the_same_number_for_something_else_is_refused(bench: Bench) -> None:
    with pytest.raises(TillRefused, match="INVALID_REQUEST"):
        bench.order("p_1", amount=1)


def test_a_paid_order_is_not_closed(bench: Bench) -> None:
    bench.pay()
    with pytest.raises(TillRefused, match="ORDERPAID"):
        bench.till.close("p_1")


def test_no_more_comes_back_than_was_paid(bench: Bench) -> None:
    facts: dict[str, Any] = {"order_no": "p_1", "amount": 5000, "total": 5000}
    with pytest.raises(TillRefused, match="TRADE_STATE_ERROR"):
        bench.till.refund(no="r_1", **facts)
    bench.pay()
    assert bench.till.refund(no="r_1", **facts) == bench.till.refund(no="r_1", **facts)
    with pytest.raises(TillRefused, match="NOT_ENOUGH"):
        bench.till.refund(no="r_2", **facts)
    with pytest.raises(TillRefused, match="PARAM_ERROR"):
        bench.till.refund(no="r_1", **facts | {"amount": 1})


def test_a_notice_is_signed_and_goes_out_until_it_is_taken(bench: Bench) -> None:
    bench.pay()
    bench.status = 500
    bench.deliver()
    bench.deliver()  # not before its time
    assert len(bench.posted) == 1
    bench.now, bench.status = bench.now + AGAIN[0], 200
    bench.deliver()
    bench.now += 10**6
    bench.deliver()
    assert len(bench.posted) == 2
    _at, body, headers = bench.posted[-1]
    stamp, nonce = headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"]
    assert headers["Wechatpay-Signature"] == sign(KEY, timestamp=stamp, nonce=nonce, body=body)
    told = json.loads(body)["resource"]
    assert (told["out_trade_no"], told["amount"]) == ("p_1", {"total": 5000, "currency": "CNY"})


def test_a_notice_that_nobody_takes_follows_the_official_schedule_and_ends(bench: Bench) -> None:
    bench.pay()
    bench.status, began = 0, bench.now
    for _ in range(len(AGAIN) + 1):
        bench.deliver()
        with bench.database.read() as connection:
            due = connection.execute("SELECT due FROM till_notice").fetchone()[0]
        bench.now = due if due is not None else bench.now
    assert len(bench.posted) == len(AGAIN) + 1
    assert round(bench.posted[-1][0] - began) == 24 * 3600 + 4 * 60
    bench.now += 10**6
    bench.deliver()
    assert len(bench.posted) == len(AGAIN) + 1
