"""A release morning on PostgreSQL: slots with so many places, and a crowd with cards of their own.

Our database and the embedded hospital's are two databases of one real server, as a hospital would run them.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine
from bot.db.booking import Booking, Operation
from bot.db.migrate import upgrade
from bot.errors import PeizhenError
from bot.his.embedded import EmbeddedHis, demo, tables
from bot.host.his_cache import CachedHis
from bot.ports import Ports
from bot.services import booking
from tests.factories import a_card, a_person, make_ports
from tests.servers import postgresql

MONDAY = clock.utc(datetime(2026, 11, 23, 7, 0))
TUESDAY = date(2026, 11, 24)
FIRST_NUMBER = 1001  # far from the numbers that the demo's crowd holds
CONNECTIONS = 90  # of one process to each database; the server takes 250
PATIENCE = 120  # seconds that a caller waits for a connection: the crowd is larger than any pool
REFUSALS = frozenset({"slot_full"})
BOOKED = "b_"  # how a booking's reference begins


@dataclass(frozen=True)
class Buyer:
    """One person with the card he books for."""

    person_id: int
    card_ref: str


@dataclass(frozen=True)
class Outcome:
    """What a crowd got: bookings by reference, refusals and errors by their code."""

    booked: list[str]
    refused: Counter[str]
    errors: Counter[str]


def book(ports: Ports, buyer: Buyer, slot_id: str, key: str) -> str:
    """The booking's reference, or the code of a refusal, or the name of what broke."""
    try:
        ask = {"person_id": buyer.person_id, "card_ref": buyer.card_ref, "slot_id": slot_id, "key": key}
        return booking.book(ports, **ask).ref
    except PeizhenError as refusal:
        return refusal.code
    except Exception as error:  # whatever it is, it is what a gate looks for
        return type(error).__name__


class Morning:
    """One hospital and its crowd; `open` begins anew every time."""

    def __init__(self, urls: tuple[str, str], ports: Ports, office: EmbeddedHis) -> None:
        self.urls, self.ports, self.office = urls, ports, office
        self.buyers: list[Buyer] = []

    def gather(self, people: int) -> None:
        """Bind a card to each of so many people."""
        while len(self.buyers) < people:
            person_id = a_person(self.ports)
            self.buyers.append(Buyer(person_id, a_card(self.ports, person_id).ref))

    def empty_slots(self, many: int) -> list[str]:
        """Slots of tomorrow of different half days that nobody has touched."""
        found = [s for s in self.office.slots(first=TUESDAY, last=TUESDAY) if s.left == (s.share or s.capacity)]
        return list({slot.session_id: slot.id for slot in found}.values())[:many]

    def open(self, slots: Sequence[str], places: int) -> None:
        """Nobody has asked for or booked anything; each of the slots has so many places."""
        with self.ports.transaction() as session:
            session.execute(sa.delete(Booking))
            session.execute(sa.delete(Operation))
        stock = {"capacity": places, "taken": 0, "share": 0, "share_taken": 0, "first_number": FIRST_NUMBER}
        with self.office.database.writing() as connection:
            connection.execute(sa.delete(tables.appointment).where(tables.appointment.c.slot_id.in_(slots)))
            connection.execute(sa.update(tables.slot).where(tables.slot.c.id.in_(slots)).values(**stock))

    def rush(self, slot_id: str, calls: Sequence[tuple[Buyer, str]]) -> Outcome:
        """All of them book the slot at once, each with his key."""
        outcome, lock, gate = Outcome([], Counter(), Counter()), threading.Lock(), threading.Barrier(len(calls))

        def run(buyer: Buyer, key: str) -> None:
            gate.wait()
            code = book(self.ports, buyer, slot_id, key)
            with lock:
                if code.startswith(BOOKED):
                    outcome.booked.append(code)
                else:
                    (outcome.refused if code in REFUSALS else outcome.errors)[code] += 1

        threads = [threading.Thread(target=run, args=call) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcome

    def at_the_hospital(self, slot_id: str) -> list[int]:
        """The numbers that the hospital has given for a slot."""
        query = sa.select(tables.appointment.c.number).where(
            tables.appointment.c.slot_id == slot_id, tables.appointment.c.active == 1
        )
        with self.office.database.reading() as connection:
            return list(connection.execute(query).scalars())

    def ours(self, *states: str) -> int:
        """How many bookings of ours are in these states; of all without one."""
        query = sa.select(sa.func.count()).select_from(Booking)
        with self.ports.transaction() as session:
            return int(session.scalar(query.where(Booking.state.in_(states)) if states else query) or 0)


@contextmanager
def process(urls: tuple[str, str], **more: Any) -> Iterator[tuple[Ports, EmbeddedHis]]:
    """One process of ours at these two databases, with engines of its own and patience for a connection."""
    office, engine = EmbeddedHis(urls[1]), make_engine(urls[0])
    for pool in (engine.pool, office.database.engine.pool):
        pool._timeout, pool._max_overflow = PATIENCE, CONNECTIONS - pool.size()
    try:
        yield make_ports(engine, **{"his": CachedHis(office), **more}), office
    finally:
        engine.dispose()
        office.close()


@contextmanager
def morning(**more: Any) -> Iterator[Morning]:
    """A Monday at seven on a server of its own; `more` are ports to use instead."""
    with postgresql() as url, clock.frozen(MONDAY):
        for name in ("ours", "his"):
            _command(url("postgres"), f"CREATE DATABASE {name}")
        urls = url("ours"), url("his")
        upgrade(urls[0])
        with process(urls, **more) as (ports, office):
            demo.load(office)
            yield Morning(urls, ports, office)


def _command(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
