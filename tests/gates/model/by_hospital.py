"""Rules of the hospital: its window sells, its doctors call or stay away, its system fails while somebody else acts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.services import suspensions, waitlist_filling
from tests.gates.model.machine import ANY, LINES, Model

CALLS = ("appointment_by_key", "appointment", "changes", "slots", "slot", "cancel", "hold", "confirm")
BREAKS = ("timeout_before", "timeout_after", "error", "wrong_patient")
HERE = """SELECT a.id FROM his.his_appointment a WHERE a.active = 1 AND a.state IN ('booked', 'called', 'missed')
    AND a.day = :today ORDER BY a.id"""
OPEN_TODAY = """SELECT s.id FROM his.his_session s WHERE NOT s.closed AND s.day = :today AND s.over_at > :now AND EXISTS (
    SELECT 1 FROM his.his_appointment a WHERE a.session_id = s.id AND a.state IN ('booked', 'called')) ORDER BY s.id"""


class Hospital(Model):
    """What happens there without our asking."""

    @rule(which=ANY)
    def window_sells(self, which: int) -> None:
        self.tried("window_sells", lambda: self.window.sell(which))

    @precondition(lambda self: self.window.coming)
    @rule(which=ANY)
    def stop_clinic(self, which: int) -> None:
        self.tried("stop_clinic", lambda: self.window.stop(which))

    @precondition(lambda self: self.window.expected)
    @rule(which=ANY)
    def desk_cancels(self, which: int) -> None:
        self.tried("desk_cancels", lambda: self.window.give_away(which))

    # -- the day of the visit
    @precondition(lambda self: self.house.select(HERE))
    @rule(which=ANY)
    def check_in(self, which: int) -> None:
        found = self.house.select(HERE)
        appointment_id, key = found[which % len(found)]["id"], self.key()
        self.tried("check_in", lambda: self.house.office.check_in(appointment_id=appointment_id, key=key))

    @precondition(lambda self: self.house.select(OPEN_TODAY))
    @rule(which=ANY, came=st.booleans())
    def call(self, which: int, came: bool) -> None:
        found = self.house.select(OPEN_TODAY)
        half, act = found[which % len(found)]["id"], self.house.office.call_next if came else self.house.office.miss
        for _ in range(which % 3 + 1):
            key = self.key()
            self.tried("call", lambda key=key: act(session_id=half, key=key))

    # -- failing
    @rule(call=st.sampled_from(CALLS), fault=st.sampled_from(BREAKS), times=st.integers(1, 2))
    def his_fails(self, call: str, fault: Any, times: int) -> None:
        """The next calls of this name get no answer or somebody else's, whether or not they did something."""
        self.tried("his_fails", lambda: self.house.his.fail(call, fault, times=times))

    @rule(line=LINES, which=ANY)
    def job_meanwhile(self, line: str, which: int) -> None:
        """Somebody acts while the waitlist's job is asking for a place."""
        with self.over(line, "hold", which):
            self.tried("job_meanwhile", lambda: self.job("waitlist", waitlist_filling.tick))

    # -- staff
    @precondition(lambda self: self.house.select("SELECT 1 FROM suspension WHERE lifted_at IS NULL AND until > :now"))
    @rule()
    def lift(self) -> None:
        standing = suspensions.listed(self.ports)[0]
        self.tried("lift", lambda: suspensions.lift(self.ports, staff_id=1, ref=standing.ref))
