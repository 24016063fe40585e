"""Bookings a second on PostgreSQL by two web processes, beside the two ways that textbooks give.

    make bench-booking

Everybody books through the same service, with the same databases and the same crowd; only how the embedded hospital
takes a place differs: our conditional UPDATE, SELECT … FOR UPDATE and then UPDATE, or look and write under
SERIALIZABLE with retries. Half of the crowd wants one popular slot.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import multiprocessing
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot import clock
from bot.errors import HisRefused
from bot.his.embedded import booking as embedded_booking
from bot.his.embedded import stock, tables
from bot.his.embedded.engine import Database
from bot.his.embedded.stock import Door
from tests.gates.scenes.morning import BOOKED, MONDAY, Buyer, book, morning, process

PROCESSES, THREADS = 2, 16  # as many as wait for the dialogue or the hospital in one web process
RETRIES = 20


@dataclass
class Side:
    """One way of taking a place: milliseconds of every call, seconds for all, and what came of them."""

    name: str
    times: list[float]
    seconds: float
    outcomes: Counter[str]


def ours() -> AbstractContextManager[None]:
    return nullcontext()


@contextmanager
def for_update() -> Iterator[None]:
    """SELECT … FOR UPDATE, then UPDATE."""
    with patch.object(stock, "take_place", _look_then_take(locking=True)):
        yield


@contextmanager
def serializable() -> Iterator[None]:
    """Look, then write, under SERIALIZABLE; PostgreSQL refuses who came too late, and he tries again."""
    right = embedded_booking.book

    @contextmanager
    def writing(self: Database) -> Iterator[Connection]:
        with self.engine.connect().execution_options(isolation_level="SERIALIZABLE") as connection, connection.begin():
            yield connection

    def again(*args: object, **kwargs: object) -> object:
        for _ in range(RETRIES):
            try:
                return right(*args, **kwargs)  # type: ignore[arg-type]
            except DBAPIError as error:
                if getattr(error.orig, "pgcode", "") not in {"40001", "40P01"}:
                    raise
        return right(*args, **kwargs)  # type: ignore[arg-type]

    with (
        patch.object(stock, "take_place", _look_then_take(locking=False)),
        patch.object(Database, "writing", writing),
        patch.object(embedded_booking, "book", again),
    ):
        yield


def _look_then_take(*, locking: bool) -> Callable[[Connection, str, Door], int]:
    def take(connection: Connection, slot_id: str, _door: Door) -> int:
        query = sa.select(tables.slot).where(tables.slot.c.id == slot_id)
        row = connection.execute(query.with_for_update() if locking else query).one()
        if row.taken >= row.capacity:
            raise HisRefused("slot_full")
        taking = sa.update(tables.slot).where(tables.slot.c.id == slot_id)
        connection.execute(taking.values(taken=row.taken + 1))
        sold = sa.select(tables.appointment.c.number).where(
            tables.appointment.c.slot_id == slot_id, tables.appointment.c.active == 1
        )
        used = set(connection.execute(sold).scalars())
        return next(n for n in range(row.first_number, row.first_number + row.capacity) if n not in used)

    return take


WAYS = {"conditional UPDATE": ours, "SELECT FOR UPDATE": for_update, "SERIALIZABLE": serializable}


def crowd(
    urls: tuple[str, str], way: str, calls: list[tuple[Buyer, str, str]], out: multiprocessing.Queue[Any]
) -> None:
    """One web process: its own engines, its threads, its share of the crowd."""
    with clock.frozen(MONDAY), process(urls) as (ports, _office), WAYS[way]():

        def timed(call: tuple[Buyer, str, str]) -> tuple[float, str]:
            began = time.perf_counter()
            outcome = book(ports, *call)
            return (time.perf_counter() - began) * 1000, outcome

        with ThreadPoolExecutor(THREADS) as pool:
            out.put(list(pool.map(timed, calls)))


def measure(way: str, urls: tuple[str, str], calls: list[tuple[Buyer, str, str]]) -> Side:
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    shares = [calls[n::PROCESSES] for n in range(PROCESSES)]
    workers = [context.Process(target=crowd, args=(urls, way, share, out)) for share in shares]
    for worker in workers:
        worker.start()
    found = [each for _ in workers for each in out.get()]
    for worker in workers:
        worker.join()
    times = [ms for ms, _ in found]
    seconds = sum(times) / 1000 / (PROCESSES * THREADS)  # all threads are busy all the time
    return Side(way, times, seconds, Counter("booked" if o.startswith(BOOKED) else o for _, o in found))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--people", type=int, default=400)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    sides = {way: Side(way, [], 0.0, Counter()) for way in WAYS}
    with morning() as place:
        place.gather(chosen.people)
        slots = place.empty_slots(6)
        for turn in range(chosen.rounds):
            for way in list(WAYS)[turn % len(WAYS) :] + list(WAYS)[: turn % len(WAYS)]:
                place.open(slots, chosen.people // 8)
                calls = [
                    (buyer, slots[0] if n % 2 else slots[1 + n % 5], f"{way}-{turn}-{n}")
                    for n, buyer in enumerate(place.buyers)
                ]
                one = measure(way, place.urls, calls)
                side = sides[way]
                side.times += one.times
                side.seconds += one.seconds
                side.outcomes += one.outcomes
    report(list(sides.values()))
    return 0


def report(sides: list[Side]) -> None:
    print(f"{'':20}{'calls/s':>9}{'p50 ms':>9}{'p99 ms':>9}   outcomes")
    for side in sides:
        p99 = statistics.quantiles(side.times, n=100)[98]
        speed = len(side.times) / side.seconds
        print(f"{side.name:20}{speed:9.0f}{statistics.median(side.times):9.0f}{p99:9.0f}   {dict(side.outcomes)}")
    best, *others = (len(side.times) / side.seconds for side in sides)
    ratios = " ".join(
        f"vs_{s.name.lower().replace(' ', '_')}={best / o:.2f}x" for s, o in zip(sides[1:], others, strict=True)
    )
    print(f"booking: calls_per_s={best:.0f} p99={statistics.quantiles(sides[0].times, n=100)[98]:.0f}ms {ratios}")


if __name__ == "__main__":
    sys.exit(main())
