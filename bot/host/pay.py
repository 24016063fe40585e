"""PayPort over the simulator's till: the demo's way of paying, and the twin of WeChat Pay in tests."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

from bot import clock
from bot.errors import PayForged, PayRefused, PayUnavailable, PayUnreadable
from bot.pay.port import Cashier, Order, Payment, PayNotice, Refund
from connectors.simulator.database import Database
from connectors.simulator.till import Till, TillRefused
from connectors.simulator.till_notices import MERCHANT, SERIAL, sign
from connectors.simulator.transport import NoAnswer

T = TypeVar("T")
OLDEST = 300  # seconds; WeChat Pay's own limit
PAYMENTS: dict[str, Any] = {"NOTPAY": "unpaid", "SUCCESS": "paid", "REFUND": "paid", "CLOSED": "closed"}
REFUNDS: dict[str, Any] = {"PROCESSING": "processing", "SUCCESS": "done", "ABNORMAL": "failed"}
SAID = {  # the platform's word → ours
    "ORDERPAID": "order_paid",
    "ORDER_CLOSED": "order_closed",
    "INVALID_REQUEST": "order_differs",
    "ORDER_NOT_EXIST": "order_unknown",
    "TRADE_STATE_ERROR": "not_paid",
    "NOT_ENOUGH": "too_much",
    "PARAM_ERROR": "refund_differs",
    "RESOURCE_NOT_EXISTS": "refund_unknown",
}


class SimulatorPay:
    """PayPort. `till` is the platform itself: tests arm its faults."""

    def __init__(self, till: Till, *, key: bytes, app_id: str) -> None:
        self.till, self._key, self._app_id = till, key, app_id

    @classmethod
    def at(cls, var: Path, *, key: bytes, app_id: str) -> SimulatorPay:
        """The till of the simulator whose state lies in this folder."""
        return cls(Till(Database(var / "simulator.db")), key=key, app_id=app_id)

    def prepay(self, order: Order) -> Cashier:
        expires = order.expires_at.replace(tzinfo=timezone.utc).timestamp()
        facts: dict[str, Any] = {
            "no": order.no,
            "amount": order.amount_fen,
            "description": order.description,
            "payer": order.payer,
        }
        prepay_id = _asked(lambda: self.till.create(**facts, expires=expires))
        return Cashier(self._bridge(f"prepay_id={prepay_id}"))

    def _bridge(self, package: str) -> dict[str, str]:
        """What `getBrandWCPayRequest` takes, signed over the same four lines as WeChat's."""
        stamp, nonce = str(clock.wire_seconds()), secrets.token_hex(16)
        lines = f"{self._app_id}\n{stamp}\n{nonce}\n{package}\n".encode()
        signed = {"signType": "SIMULATOR", "paySign": hmac.new(self._key, lines, "sha256").hexdigest()}
        return {"appId": self._app_id, "timeStamp": stamp, "nonceStr": nonce, "package": package, **signed}

    def query(self, no: str) -> Payment:
        return _payment(_asked(lambda: self.till.query(no)))

    def close(self, no: str) -> None:
        _asked(lambda: self.till.close(no))

    def refund(self, *, no: str, order_no: str, amount_fen: int, total_fen: int, reason: str) -> Refund:
        return _refund(_asked(lambda: self.till.refund(no=no, order_no=order_no, amount=amount_fen, total=total_fen)))

    def query_refund(self, no: str) -> Refund:
        return _refund(_asked(lambda: self.till.query_refund(no)))

    def notice(self, *, headers: Mapping[str, str], body: bytes) -> PayNotice:
        self._prove({name.lower(): value for name, value in headers.items()}, body)
        try:
            told = json.loads(body)
            return PayNotice(str(told["id"]), _about(told["event_type"], told["resource"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise PayUnreadable from None

    def _prove(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises PayForged unless this is signed with our key, and now."""
        given = {name: headers.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "signature", "serial")}
        stamp = given["timestamp"]
        fresh = stamp.isascii() and stamp.isdigit() and len(stamp) < len("10000000000")
        if not fresh or abs(clock.wire_seconds() - int(stamp)) >= OLDEST or given["serial"] != SERIAL:
            raise PayForged
        right = sign(self._key, timestamp=stamp, nonce=given["nonce"], body=body)
        if not hmac.compare_digest(right.encode(), given["signature"].encode()):
            raise PayForged


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except TillRefused as refusal:
        raise PayRefused(SAID.get(refusal.code, "pay_refused")) from None
    except NoAnswer:
        raise PayUnavailable from None


def _payment(row: Mapping[str, Any]) -> Payment:
    paid_at = None if row["paid_at"] is None else _naive(datetime.fromtimestamp(row["paid_at"], timezone.utc))
    return Payment(row["no"], PAYMENTS[row["state"]], row["amount"], row["transaction_id"] or "", paid_at)


def _refund(row: Mapping[str, Any]) -> Refund:
    return Refund(row["no"], row["order_no"], REFUNDS[row["state"]], row["amount"])


def _about(event: str, told: Mapping[str, Any]) -> Payment | Refund:
    """Raises PayUnreadable for another merchant's, another currency, or what is none of our events."""
    amount = told["amount"]
    if told["mchid"] != MERCHANT or amount["currency"] != "CNY":
        raise PayUnreadable
    if event == "TRANSACTION.SUCCESS" and told["trade_state"] == "SUCCESS":
        paid_at = _naive(datetime.fromisoformat(told["success_time"]))
        return Payment(
            _text(told["out_trade_no"]), "paid", _fen(amount["total"]), _text(told["transaction_id"]), paid_at
        )
    if event.startswith("REFUND."):
        state = REFUNDS[told["refund_status"]]
        return Refund(_text(told["out_refund_no"]), _text(told["out_trade_no"]), state, _fen(amount["refund"]))
    raise PayUnreadable


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > 64:  # noqa: PLR2004 - longer than any number of theirs
        raise PayUnreadable
    return value


def _fen(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**9:
        raise PayUnreadable
    return value
