"""`/pay/notify` and whatever is sent there, and a patient's way to the cashier and back."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.db.base import make_engine
from bot.ports import Ports
from bot.services import booking, paid_holds
from tests.factories import make_ports
from tests.till import Payer, hurry, notices, orders, refunds, signed, till, with_till
from tests.web.visits import OAuth, leave, make_app

FAIL = "FAIL"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, _clock: None) -> Iterator[Ports]:
    engine = make_engine(sqlite_url)
    yield with_till(make_ports(engine), tmp_path)
    engine.dispose()


@pytest.fixture
def app(house: Ports, oauth: OAuth) -> Flask:
    return make_app(house, oauth, {})


@pytest.fixture
def payer(house: Ports) -> Payer:
    return Payer(house)


@pytest.fixture
def made(payer: Payer) -> booking.Booking:
    return payer.book()


@pytest.fixture
def browser(app: Flask, oauth: OAuth, payer: Payer) -> FlaskClient:
    return sign_in(app, oauth, payer.openid)


def sign_in(app: Flask, oauth: OAuth, openid: str) -> FlaskClient:
    browser = app.test_client()
    oauth.codes[openid] = openid
    assert browser.get(f"/h5/oauth/back?code={openid}&state={leave(browser)}").status_code == 302
    return browser


def send(app: Flask, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    answer = app.test_client().post("/pay/notify", headers=headers, data=body)
    return answer.status_code, answer.get_json()["code"]


# -- notices -------------------------------------------------------------------------------------------------
def test_behaviour_19_a_good_notice_is_taken_once_and_answered_again(
    app: Flask, house: Ports, payer: Payer, made: booking.Booking
) -> None:
    payer.pay(made)
    [(headers, body)] = notices(house)
    assert [send(app, headers, body) for _ in range(3)] == [(200, "SUCCESS")] * 3
    assert (payer.one(made).state, orders(house)) == ("paid", [("paid", 0)])


def test_a_refund_is_heard_of(app: Flask, house: Ports, payer: Payer) -> None:
    payer.cancel(payer.paid())
    notices(house)
    paid_holds.tick(house)
    hurry(house, 5)
    [(headers, body)] = notices(house)
    assert send(app, headers, body) == (200, "SUCCESS")
    assert refunds(house) == [("cancelled", "done")]


def _tampered(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return headers, body.replace(b"5000", b"5001")


def _without(name: str) -> Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]:
    return lambda headers, body: ({k: v for k, v in headers.items() if k != f"Wechatpay-{name}"}, body)


def _with(name: str, value: str) -> Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]:
    return lambda headers, body: ({**headers, f"Wechatpay-{name}": value}, body)


@pytest.mark.parametrize(
    "spoil",
    [
        *(_without(name) for name in ("Signature", "Timestamp", "Nonce", "Serial")),
        _with("Signature", ""),
        _with("Signature", "WECHATPAY/SIGNTEST/aaaa"),
        _with("Nonce", "another"),
        _with("Serial", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"),
        *(_with("Timestamp", value) for value in ("0", "-1", "１", "1e9", "9" * 40, "nan", " ")),
        _tampered,
        lambda headers, body: (headers, body + b" "),
        lambda _headers, body: signed(body, age=301),
        lambda _headers, body: signed(body, age=-301),
        lambda headers, _body: (headers, b""),
    ],
)
def test_behaviour_19_what_is_not_proved_changes_nothing(
    app: Flask, house: Ports, payer: Payer, made: booking.Booking, spoil: Callable[..., Any]
) -> None:
    payer.pay(made)
    [(headers, body)] = notices(house)
    assert send(app, *spoil(headers, body)) == (401, FAIL)
    assert (payer.one(made).state, orders(house)) == ("unpaid", [("open", 0)])


@pytest.mark.parametrize(
    "change",
    [
        {"mchid": "1900000999"},
        {"trade_state": "NOTPAY"},
        {"transaction_id": ""},
        {"transaction_id": 42},
        {"out_trade_no": None},
        {"out_trade_no": "p" * 65},
        {"success_time": "yesterday"},
        *({"amount": amount} for amount in ({}, None, {"total": 5000}, {"total": 5000, "currency": "USD"})),
        *({"amount": {"total": total, "currency": "CNY"}} for total in (True, "5000", 0, -5000, 1e9, 10**12, None)),
    ],
    ids=str,
)
def test_what_is_proved_and_cannot_be_is_not_taken(
    app: Flask, house: Ports, payer: Payer, made: booking.Booking, change: dict[str, Any]
) -> None:
    payer.pay(made)
    [(_headers, body)] = notices(house)
    told = json.loads(body)
    told["resource"] |= change
    assert send(app, *signed(told)) == (400, FAIL)
    assert payer.one(made).state == "unpaid"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"not json", b"\xff\xfe", b'"x"', b"[" * 60_000, b'{"id": 1, "resource": {}}', b"NaN"],
    ids=lambda body: repr(body[:12]),
)
def test_a_signed_body_that_is_no_notice_is_not_taken(app: Flask, body: bytes) -> None:
    assert send(app, *signed(body)) == (400, FAIL)


def test_an_event_that_we_do_not_know_is_not_taken(app: Flask, house: Ports, payer: Payer, made: Any) -> None:
    payer.pay(made)
    told = json.loads(notices(house)[0][1])
    assert send(app, *signed({**told, "event_type": "PROFITSHARING"})) == (400, FAIL)


def test_behaviour_19_an_order_that_is_none_of_ours_and_another_amount_are_alarms(
    app: Flask, house: Ports, payer: Payer, made: booking.Booking, caplog: pytest.LogCaptureFixture
) -> None:
    payer.pay(made)
    told = json.loads(notices(house)[0][1])
    told["resource"]["amount"]["total"] = 1
    assert send(app, *signed(told)) == (409, FAIL)
    told["resource"]["out_trade_no"] = "p_nobody"
    assert send(app, *signed({**told, "id": "other"})) == (404, FAIL)
    assert caplog.text.count("PAY ALARM") == 2
    assert (payer.one(made).state, orders(house)) == ("unpaid", [("open", 0)])


def test_one_that_is_too_large_is_not_read(app: Flask) -> None:
    assert send(app, *signed(b" " * (64 * 1024 + 1))) == (413, FAIL)


def test_a_database_that_is_down_has_the_notice_sent_again(
    house: Ports, oauth: OAuth, payer: Payer, made: booking.Booking
) -> None:
    payer.pay(made)
    [(headers, body)] = notices(house)

    def broken() -> Any:
        raise OSError

    app = make_app(replace(house, transaction=broken), oauth, {})
    assert send(app, headers, body) == (500, FAIL)


def test_where_nothing_is_paid_here_nothing_is_taken(house: Ports, oauth: OAuth) -> None:
    app = make_app(replace(house, pay=None), oauth, {})
    assert send(app, *signed(b"{}")) == (404, FAIL)
    assert app.test_client().get("/pay/notify").status_code == 405


# -- the patient's way ---------------------------------------------------------------------------------------
def token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]*)"', page)
    assert found
    return found[1]


def test_from_the_kept_number_to_the_cashier_and_back(
    house: Ports, payer: Payer, made: booking.Booking, browser: FlaskClient
) -> None:
    page = browser.get(f"/h5/bookings/{made.ref}").text
    assert "待付款" in page and f"/h5/bookings/{made.ref}/pay" in page and "08:45" in page
    assert "待付款" in browser.get("/h5/me").text
    cashier = browser.get(f"/h5/bookings/{made.ref}/pay").text
    bridge = json.loads(html.unescape(re.search(r'data-bridge="([^"]*)"', cashier)[1]))  # type: ignore[index]
    assert bridge["appId"] == "wxtest" and bridge["package"].startswith("prepay_id=")
    till(house).charge(bridge["package"].removeprefix("prepay_id="), payer.openid)
    back = browser.post(f"/h5/bookings/{made.ref}/paid", data={"form_token": token(cashier)})
    assert (back.status_code, back.headers["Location"]) == (303, f"/h5/bookings/{made.ref}")
    page = browser.get(f"/h5/bookings/{made.ref}").text
    assert "已约好" in page and "已付" in page and "去支付" not in page


def test_there_is_no_cashier_for_what_is_paid_and_for_anothers(
    app: Flask, house: Ports, payer: Payer, oauth: OAuth, browser: FlaskClient
) -> None:
    made = payer.paid()
    again = browser.get(f"/h5/bookings/{made.ref}/pay")
    assert again.status_code == 422 and "data-bridge" not in again.text
    other = sign_in(app, oauth, Payer(house).openid)
    assert other.get(f"/h5/bookings/{made.ref}/pay").status_code == 404
    form = {"form_token": token(other.get("/h5/data").text)}
    assert other.post(f"/h5/bookings/{made.ref}/paid", data=form).status_code == 404
    assert other.post(f"/h5/bookings/{made.ref}/paid").status_code == 403


def test_a_platform_that_is_down_leaves_the_number_kept(
    house: Ports, payer: Payer, made: booking.Booking, browser: FlaskClient
) -> None:
    till(house).arm("create:before")
    assert browser.get(f"/h5/bookings/{made.ref}/pay").status_code == 503
    assert payer.one(made).state == "unpaid"
