"""Rules of money: a number is kept, paid or not, found paid later, given back; the platform fails as platforms do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot import clock
from bot.errors import PeizhenError
from bot.services import paid_holds, payment
from connectors.simulator.till import TillRefused
from connectors.simulator.transport import NoAnswer
from tests.gates.model import money
from tests.gates.model.by_patients import Patients
from tests.gates.model.hospital import PREPAID_DOCTOR, read
from tests.gates.model.machine import ANY, LINES
from tests.gates.model.platform import BROKEN_REFUNDS, CALLS, TOLD

WAYS = st.sampled_from((*("works",) * 4, *TOLD, "create:before", "create:after", "charge:before", "charge:after"))


class Payers(Patients):
    """Everybody pays for what he booked himself."""

    @precondition(lambda self: self.cards)
    @rule(who=ANY, what=ANY, line=LINES)
    def keep(self, who: int, what: int, line: str) -> None:
        """A free half hour that is to be paid before it is booked."""
        self._book("keep", who, what, line, self._free_and_dear)

    def _free_and_dear(self, patient_id: str) -> list[str]:
        return [slot_id for slot_id in self._free(patient_id) if PREPAID_DOCTOR in slot_id]

    # -- at the cashier; where nothing is to be paid, he takes a number first
    @precondition(lambda self: self.cards)
    @rule(which=ANY, way=WAYS, back=st.booleans(), line=LINES)
    def pay(self, which: int, way: str, back: bool, line: str) -> None:
        """To the cashier, the password, and back to us or not; the notice goes its own way."""
        if row := self._to_be_paid(which):
            self._pay("pay", row, way)
            if back:
                self._come_back(row, line, which)

    @precondition(lambda self: self.cards)
    @rule(which=ANY, way=st.sampled_from(("works", *TOLD)), lapsed=st.booleans())
    def pay_late(self, which: int, way: str, lapsed: bool) -> None:
        """He leaves the cashier open until his time is over, or cancels; then the money goes through all the same."""
        row = self._to_be_paid(which)
        if row is None or isinstance(self._checkout(row), PeizhenError):
            return
        if lapsed:
            self.house.at(max(clock.now(), read(row["pay_until"]) + timedelta(seconds=1)))
        else:
            self._cancel("let_go", row, "works", which)
        self.job("payment", paid_holds.tick)
        with self._armed("charge:closed", way):
            self._charge("pay_late", row)

    def _to_be_paid(self, which: int) -> Any:
        if not self._in_state("unpaid"):
            self._book("keep", which, which, "works", self._free_and_dear)
        return self._one_of(which, "unpaid") if self._in_state("unpaid") else None

    def _pay(self, name: str, row: Any, way: str) -> None:
        with self._armed(way):
            if not isinstance(self._checkout(row), PeizhenError):
                self._charge(name, row)

    def _checkout(self, row: Any) -> Any:
        facts = {"person_id": row["person_id"], "ref": row["ref"]}
        return self.tried("checkout", lambda: payment.checkout(self.ports, **facts))

    @contextmanager
    def _armed(self, *faults: str) -> Iterator[None]:
        for fault in faults:
            self.platform.arm(fault, 1)
        yield
        for fault in faults:
            self.platform.arm(fault, 0)

    def _come_back(self, row: Any, line: str, which: int) -> None:
        facts = {"person_id": row["person_id"], "ref": row["ref"]}
        with self.over(line, "confirm", which, row["slot_id"]):
            self.tried("come_back", lambda: payment.come_back(self.ports, **facts))
        self.look_and_check()

    @precondition(lambda self: self._in_state("unpaid", "paid"))
    @rule(which=ANY, line=LINES)
    def come_back(self, which: int, line: str) -> None:
        self._come_back(self._one_of(which, "unpaid", "paid"), line, which)

    @precondition(lambda self: self._in_state("unpaid"))
    @rule(which=ANY, more=st.sampled_from((1, 1, 240)), worked=st.booleans())
    def lapse(self, which: int, more: int, worked: bool) -> None:
        """His time to pay is over, perhaps the hospital's to keep the place too."""
        until = read(self._one_of(which, "unpaid")["pay_until"])
        self.tried("lapse", lambda: self.house.at(max(clock.now(), until + timedelta(seconds=more))))
        if worked:
            self.jobs()

    @precondition(lambda self: self._in_state("unpaid", "paid"))
    @rule(which=ANY)
    def let_go(self, which: int) -> None:
        """He cancels while it is not paid, or we have not heard of it."""
        self._cancel("let_go", self._one_of(which, "unpaid", "paid"), "works", which)

    @precondition(lambda self: self.cards)
    @rule(which=ANY, line=LINES)
    def give_back(self, which: int, line: str) -> None:
        """He cancels what is paid and booked."""
        if not self._paid_for() and (row := self._to_be_paid(which)):
            self._pay("pay", row, "works")
            self._come_back(row, "works", which)
        if self._paid_for():
            self._cancel("give_back", self._paid_for()[which % len(self._paid_for())], line, which)

    # -- the hospital
    @precondition(lambda self: self._called_off())
    @rule(which=ANY, stopped=st.booleans())
    def call_off(self, which: int, stopped: bool) -> None:
        """The hospital takes back what is kept or paid."""
        row = self._called_off()[which % len(self._called_off())]
        act = self.window.stop_of if stopped else self.window.take_from
        self.tried("call_off", lambda: act(row["slot_id"]))

    # -- the platform
    @rule(times=st.sampled_from((1, 1, 2, 0)))
    def notices_come(self, times: int) -> None:
        """What the platform has to say arrives, twice, or finds nobody."""
        taken = self.tried("notices_come", lambda: self.platform.deliver(self.ports, times=times))
        self.run.seen["notices of the platform"] += 0 if isinstance(taken, PeizhenError) else taken

    @rule(call=st.sampled_from(CALLS), when=st.sampled_from(("before", "after")), times=st.integers(1, 2))
    def platform_fails(self, call: str, when: str, times: int) -> None:
        self.tried("platform_fails", lambda: self.platform.arm(f"{call}:{when}", times))

    @rule(fault=st.sampled_from(BROKEN_REFUNDS))
    def bank_fails(self, fault: str) -> None:
        """The next money that goes back does not arrive, or hangs."""
        self.tried("bank_fails", lambda: self.platform.arm(fault, 1))

    @precondition(lambda self: self.platform.broken() or self.house.select(money.OWED))
    @rule(which=ANY, fault=st.sampled_from(BROKEN_REFUNDS))
    def bank_mends(self, which: int, fault: str) -> None:
        """What hung or failed arrives after all; where nothing does, the next money that goes back comes to that first."""
        if not self.platform.broken():
            with self._armed(fault):
                self.job("payment", paid_holds.tick)
        if broken := self.platform.broken():
            self.tried("bank_mends", lambda: self.platform.mend(broken[which % len(broken)]))

    # -- what there is
    def _charge(self, name: str, row: Any) -> None:
        """He types his password; he counts on hearing of it as soon as the money has left him, whoever knows of that."""
        no = self.house.select(money.ORDER_OF, ref=row["ref"])[0]["no"]
        try:
            self.platform.charge(no)
        except (TillRefused, NoAnswer) as failure:
            self.run.tally[name][str(failure)] += 1
        else:
            self.run.tally[name]["ok"] += 1
        if self.platform.has(no):
            self.told.paid.add((row["person_id"], row["ref"]))

    def _in_state(self, *states: str) -> list[Any]:
        return [row for row in self.rows.values() if row["state"] in states and row["bound"]]

    def _one_of(self, which: int, *states: str) -> Any:
        return self._in_state(*states)[which % len(self._in_state(*states))]

    def _paid_for(self) -> list[Any]:
        now = self.house.now
        return [row for row in self._in_state("booked") if row["prepay"] and row["start"] > now]

    def _called_off(self) -> list[Any]:
        return [row for row in (*self._in_state("unpaid", "paid"), *self._paid_for()) if row["start"] > self.house.now]
