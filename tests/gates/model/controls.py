"""Guards of the product, each taken away by a patched function: the machine has to notice every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from bot import clock
from bot.db.waitlist import Wait
from bot.his.embedded import EmbeddedHis, moving, stock, tables
from bot.his.embedded import booking as his_booking
from bot.his.embedded.booking import Wish
from bot.services import (
    booking_lost,
    booking_steps,
    giving_back,
    guards,
    outcome_notices,
    paid_holds,
    payment_orders,
    payment_refunds,
    returned,
    settling,
    waitlist_filling,
    waitlist_offers,
)


@contextmanager
def capacity_at_the_hospital() -> Iterator[None]:
    """The conditional UPDATE of the stock loses its condition, and the CHECKs behind it are off."""

    def take(connection: Any, slot_id: str, door: str) -> int:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        more = {"taken": tables.slot.c.taken + 1, "share_taken": tables.slot.c.share_taken + int(door == "wechat")}
        taking = sa.update(tables.slot).where(tables.slot.c.id == slot_id)
        connection.execute(taking.values(**more))
        row = connection.execute(sa.select(tables.slot).where(tables.slot.c.id == slot_id)).one()
        return int(1000 * row.first_number + row.taken)

    with patch.object(stock, "take_place", take):
        yield


@contextmanager
def one_key_one_act() -> Iterator[None]:
    """An adapter that makes a key of its own when it is asked a second time."""
    right, asked = EmbeddedHis.book, set()

    def book(self: EmbeddedHis, *, key: str, **order: str) -> Any:
        again = (self.database.url, key) in asked
        asked.add((self.database.url, key))
        return right(self, key=f"{key}.again" if again else key, **order)

    with patch.object(EmbeddedHis, "book", book):
        yield


@contextmanager
def moving_in_one_step() -> Iterator[None]:
    """The hospital gives the old number back first, and then looks for the new one."""

    def reschedule(database: Any, *, appointment_id: str, slot_id: str, key: str, now: Any) -> Any:
        old = his_booking.cancel(database, appointment_id=appointment_id, now=now)
        return his_booking.book(database, Wish("reschedule", slot_id, key, old.patient_id), now=now)

    with patch.object(moving, "reschedule", reschedule):
        yield


@contextmanager
def old_number_held_while_moving() -> Iterator[None]:
    """The old number's row is not taken before the hospital is asked."""
    right = booking_steps.move

    def move(session: Any, booking_id: int, before: Any, **values: Any) -> bool:
        return values.get("state") == "moving" or right(session, booking_id, before, **values)

    with patch.object(booking_steps, "move", move):
        yield


@contextmanager
def places_kept_back() -> Iterator[None]:
    """What was given back is for sale at once."""
    with patch.object(returned, "for_sale", lambda *_args, left, **_facts: left > 0):
        yield


@contextmanager
def order_of_the_line() -> Iterator[None]:
    """The last who came is asked first."""

    def last(session: Any, shown: Any) -> Any:
        half = "am" if clock.local(shown.start).hour < 12 else "pm"
        query = sa.select(Wait).where(
            Wait.state == "waiting",
            Wait.department_id == shown.department_id,
            Wait.day == shown.day,
            sa.func.coalesce(Wait.doctor_id, shown.doctor_id) == shown.doctor_id,
            sa.func.coalesce(Wait.period, half) == half,
        )
        return session.scalars(query.order_by(Wait.id.desc()).limit(1)).first()

    with patch.object(waitlist_filling, "_first", last):
        yield


@contextmanager
def deadline_of_an_offer() -> Iterator[None]:
    """A yes counts whenever it comes."""
    right = waitlist_offers.move

    def move(session: Any, offer_id: int, before: set[str], *_more: Any, **values: Any) -> bool:
        return right(session, offer_id, before, **values)

    with patch.object(waitlist_offers, "move", move):
        yield


@contextmanager
def numbers_of_a_week() -> Iterator[None]:
    """Every number finds a place of its week."""
    free = count()
    with patch.object(guards, "week_places", lambda *_facts: [f"week-{next(free)}"]):
        yield


@contextmanager
def word_of_a_stopped_clinic() -> Iterator[None]:
    """Nobody is told that his doctor stays at home."""
    with patch.object(booking_lost, "_tell_stopped", lambda *_facts: None):
        yield


@contextmanager
def word_of_an_outcome() -> Iterator[None]:
    """Who was told to wait for word hears none."""
    with patch.object(outcome_notices, "tell", lambda *_facts: None):
        yield


@contextmanager
def payment_tied_to_its_booking() -> Iterator[None]:
    """The order is paid in one transaction, and its booking is to hear of that in another."""

    def paid(ports: Any, session: Any, order: Any, said: Any) -> None:
        facts = {"paid_fen": said.amount_fen, "transaction_id": said.transaction_id, "look_at": None}
        payment_orders.move(session, order.id, paid_holds.PAYABLE, state="paid", settled_at=ports.now(), **facts)

    with patch.object(paid_holds, "_paid", paid):
        yield


@contextmanager
def money_owed_with_the_end() -> Iterator[None]:
    """A number ends, and nobody writes down that its money is owed."""
    with patch.object(payment_refunds, "owe", lambda *_args, **_facts: False):
        yield


@contextmanager
def cashier_before_the_number() -> Iterator[None]:
    """What is kept is booked at once, whether or not it was paid."""
    right = settling._keep

    def keep(ports: Any, asked: Any, answer: Any, *, later: bool) -> bool:
        known = right(ports, asked, answer, later=later)
        with ports.transaction() as session:
            booking_steps.move(session, asked.id, {"unpaid"}, state="paid")
        return known

    with patch.object(settling, "_keep", keep):
        yield


@contextmanager
def place_of_the_faster_call() -> Iterator[None]:
    """The slower of two calls of one key gives back what the faster one has got."""
    with patch.object(giving_back, "put_back", giving_back.let_go):
        yield


@contextmanager
def word_of_a_payment() -> Iterator[None]:
    """Nobody is told that his money came, or comes back."""
    right = booking_steps.tell

    def tell(ports: Any, session: Any, row: Any, view: str, **more: Any) -> None:
        if view not in {"paid_booked", "money_back"}:
            right(ports, session, row, view, **more)

    with patch.object(booking_steps, "tell", tell):
        yield


CONTROLS: tuple[Callable[[], Any], ...] = (
    capacity_at_the_hospital,
    one_key_one_act,
    moving_in_one_step,
    old_number_held_while_moving,
    places_kept_back,
    order_of_the_line,
    deadline_of_an_offer,
    numbers_of_a_week,
    word_of_a_stopped_clinic,
    word_of_an_outcome,
    payment_tied_to_its_booking,
    money_owed_with_the_end,
    cashier_before_the_number,
    place_of_the_faster_call,
    word_of_a_payment,
)
