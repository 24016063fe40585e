"""PayPort: what Peizhen asks of a way of paying, in the words that WeChat Pay v3 and its likes share.

Money is integer fen. Moments are naive UTC on the machine's clock (`clock.wire`), because a payment platform keeps
the real time. Numbers of orders and refunds are ours, 6 to 32 of `0-9 A-Z a-z _ -`, and one number is one order for
ever: whoever got no answer asks again with the same one, or queries; never with a new one.
Failures: `PayUnavailable` (no usable answer, the outcome is unknown), `PayRefused(code)` (a clear no).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

# unpaid: also while the payer types his password. closed: nothing can be paid on it any more.
PaymentState = Literal["unpaid", "paid", "closed"]
# failed: the money did not arrive where it came from, a person has to look.
RefundState = Literal["processing", "done", "failed"]


@dataclass(frozen=True)
class Order:
    """One thing to be paid. `description` is what the payer reads on his bill: never a department, a doctor, a name.

    `payer` is whoever may pay it, as the way of paying calls him (WeChat: the openid); whose that is, the caller knows.
    """

    no: str
    amount_fen: int
    description: str
    expires_at: datetime
    payer: str = field(repr=False)


@dataclass(frozen=True)
class Cashier:
    """What the payer's WeChat is handed to open its cashier (`getBrandWCPayRequest`), signed where it has to be."""

    bridge: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Payment:
    """What the platform says of one order; `transaction_id` and `paid_at` only once it is paid."""

    no: str
    state: PaymentState
    amount_fen: int
    transaction_id: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True)
class Refund:
    """What the platform says of one refund."""

    no: str
    order_no: str
    state: RefundState
    amount_fen: int


@dataclass(frozen=True)
class PayNotice:
    """One notice whose signature and age were good: about a payment, or about a refund. `id` is the platform's."""

    id: str
    about: Payment | Refund


class PayPort(Protocol):
    """Every call may raise `PayUnavailable`; refusals are named per call."""

    def prepay(self, order: Order) -> Cashier:
        """Open an order, or open it again with the same facts, for the payer's cashier.

        Raises PayRefused('order_paid' | 'order_closed' | 'order_differs': the number stands for another order).
        """

    def query(self, no: str) -> Payment:
        """Raises PayRefused('order_unknown')."""

    def close(self, no: str) -> None:
        """End an unpaid order; closing twice is once. Raises PayRefused('order_paid' | 'order_unknown')."""

    def refund(self, *, no: str, order_no: str, amount_fen: int, total_fen: int, reason: str) -> Refund:
        """Give money of a paid order back; the same number is one refund, and gives how it stands now.

        Raises PayRefused('order_unknown' | 'not_paid' | 'too_much' | 'refund_differs').
        """

    def query_refund(self, no: str) -> Refund:
        """Raises PayRefused('refund_unknown')."""

    def notice(self, *, headers: Mapping[str, str], body: bytes) -> PayNotice:
        """Read one notice: signature over time, nonce and the raw body, not older than five minutes, then its facts.

        Never asks anything outside. Raises PayForged (not proved) and PayUnreadable (proved, and not what we know).
        """
