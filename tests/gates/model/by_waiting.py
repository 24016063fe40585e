"""Rules of the waitlist: join, leave, take what is offered, let it go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot import clock
from bot.errors import HisUnavailable, PeizhenError
from bot.services import waitlist, waitlist_filling, waitlist_offers
from tests.gates.model.hospital import read
from tests.gates.model.machine import ANY, LINES, Model

WISHES = (  # mostly of doctors with few places: there somebody has to wait
    {"department_id": "yh.d02"},
    {"department_id": "yh.d02", "doctor_id": "yh.p03"},
    {"department_id": "yh.d02", "period": "am"},
    {"department_id": "yh.d01", "doctor_id": "yh.p01"},
    {"department_id": "yh.d01", "period": "am"},
    {"department_id": "yh.d01"},
)


class Waiters(Model):
    """Everybody stands in line for his own card."""

    @precondition(lambda self: self.cards)
    @rule(who=ANY, days=st.sampled_from((0, 0, 1, 2)), wish=st.sampled_from(WISHES))
    def join(self, who: int, days: int, wish: dict[str, str]) -> None:
        card = self.cards[who % len(self.cards)]
        facts: dict[str, Any] = {"person_id": card["person_id"], "card_ref": card["ref"]}
        if days == 0 and self.waits:  # where somebody stands already
            wish = {"department_id": self.waits[-1]["department_id"]}
            day = read(self.waits[-1]["day"]).date()
        else:
            day = clock.today() + timedelta(days=days)
        facts, key = facts | wish, self.key()
        self.tried("join", lambda: waitlist.join(self.ports, day=day, key=key, **facts))

    @precondition(lambda self: self._in_sight(self.waits))
    @rule(which=ANY)
    def leave(self, which: int) -> None:
        mine = self._in_sight(self.waits)
        wait = mine[which % len(mine)]
        self.tried("leave", lambda: waitlist.leave(self.ports, person_id=wait["person_id"], ref=wait["ref"]))

    @precondition(lambda self: self.cards)
    @rule(which=ANY, line=LINES, late=st.integers(0, 4))
    def accept(self, which: int, line: str, late: int) -> None:
        """Yes to a place on offer, sometimes when its time is just over; the job may have to find one first."""
        if (wait := self._on_offer(which)) is None:
            return
        if late == 0:
            self.house.at(max(clock.now(), read(wait["until"]) + timedelta(seconds=1)))
        facts = {"person_id": wait["person_id"], "ref": wait["offer"]}
        with self.over(line, "confirm", which):
            result = self.tried(
                "accept_late" if late == 0 else "accept", lambda: waitlist_offers.accept(self.ports, **facts)
            )
        self._look()
        row = next((row for row in self.rows.values() if row["key"] == f"wait:{wait['offer']}"), None)
        if isinstance(result, HisUnavailable) and row is not None:
            self.told.perhaps(row, "accepting")
        elif not isinstance(result, PeizhenError):
            self.told.answered(result.state, row)

    @precondition(lambda self: self.cards)
    @rule(which=ANY)
    def decline(self, which: int) -> None:
        if wait := self._on_offer(which):
            facts = {"person_id": wait["person_id"], "ref": wait["offer"]}
            self.tried("decline", lambda: waitlist_offers.decline(self.ports, **facts))

    def _on_offer(self, which: int) -> Any:
        """An entry with a place on offer; where there is none, after the job has looked for one, or for a newcomer."""
        for come in (lambda: None, lambda: self._join_where_free(which)):
            if not self._offered():
                come()
                self.job("waitlist", waitlist_filling.tick)
                self._look()
        return self._offered()[which % len(self._offered())] if self._offered() else None

    def _join_where_free(self, which: int) -> None:
        tomorrow = clock.today() + timedelta(days=1)
        if free := [slot for slot in self.house.office.slots(first=tomorrow, last=tomorrow) if slot.left > 0]:
            card, slot = self.cards[which % len(self.cards)], free[which % len(free)]
            facts = {"person_id": card["person_id"], "card_ref": card["ref"], "department_id": slot.department_id}
            key = self.key()
            self.tried("join", lambda: waitlist.join(self.ports, day=slot.day, key=key, **facts))

    def _offered(self) -> list[Any]:
        return self._in_sight([wait for wait in self.waits if wait["offer"]])

    @staticmethod
    def _in_sight(waits: list[Any]) -> list[Any]:
        return [wait for wait in waits if wait["bound"]]
