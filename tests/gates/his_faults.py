"""gate-his-faults: orders over a line to the hospital that fails in every way; none stays unknown, none is doubled.

Of every fault's orders half meet it when booking, half when cancelling; some patients try again with the same key,
and the sweep's first questions meet it as well. The control is the same with the idempotency key made anew at every
call, which has to leave doubled or unknown orders.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import logging
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine
from bot.db.booking import Booking
from bot.db.migrate import upgrade
from bot.errors import PeizhenError
from bot.his.embedded import EmbeddedHis, demo, tables
from bot.his.http import HttpHis
from bot.his.http.breaker import Breaker
from bot.his.serve import create_app
from bot.ports import Ports
from bot.services import booking
from tests.factories import a_card, a_person, make_ports

KEY = "gate:a-secret-that-is-long-enough"
MONDAY = clock.utc(datetime(2026, 11, 23, 7, 0))
TUESDAY = date(2026, 11, 24)
SETTLED = ("booked", "cancelled", "refused")
SWEEPS = 3  # minutes five, ten and fifteen
ANSWERED = {"content-type": "application/json"}
WRITES = re.compile(r"/(appointments|appointments/[^/]+/cancel)")


class Line(httpx.BaseTransport):
    """The way to the served hospital; while `fault` is set, writes and questions by key meet it."""

    def __init__(self, app: Any) -> None:
        self._hospital = httpx.WSGITransport(app)
        self.fault: Callable[[Line, httpx.Request], httpx.Response] | None = None
        self.late: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        met = WRITES.fullmatch(request.url.path) and (request.method == "POST" or "key" in request.url.params)
        return self.fault(self, request) if met and self.fault else self.whole(request)

    def whole(self, request: httpx.Request) -> httpx.Response:
        """The hospital's answer, read to its end."""
        answer = self._hospital.handle_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=b"".join(answer.stream))  # type: ignore[arg-type]

    def arrive_late(self) -> None:
        """What our side gave up on reaches the hospital after all."""
        for request in self.late:
            self.whole(request)
        self.late.clear()


def lost_before(_line: Line, request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("nobody there", request=request)


def lost_after(line: Line, request: httpx.Request) -> httpx.Response:
    line.whole(request)
    raise httpx.ReadTimeout("answer lost", request=request)


def late(line: Line, request: httpx.Request) -> httpx.Response:
    line.late.append(request)
    raise httpx.ReadTimeout("still on its way", request=request)


def reset_after(line: Line, request: httpx.Request) -> httpx.Response:
    line.whole(request)
    raise httpx.RemoteProtocolError("cut", request=request)


def broken(_line: Line, _request: httpx.Request) -> httpx.Response:
    return httpx.Response(500, content=b"{}", headers=ANSWERED)


def busy_after(line: Line, request: httpx.Request) -> httpx.Response:
    line.whole(request)
    return httpx.Response(503, content=b"")


def half(line: Line, request: httpx.Request) -> httpx.Response:
    whole = line.whole(request).content
    return httpx.Response(200, content=whole[: len(whole) // 2], headers=ANSWERED)


def doubled(line: Line, request: httpx.Request) -> httpx.Response:
    line.whole(request)
    return line.whole(request)


def sign_in_page(_line: Line, _request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content="<html>请登录</html>".encode())


def a_strangers(line: Line, request: httpx.Request) -> httpx.Response:
    whole = re.sub(rb'"patient_id":\s*"[^"]*"', b'"patient_id": "yh.somebody"', line.whole(request).content)
    return httpx.Response(200, content=whole, headers=ANSWERED)


FAULTS = (
    lost_before,
    lost_after,
    late,
    reset_after,
    broken,
    busy_after,
    half,
    doubled,
    sign_in_page,
    a_strangers,
)


class House:
    """Our services over the line, and the hospital from the inside."""

    def __init__(self, folder: Path) -> None:
        self.office = EmbeddedHis(f"sqlite:///{folder / 'his.db'}")
        demo.load(self.office)
        upgrade(f"sqlite:///{folder / 'ours.db'}")
        self.line = Line(create_app(self.office, KEY))
        his = HttpHis("http://his.test", KEY, transport=self.line)
        his._caller._breaker = Breaker(rest=0.0)  # the hospital's clock jumps, the breaker's does not
        self.ports: Ports = make_ports(make_engine(f"sqlite:///{folder / 'ours.db'}"), his=his)
        self._slots = iter([slot for day in range(13) for slot in self._free(TUESDAY + timedelta(days=day))])

    def _free(self, day: date) -> list[str]:
        """Half hours of departments that see everybody: an order that our own rules refuse meets no fault."""
        limited = set(self.ports.rules["department_limits"])
        everybodys = {
            each.id for each in self.office.departments() if limited.isdisjoint({each.name, each.standard_name})
        }
        found = self.office.slots(first=day, last=day)
        return [slot.id for slot in found if slot.left and slot.department_id in everybodys]

    def orders(self, fault: Any, many: int, chance: random.Random) -> None:
        """So many patients book, half of them meet the fault then and half when they cancel."""
        for number in range(many):
            person_id = a_person(self.ports)
            order = {
                "person_id": person_id,
                "card_ref": a_card(self.ports, person_id).ref,
                "slot_id": next(self._slots),
            }
            order |= {"key": f"{fault.__name__}-{number}"}
            with self.met(fault if number % 2 else None), suppress(PeizhenError):
                booking.book(self.ports, **order)
                if not number % 2:
                    self.line.fault = fault
                    mine = booking.mine(self.ports, person_id=person_id)[0]
                    booking.cancel(self.ports, person_id=person_id, ref=mine.ref, key=f"{order['key']}-off")
            with self.met(chance.choice((fault, None))), suppress(PeizhenError):
                if chance.random() < 0.5:
                    booking.book(self.ports, **order)

    @contextmanager
    def met(self, fault: Any) -> Iterator[None]:
        self.line.fault = fault
        try:
            yield
        finally:
            self.line.fault = None

    def settle(self, fault: Any) -> None:
        """The sweeps of the next minutes; the first one's questions meet the fault too."""
        self.line.arrive_late()
        for sweep in range(1, SWEEPS + 1):
            with clock.frozen(MONDAY + timedelta(minutes=5 * sweep)), self.met(fault if sweep == 1 else None):
                while booking.settle_open(self.ports) and sweep > 1:
                    pass

    def findings(self) -> Counter[str]:
        """What must not be: open orders, two at the hospital, or our word against the hospital's."""
        found: Counter[str] = Counter()
        active = self._active()
        with self.ports.transaction() as session:
            rows = session.execute(sa.select(Booking.patient_id, Booking.state)).all()
        for row in rows:
            found["unknown"] += row.state not in SETTLED
            found["two_at_the_hospital"] += active[row.patient_id] > 1
            found["disagree"] += row.state in SETTLED and active[row.patient_id] != (row.state == "booked")
        return +found

    def _active(self) -> Counter[str]:
        query = sa.select(tables.appointment.c.patient_id).where(tables.appointment.c.active == 1)
        with self.office.database.reading() as connection:
            return Counter(connection.execute(query).scalars())


def run(faults: Sequence[Any], many: int) -> tuple[Counter[str], Counter[str]]:
    """All faults on one fresh house: findings, and how many orders ended in which state."""
    with tempfile.TemporaryDirectory() as folder, clock.frozen(MONDAY):
        house = House(Path(folder))
        for fault in faults:
            house.orders(fault, many, random.Random(fault.__name__))
            house.settle(fault)
            print(f"{fault.__name__:14} {dict(house.findings()) or 'ok'}", flush=True)
        with house.ports.transaction() as session:
            states = Counter(session.scalars(sa.select(Booking.state)))
        return house.findings(), states


@contextmanager
def forgetful() -> Iterator[None]:
    """An adapter that makes every call with a key of its own."""
    right, calls = HttpHis.book, count()

    def book(self: HttpHis, *, key: str, **order: str) -> Any:
        return right(self, key=f"{key}.{next(calls)}", **order)

    with patch.object(HttpHis, "book", book):
        yield


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=200, help="orders of each fault")
    chosen = options.parse_args()
    logging.disable(logging.CRITICAL)
    found, states = run(FAULTS, chosen.orders)
    print("control:")
    with forgetful():
        control, _ = run((lost_after, reset_after), max(chosen.orders // 4, 8))
    good = not found and bool(control) and states.total() == chosen.orders * len(FAULTS)
    print(
        f"his-faults: faults={len(FAULTS)} orders={states.total()}"
        f" {' '.join(f'{state}={states[state]}' for state in SETTLED)} unknown={found['unknown']}"
        f" two_at_the_hospital={found['two_at_the_hospital']} disagree={found['disagree']}"
        f" control={control.total()}_found {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
