"""Rules of money: a number is kept, paid or not, found paid later, given back; the platform fails as platforms do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.errors import PeizhenError
from bot.services import payment
from connectors.simulator.till import TillRefused
from connectors.simulator.transport import NoAnswer
from tests.gates.model import money
from tests.gates.model.by_patients import Patients
from tests.gates.model.hospital import PREPAID_DEPARTMENT, read
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
        free, near = set(self._free(patient_id)), self._near()
        return [slot.id for slot in near if slot.department_id == PREPAID_DEPARTMENT and slot.id in free]

    # -- at the cashier
    @precondition(lambda self: self.cards)
    @rule(which=ANY, way=WAYS, back=st.booleans(), line=LINES)
    def pay(self, which: int, way: str, back: bool, line: str) -> None:
        """To the cashier, the password, and back to us or not; the notice goes its own way.

        Where nothing is to be paid, he takes a number first.
        """
        if not self._in_state("unpaid"):
            self._book("keep", which, which, "works", self._free_and_dear)
        if not self._in_state("unpaid"):
            return
        row = self._one_of(which, "unpaid")
        facts = {"person_id": row["person_id"], "ref": row["ref"]}
        if way != "works":
            self.platform.till.arm(way)
        opened = self.tried("checkout", lambda: payment.checkout(self.ports, **facts))
        if not isinstance(opened, PeizhenError):
            self._charge("pay", row["person_id"], row["ref"], self._order_of(row["ref"]))
        self.platform.till.arm(way, 0)
        if back:
            with self.over(line, "confirm", which, row["slot_id"]):
                self.tried("come_back", lambda: payment.come_back(self.ports, **facts))

    @precondition(lambda self: self._seen())
    @rule(which=ANY)
    def pay_late(self, which: int) -> None:
        """The cashier was still open when the order was closed, and the money goes through."""
        order = self._seen()[which % len(self._seen())]
        self.platform.till.arm("charge:closed")
        self._charge("pay_late", order["person_id"], order["ref"], order["no"])
        self.platform.till.arm("charge:closed", 0)

    @precondition(lambda self: self._in_state("unpaid", "paid"))
    @rule(which=ANY, line=LINES)
    def come_back(self, which: int, line: str) -> None:
        row = self._one_of(which, "unpaid", "paid")
        facts = {"person_id": row["person_id"], "ref": row["ref"]}
        with self.over(line, "confirm", which, row["slot_id"]):
            self.tried("come_back", lambda: payment.come_back(self.ports, **facts))

    @precondition(lambda self: self._in_state("unpaid"))
    @rule(which=ANY, more=st.sampled_from((1, 1, 240)), worked=st.booleans())
    def lapse(self, which: int, more: int, worked: bool) -> None:
        """His time to pay is over, perhaps the hospital's to keep the place too."""
        until = read(self._one_of(which, "unpaid")["pay_until"])
        self.tried("lapse", lambda: self.house.at(until + timedelta(seconds=more)))
        if worked:
            self.jobs()

    @precondition(lambda self: self._in_state("unpaid", "paid"))
    @rule(which=ANY)
    def let_go(self, which: int) -> None:
        """He cancels while it is not paid, or we have not heard of it."""
        self._cancel("let_go", self._one_of(which, "unpaid", "paid"), "works", which)

    @precondition(lambda self: self._paid_for())
    @rule(which=ANY, line=LINES)
    def give_back(self, which: int, line: str) -> None:
        """He cancels what is paid and booked."""
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
        self.tried("platform_fails", lambda: self.platform.till.arm(f"{call}:{when}", times))

    @rule(fault=st.sampled_from(BROKEN_REFUNDS))
    def bank_fails(self, fault: str) -> None:
        """The next money that goes back does not arrive, or hangs."""
        self.tried("bank_fails", lambda: self.platform.till.arm(fault))

    @precondition(lambda self: self.platform.broken())
    @rule(which=ANY)
    def bank_mends(self, which: int) -> None:
        broken = self.platform.broken()
        self.tried("bank_mends", lambda: self.platform.mend(broken[which % len(broken)]))

    # -- what there is
    def _charge(self, name: str, person_id: int, ref: str, no: str) -> None:
        """He types his password; he counts on hearing of it as soon as the money has left him, whoever knows of that."""
        try:
            self.platform.charge(no)
        except (TillRefused, NoAnswer) as failure:
            self.run.tally[name][str(failure)] += 1
        else:
            self.run.tally[name]["ok"] += 1
        if self.platform.has(no):
            self.told.paid.add((person_id, ref))

    def _order_of(self, ref: str) -> str:
        query = "SELECT o.no FROM pay_order o JOIN booking b ON b.id = o.booking_id WHERE b.ref = :ref"
        return str(self.house.select(query, ref=ref)[0]["no"])

    def _seen(self) -> list[Any]:
        return self.house.select(money.SEEN)

    def _in_state(self, *states: str) -> list[Any]:
        return [row for row in self.rows.values() if row["state"] in states and row["bound"]]

    def _one_of(self, which: int, *states: str) -> Any:
        return self._in_state(*states)[which % len(self._in_state(*states))]

    def _paid_for(self) -> list[Any]:
        now = self.house.now
        return [row for row in self._in_state("booked") if row["prepay"] and row["start"] > now]

    def _called_off(self) -> list[Any]:
        return [row for row in (*self._in_state("unpaid", "paid"), *self._paid_for()) if row["start"] > self.house.now]
