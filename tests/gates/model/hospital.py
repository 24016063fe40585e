"""A hospital so small that its places run out, people with cards, and one reader that sees both databases."""

from __future__ import annotations

import contextvars
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from bot import clock
from bot.db import base
from bot.db.base import make_engine
from bot.db.migrate import upgrade
from bot.his.embedded import EmbeddedHis, tables
from bot.his.faults import FaultyHis
from bot.host.his_cache import CachedHis
from bot.services import news, payment_orders, returned, waitlist_filling
from connectors.simulator import till
from tests.factories import RULES, Someone, a_card, a_person, a_staff, id_number, make_ports
from tests.gates.model.platform import FILE, Platform, seconds

BEGIN = clock.utc(datetime(2026, 11, 23, 7, 30))  # a Monday
DAYS = 28
HALF_HOUR = timedelta(minutes=30)
DOCTORS = (  # id, department, places of a half hour, of them for WeChat, half hours by half of the day
    ("p01", "d01", 1, 0, {"am": (9, 9.5), "pm": (14,)}),
    ("p02", "d01", 2, 1, {"am": (9, 10)}),
    ("p03", "d02", 1, 0, {"am": (8.5, 9)}),
)
PATIENTS = tuple(
    Someone(f"李{name}", id_number(serial=9000 + 2 * n), f"1380000{n:04d}") for n, name in enumerate("甲乙丙丁戊己")
)
HOLDERS = ((0, 1), (0, 2), (3, 4), (5, 2))  # whose cards each person holds: two patients are held by two
STRANGERS = 40  # who come to the desk's window
# Low, so that limits are met within one run.
PREPAID_DOCTOR = "p03"  # the only one of the department whose numbers are paid first
MODEL_RULES: dict[str, Any] = {
    **RULES,
    "prepay": {"all": False, "departments": ["消化内科"], "titles": []},
    "bookings_per_week": 2,
    "no_show_limit": 1,
    "no_show_days": 14,
    "suspension_days": 10,
}


def build(folder: Path) -> None:
    """Write both databases once: nobody has booked anything, all cards are bound."""
    with clock.frozen(BEGIN), ExitStack() as open_:
        office = EmbeddedHis(f"sqlite:///{folder / 'his.db'}")
        open_.callback(office.close)
        office.prepare()
        with office.database.writing() as connection:
            _found(connection)
        upgrade(f"sqlite:///{folder / 'ours.db'}")
        engine = make_engine(f"sqlite:///{folder / 'ours.db'}")
        open_.callback(engine.dispose)
        _settle_in(make_ports(engine, his=office, rules=MODEL_RULES))
        for each in (engine, office.database.engine):  # no journal beside the file: a copy is whole
            with each.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")


def _settle_in(ports: Any) -> None:
    for mine in HOLDERS:
        person_id = a_person(ports)
        for n in mine:
            a_card(ports, person_id, PATIENTS[n])
    a_staff(ports, role="operator", department_id=None, doctor_id=None)
    news.hear(ports)
    waitlist_filling.tick(ports)


def _found(connection: Any) -> None:
    """House, doctors, half days and half hours of so many days, and the window's customers."""
    house = {
        "id": "yh",
        "name": "云和医院",
        "address": "-",
        "phone": "-",
        "emergency_phone": "-",
        "emergency_place": "-",
    }
    place = {"building": "门诊楼", "floor": "2层", "phone": "-", "intro": "", "audience": "any"}
    names = {"d01": "骨科", "d02": "消化内科"}
    connection.execute(sa.insert(tables.hospital).values(**house))
    for position, (key, name) in enumerate(names.items()):
        row = {"id": f"yh.{key}", "position": position, "name": name, "standard_name": name, **place}
        connection.execute(sa.insert(tables.department).values(**row))
    for key, department, capacity, share, _halves in DOCTORS:
        row = {"id": f"yh.{key}", "department_id": f"yh.{department}", "name": f"医生{key}", "title": "主治医师"}
        row |= {"specialty": "", "fee_fen": 2000, "room": "201", "capacity": capacity, "share": share, "demand": 0}
        connection.execute(sa.insert(tables.doctor).values(**row))
    connection.execute(sa.insert(tables.patient), list(_strangers()))
    halves, slots = zip(*_timetable(), strict=True)
    connection.execute(sa.insert(tables.session), list(halves))
    connection.execute(sa.insert(tables.slot), [slot for each in slots for slot in each])


def _strangers() -> Iterator[dict[str, Any]]:
    for n in range(STRANGERS):
        yield {
            "id": f"yh.x{n:02d}",
            "name": "路人",
            "id_number": id_number(serial=12000 + n),
            "phone": f"1370000{n:04d}",
            "sex": "f",
            "birth_date": date(1980, 1, 1),
            "card_no": f"X{n:04d}",
        }


def _timetable() -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    first = clock.local(BEGIN).date()
    for day in (first + timedelta(days=n) for n in range(DAYS)):
        for key, department, capacity, share, halves in DOCTORS:
            for period, hours in halves.items():
                starts = [clock.utc(datetime.combine(day, datetime.min.time())) + timedelta(hours=h) for h in hours]
                half = {"id": f"yh.s-{key}-{day:%Y%m%d}-{period}", "doctor_id": f"yh.{key}", "day": day, "room": "201"}
                half |= {"department_id": f"yh.{department}", "period": period, "start": starts[0]}
                half |= {"end": starts[-1] + HALF_HOUR, "over_at": starts[-1] + HALF_HOUR}
                stock = {"session_id": half["id"], "capacity": capacity, "share": share, "taken": 0, "share_taken": 0}
                yield (
                    half,
                    [
                        {
                            **stock,
                            "id": f"{half['id']}-{n}",
                            "start": at,
                            "end": at + HALF_HOUR,
                            "first_number": 1 + n * capacity,
                        }
                        for n, at in enumerate(starts)
                    ],
                )


class Twin(FaultyHis):
    """A hospital that fails on command, and during whose answers other things happen."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.meanwhile: dict[str, tuple[bool, Callable[[], None]]] = {}

    def heal(self) -> None:
        super().heal()
        self.meanwhile.clear()

    def _twin(self, name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        call = super()._twin(name, inner)

        def around(*args: object, **kwargs: object) -> Any:
            before, act = self.meanwhile.pop(name, (False, lambda: None))
            elsewhere = contextvars.Context()  # another process knows nothing of what this one is at
            try:
                if before:
                    elsewhere.run(act)
                return call(*args, **kwargs)
            finally:
                if not before:
                    elsewhere.run(act)

        return around


class House:
    """One copy of the hospital and of ours, with its own clock and its own chance."""

    def __init__(self, template: Path, folder: Path, seed: int) -> None:
        self._open = ExitStack()
        for name in ("his.db", "ours.db"):
            shutil.copy(template / name, folder / name)
        self.chance = Random(seed)
        self.office = EmbeddedHis(f"sqlite:///{folder / 'his.db'}")
        self._open.callback(self.office.close)
        engine = make_engine(f"sqlite:///{folder / 'ours.db'}")
        self._open.callback(engine.dispose)
        self.his = Twin(self.office)
        self.platform = Platform(folder)
        self._open.callback(self.platform.close)
        self.ports = make_ports(engine, his=CachedHis(self.his), rules=MODEL_RULES, pay=self.platform.pay)
        self._open.enter_context(patch.object(returned, "_chance", self.chance))
        refs = SimpleNamespace(token_hex=lambda size: f"{self.chance.getrandbits(8 * size):0{2 * size}x}")
        refs.randbelow = self.chance.randrange
        for module in (base, payment_orders, till):
            self._open.enter_context(patch.object(module, "secrets", refs))
        self._open.enter_context(patch.object(clock, "wire", clock.now))  # the platform lives in the hospital's time
        self._open.enter_context(patch.object(clock, "wire_seconds", lambda: int(seconds())))
        self._clock = self._open.enter_context(ExitStack())
        self._shown = BEGIN
        self.at(BEGIN)
        self._reader = self._open.enter_context(closing(sqlite3.connect(folder / "ours.db", isolation_level=None)))
        self._reader.row_factory = sqlite3.Row
        self._reader.execute("ATTACH ? AS his", (str(folder / "his.db"),))
        self._reader.execute("ATTACH ? AS till", (str(folder / FILE),))

    def close(self) -> None:
        self._open.close()

    def at(self, moment: datetime) -> None:
        """The hospital's clock shows this moment from now on; it never goes back."""
        self._shown = max(self._shown, moment)
        self._clock.close()
        self._clock.enter_context(clock.frozen(self._shown))

    def wait(self, span: timedelta) -> None:
        self.at(clock.now() + span)

    @property
    def now(self) -> str:
        """The hospital's time as SQLite keeps it."""
        return stored(clock.now())

    def select(self, query: str, **more: Any) -> list[Any]:
        """Rows of both databases; `:now` and `:today` are the hospital's, moments as SQLite keeps them."""
        facts = {"now": self.now, "today": clock.today().isoformat(), **more}
        return self._reader.execute(query, facts).fetchall()


def stored(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def read(text: str) -> datetime:
    return datetime.fromisoformat(text)
