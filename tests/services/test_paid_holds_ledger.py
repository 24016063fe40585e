"""Many payers, each with another fault, notices doubled and shuffled: our books are the platform's, to the fen."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.db.payment import PayOrder
from bot.errors import HisUnavailable, PayUnavailable, Refused
from bot.ports import Ports
from bot.services import booking, paid_holds
from connectors.simulator.till import TillRefused
from connectors.simulator.transport import NoAnswer
from tests.factories import NOW, FakeHis
from tests.till import Payer, hurry, notices, till, with_till, wrongs

FAULTS = (
    *("notice:never", "notice:twice", "notice:late", "charge:before", "charge:after", "charge:closed"),
    *("query:before", "close:before", "close:after", "create:before", "create:after"),
    *("refund:before", "refund:after", "query_refund:before"),
)
PAYERS = 30


@pytest.fixture
def house(ports: Ports, his: FakeHis, tmp_path: Path) -> Ports:
    his.capacity = PAYERS
    return with_till(ports, tmp_path)


def one_visit(ports: Ports, his: FakeHis, chance: random.Random) -> None:
    """Book, perhaps pay, perhaps come back, perhaps let go; whatever fails, fails."""
    his.lose_answers = 0
    payer = Payer(ports)
    his.lose_answers = int(chance.random() < 0.2)
    till(ports).arm(chance.choice(FAULTS))
    with suppress(HisUnavailable, Refused):
        made = payer.book()
        for _ in range(chance.choice((0, 1, 2, 2))):  # not at all, once, and again where nobody knew
            with suppress(PayUnavailable, NoAnswer, TillRefused):
                payer.pay(made)
        if chance.random() < 0.6:
            payer.come_back(made)
        if chance.random() < 0.4:
            payer.cancel(made)


def deliver(ports: Ports, chance: random.Random) -> None:
    """Every notice that is due, some twice, in any order."""
    posted = notices(ports)
    posted += chance.sample(posted, len(posted) // 2)
    chance.shuffle(posted)
    for headers, body in posted:
        paid_holds.take_notice(ports, ports.pay, headers=headers, body=body)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [1, 2])
def test_our_books_are_the_platforms(house: Ports, his: FakeHis, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(PAYERS):
        one_visit(house, his, chance)
    for minutes in (1, 4, 16, 17, 30, 60, 200, 700):
        with clock.frozen(NOW + timedelta(minutes=minutes)):
            booking.settle_open(house)
            deliver(house, chance)
            paid_holds.tick(house)
            assert wrongs(house) == []
        hurry(house, 60)
    with house.transaction() as session:
        ours = session.execute(sa.select(sa.func.sum(PayOrder.paid_fen), sa.func.sum(PayOrder.refunded_fen))).one()
        open_ones = session.scalar(sa.select(sa.func.count()).where(PayOrder.state.in_(("open", "closing", "odd"))))
    with till(house)._database.read() as connection:
        paid = "SELECT sum(amount), sum(refunded) FROM till_order WHERE state IN ('SUCCESS', 'REFUND')"
        assert tuple(ours) == tuple(connection.execute(paid).fetchone())
    assert (open_ones, ours[0] > ours[1] > 0) == (0, True)
    theirs = [a.id for a in his._appointments.values() if a.state in {"booked", "held"}]
    with house.transaction() as session:
        booked = session.scalars(sa.select(Booking.appointment_id).where(Booking.state == "booked")).all()
    assert sorted(theirs) == sorted(booked)
