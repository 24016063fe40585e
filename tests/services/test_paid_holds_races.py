"""Payment, lapse, cancelling and the jobs at once, on PostgreSQL: never booked unpaid, never paid and lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.db.payment import PayOrder, PayRefund
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking, booking_steps, paid_holds, payment_orders, payment_refunds
from tests.factories import NOW, FakeHis, together
from tests.services.lines import due
from tests.till import Payer, notices, orders, till, with_till, wrongs

ROUNDS = 12
CLEAN = frozenset({"pay_settling", "not_cancellable", "his_unavailable", "too_fast"})
LAST_MOMENT = NOW + timedelta(minutes=15)


@pytest.fixture
def house(postgres_ports: Ports, tmp_path: Path) -> Ports:
    assert isinstance(postgres_ports.his, FakeHis)
    postgres_ports.his.capacity = 10 * ROUNDS
    return with_till(postgres_ports, tmp_path)


def storm(ports: Ports, payer: Payer, made: booking.Booking) -> list[Any]:
    """Four notices, two ticks of the jobs after the time is over, and the patient's own cancelling, at once.

    Gives what went wrong beside.
    """
    told = next(notice for notice in notices(ports) if b"TRANSACTION" in notice[1])

    def hear() -> None:
        paid_holds.take_notice(ports, ports.pay, headers=told[0], body=told[1])  # type: ignore[arg-type]

    def jobs() -> None:
        paid_holds.tick(ports)

    def cancel() -> None:
        payer.cancel(made)

    acts: tuple[Callable[[], None], ...] = (hear, jobs, hear, cancel, hear, jobs, cancel, hear)

    with clock.frozen(LAST_MOMENT):
        return [error for error in together(len(acts), lambda n: acts[n]()) if not _clean(error)]


def _clean(outcome: Any) -> bool:
    """Done, or a no that a patient hears in words; never a deadlock or a broken row."""
    return outcome is None or (isinstance(outcome, PeizhenError) and outcome.code in CLEAN)


def rounds(ports: Ports, count: int = ROUNDS) -> None:
    for n in range(count):
        payer = Payer(ports)
        made = payer.book()
        payer.pay(made)
        if n % 3 == 0:  # the platform takes the money of an order that was closed, too
            till(ports).arm("charge:closed")
        assert storm(ports, payer, made) == []
    with clock.frozen(LAST_MOMENT + timedelta(minutes=5)):
        booking.settle_open(ports)
        paid_holds.tick(ports)


def test_whoever_wins_the_money_and_the_number_agree(house: Ports) -> None:
    rounds(house)
    assert wrongs(house) == []
    with house.transaction() as session:
        ended = set(session.scalars(sa.select(Booking.state)))
        owed = session.scalar(sa.select(sa.func.sum(PayRefund.amount_fen))) or 0
    assert ended <= {"booked", "cancelled"}
    assert sum(refunded for _state, refunded in orders(house)) == owed
    told = [kind for kind, _due, _expires in due(house)]
    assert len(told) <= 2 * ROUNDS


def test_control_without_the_conditional_step_money_and_number_disagree(
    house: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step from unpaid to paid taken whatever the booking has become meanwhile: the same storm loses money."""
    real = booking_steps.move

    def always(session: Any, booking_id: int, before: Any, **values: Any) -> bool:
        if values.get("state") in {"paid", "booked"}:
            seen = session.scalar(sa.select(Booking.state).where(Booking.id == booking_id))
            before = {seen}
        return real(session, booking_id, before, **values)

    monkeypatch.setattr(booking_steps, "move", always)
    monkeypatch.setattr(paid_holds, "_hold_row", lambda *_: None)
    with pytest.raises(AssertionError):
        late_payment(house)


def late_payment(ports: Ports) -> None:
    """A patient who cancelled, and the notice of his payment right behind."""
    payer = Payer(ports)
    made = payer.book()
    payer.pay(made)
    [told] = notices(ports)
    payer.cancel(made)
    paid_holds.take_notice(ports, ports.pay, headers=told[0], body=told[1])  # type: ignore[arg-type]
    assert (payer.one(made).state, wrongs(ports)) == ("cancelled", [])


def test_a_payment_right_behind_a_cancelling_is_owed_back(house: Ports) -> None:
    late_payment(house)
    assert orders(house) == [("paid", 5000)]


def test_of_six_wishes_at_once_only_so_many_are_kept_unpaid(house: Ports) -> None:
    payer = Payer(house)
    slots = [f"yh.s01-202611{day}-0900" for day in range(24, 30)]
    outcomes = together(6, lambda n: payer.book(slots[n], str(n)))
    assert sorted(str(o) for o in outcomes if not isinstance(o, booking.Booking)) == ["unpaid_limit"] * 4
    with house.transaction() as session:
        kept = session.scalars(sa.select(Booking.state)).all()
    assert list(kept) == ["unpaid"] * house.rules["unpaid_limit"]


def test_one_notice_a_hundred_times_at_once_is_one_payment(house: Ports) -> None:
    payer = Payer(house)
    made = payer.book()
    payer.pay(made)
    [told] = notices(house)
    together(20, lambda _n: paid_holds.take_notice(house, house.pay, headers=told[0], body=told[1]))  # type: ignore[arg-type]
    together(6, lambda _n: paid_holds.tick(house))
    assert (payer.one(made).state, orders(house)) == ("booked", [("paid", 0)])
    assert [kind for kind, _due, _expires in due(house)] == ["paid_booked"]


def test_ten_who_owe_the_same_money_owe_it_once(house: Ports) -> None:
    payer = Payer(house)
    payer.paid()

    def owe(_n: int) -> bool:
        with house.transaction() as session:
            row = session.scalars(sa.select(Booking)).one()
            return payment_refunds.owe(house, session, booking_id=row.id, cause="desk")

    assert sorted(together(10, owe)) == [False] * 9 + [True]
    together(6, lambda _n: payment_refunds.forward(house, house.pay))  # type: ignore[arg-type]
    with till(house)._database.read() as connection:
        assert connection.execute("SELECT count(*), sum(amount) FROM till_refund").fetchone()[:] == (1, 5000)


def test_no_more_is_given_back_than_was_paid_whatever_the_program_does(house: Ports) -> None:
    Payer(house).paid()
    with house.transaction() as session:
        order = session.scalars(sa.select(PayOrder)).one()
        with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
            payment_orders.move(session, order.id, {"paid"}, refunded_fen=order.amount_fen + 1)
