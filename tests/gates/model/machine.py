"""The state machine: one step is one rule of by_*.py; after it both databases and all that was told are looked at."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from bot import clock
from bot.errors import PeizhenError
from bot.services import (
    attendance,
    booking,
    news,
    operations,
    paid_holds,
    payment_orders,
    privacy,
    suspensions,
    waitlist_filling,
)
from tests.gates.model import money, truth
from tests.gates.model.hospital import MODEL_RULES, House, read
from tests.gates.model.told import Told, ViolationError
from tests.gates.model.window import Window

STEP = timedelta(seconds=7)  # that every step takes: moments differ, as they do for people
PROGRESS = 1000  # steps between two words of it
ROUNDS = 5  # of all jobs, until everything has found its end
ANY = st.integers(0, 999)  # picks one of what is there
LINES = st.sampled_from(  # what happens while the hospital is asked for something
    (*("works",) * 10, *("timeout_before", "timeout_after", "timeout_after", "error", "wrong_patient"))
    + (
        "jobs_before",
        "jobs_after",
        "stop_before",
        "stop_after",
        "desk_before",
        "desk_after",
        "sell_before",
        "twice_before",
        "twice_after",
    )
)


@dataclass
class Run:
    """What one run is made of and what it has seen: how often each rule had which outcome."""

    template: Path
    seed: int
    steps: int = 0
    tally: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seen: Counter[str] = field(default_factory=Counter)


class Model(RuleBasedStateMachine):
    """Patients, a hospital and time. The rules are in the classes that are put before this one (booking_model.py)."""

    run: ClassVar[Run]

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.mkdtemp(prefix="model-")
        self.house = House(self.run.template, Path(self._folder), self.run.seed)
        self.ports, self.platform = self.house.ports, self.house.platform
        self.window = Window(self.house)
        self.told = Told()
        self.keys: list[tuple[str, Callable[[str], Any], dict[str, Any]]] = []  # what was asked before, to ask it again
        self._serial = self._notices_seen = self._offers_seen = 0
        self._look()

    # -- doing -----------------------------------------------------------------------------------------------
    def key(self) -> str:
        self._serial += 1
        return f"k{self._serial}"

    def tried(self, rule: str, act: Callable[[], Any]) -> Any:
        """Do it; gives what came of it, or the failure that has a name. Anything else is a violation."""
        try:
            result = act()
        except PeizhenError as failure:
            self.run.tally[rule][failure.code] += 1
            return failure
        self.run.tally[rule]["ok"] += 1
        return result

    @contextmanager
    def over(
        self, line: str, call: str, which: int, slot_id: str = "", again: Callable[[], Any] = lambda: None
    ) -> Iterator[None]:
        """For the next `call` to the hospital the line is like this.

        `slot_id` or `which`: who is met by what happens there; `again`: the same message, in another process.
        """
        other, _, when = line.partition("_")
        acts = {
            "jobs": self.jobs,
            "stop": lambda: self.window.stop_of(slot_id) if slot_id else self.window.stop(which),
            "desk": lambda: self.window.give_away(which),
            "twice": lambda: self._quietly(again),
            "sell": lambda: self.window.sell_out(slot_id) if slot_id else self.window.sell(which),
        }
        if other in acts:
            self.house.his.meanwhile[call] = (when == "before", lambda: self._happens(line, acts[other]))
        elif line != "works":
            self.house.his.fail(call, line)
        yield
        self.house.his.meanwhile.clear()

    def _happens(self, line: str, act: Callable[[], None]) -> None:
        self.run.seen[f"meanwhile:{line}"] += 1
        self.told.busy = self.told.busy or line.startswith("jobs")
        act()

    @staticmethod
    def _quietly(act: Callable[[], Any]) -> None:
        """The message comes once more while it is being answered: what comes of it, its first copy says."""
        with suppress(PeizhenError):
            act()

    def jobs(self, *, strict: bool = False) -> None:
        """Everything that goes on by itself, each job as bot.jobs runs it."""
        for name, job in (
            ("settle", booking.settle_open),
            ("news", news.hear),
            ("waitlist", waitlist_filling.tick),
            ("attendance", attendance.learn),
            ("suspend", suspensions.judge),
            ("forget", operations.forget),
            ("payment", paid_holds.tick),
        ):
            self.job(name, job, strict=strict)

    def job(self, name: str, job: Callable[[Any], int], *, strict: bool = False) -> None:
        try:
            self.run.tally[f"job:{name}"]["ok" if job(self.ports) else "nothing"] += 1
        except PeizhenError as failure:  # as bot.jobs does: written down, and the clock goes on
            if strict:
                raise
            self.run.tally[f"job:{name}"][failure.code] += 1

    def settled(self) -> None:
        """Everything answers again and all jobs run: what is open finds its end."""
        self.house.his.heal()
        self.platform.heal()
        for _ in range(ROUNDS):
            self.house.wait(timedelta(minutes=MODEL_RULES["settle_after_minutes"] + 1))
            self._round()
        while due := self.house.select(money.DUE)[0]["at"]:  # money that is still on its way
            self.house.at(max(clock.now(), read(due)) + STEP)
            self._round()
        since = clock.today() - timedelta(days=MODEL_RULES["no_show_days"])
        facts = {"since": since.isoformat(), "most_missed": MODEL_RULES["no_show_limit"]}
        self._hold(truth.QUIET | money.QUIET, **facts)
        self._hold(truth.ALWAYS, lag=0)
        self._nobody_left_waiting()
        self.told.nobody_paid_in_silence()

    def _round(self) -> None:
        self.platform.deliver(self.ports, times=1)
        self.jobs(strict=True)
        self.look_and_check()

    # -- looking ---------------------------------------------------------------------------------------------
    @invariant()
    def holds(self) -> None:
        self.look_and_check()
        self.told.busy = False
        self.house.wait(STEP)
        self.run.steps += 1
        if self.run.steps % PROGRESS == 0:
            print(f"{self.run.steps} steps", flush=True)

    def look_and_check(self) -> None:
        self._look()
        self._hold(truth.ALWAYS | money.ALWAYS)
        self._failed_is_an_alarm()
        self._hear()
        self.told.check(self.rows.values(), clock.now())

    def _look(self) -> None:
        """Read what rules choose from."""
        select = self.house.select
        self.rows = {row["ref"]: row for row in select(truth.BESIDE, lag=1)}
        self.waits = select(truth.WAITING)
        self.cards = [{**row, "name": self._opened(row["name_sealed"])} for row in select(truth.CARDS)]

    def _opened(self, sealed: bytes) -> str:
        return self.ports.crypto.open(sealed)

    def _hold(self, queries: dict[str, str], **more: Any) -> None:
        facts = {"most_a_week": MODEL_RULES["bookings_per_week"], "offers_before": self._offers_seen, "lag": 1, **more}
        for name, query in queries.items():
            found = self.house.select(query, **facts)
            if found:
                raise ViolationError(f"{name}: {[dict(row) for row in found]}")
        self._offers_seen = self.house.select("SELECT coalesce(max(id), 0) AS id FROM wait_offer")[0]["id"]

    def _failed_is_an_alarm(self) -> None:
        failed = self.house.select(money.FAILED)
        if len(failed) > payment_orders.alarms(self.ports):
            raise ViolationError(f"a refund failed and nobody is to look: {[dict(row) for row in failed]}")

    def _hear(self) -> None:
        """Notices since the last look reach their people."""
        for row in self.house.select(truth.NOTICES, seen=self._notices_seen):
            self._notices_seen = row["id"]
            payload = json.loads(self.ports.crypto.open(row["payload_sealed"]))
            self.run.seen[f"notice:{payload.get('view', row['kind'])}"] += 1
            self.told.notice(row["person_id"], row["kind"], row["dedupe_key"], payload, self.rows)

    def _nobody_left_waiting(self) -> None:
        """Whoever still waits could not be given anything: no free place suits him and leaves time to answer."""
        for wait in self.waits:
            if wait["state"] == "waiting":
                for slot in self.house.office.slots(
                    first=_day(wait), last=_day(wait), department_id=wait["department_id"]
                ):
                    if slot.left > 0 and _suits(wait, slot) and waitlist_filling.deadline(self.ports, slot.start):
                        raise ViolationError(f"waits beside a free place: {dict(wait)} {slot}")

    def teardown(self) -> None:
        """The end of every run is quiet, and the audit trail whole."""
        try:
            if sys.exc_info()[0] is None:
                self.settled()
                if not privacy.verify(self.ports).whole:
                    raise ViolationError("the audit trail is broken")
                self._count()
        finally:
            self.house.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _count(self) -> None:
        for table in ("booking", "wait", "wait_offer", "pay_order", "pay_refund"):
            for row in self.house.select(f"SELECT state, count(*) AS n FROM {table} GROUP BY state"):
                self.run.seen[f"{table}:{row['state']}"] += row["n"]


def _day(wait: Any) -> Any:
    return read(wait["day"]).date()


def _suits(wait: Any, slot: Any) -> bool:
    half = "am" if clock.local(slot.start).hour < 12 else "pm"
    return wait["doctor_id"] in {None, slot.doctor_id} and wait["period"] in {None, half}


__all__ = ["ANY", "LINES", "Model", "Run", "ViolationError"]
