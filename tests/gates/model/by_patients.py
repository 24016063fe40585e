"""Rules of patients with their numbers: book, ask again, cancel, move, look; cards are bound and let go."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis.stateful import precondition, rule

from bot import clock
from bot.errors import HisUnavailable, PeizhenError
from bot.services import booking, cards, guards
from tests.factories import a_card
from tests.gates.model import truth
from tests.gates.model.hospital import HOLDERS, MODEL_RULES, PATIENTS, PREPAID_DOCTOR
from tests.gates.model.machine import ANY, LINES, Model, ViolationError

NEAR = timedelta(days=3)  # what people choose from, so that they meet
ROOM = frozenset(
    {"booked", "unknown", "moving", "cancelling", "done", "missed", "unpaid", "paid"}
)  # these take up room
GIVEN_BACK = "SELECT DISTINCT slot_id, patient_id FROM returned_place WHERE visible_at > :now ORDER BY slot_id"
EVERY_SLOT = "SELECT id FROM his.his_slot WHERE start BETWEEN datetime(:now, '-1 day') AND datetime(:now, '+3 days')"


class Patients(Model):
    """Everybody acts through his own card."""

    # -- booking
    @precondition(lambda self: self.cards)
    @rule(who=ANY, what=ANY, line=LINES)
    def book(self, who: int, what: int, line: str) -> None:
        """A free half hour of the next days."""
        self._book("book", who, what, line, self._free)

    @precondition(lambda self: self.cards)
    @rule(who=ANY, what=ANY)
    def book_boldly(self, who: int, what: int) -> None:
        """Somebody who has a number wants another: any half hour, also full, closed, past, or one beyond his limits."""
        having = {row["patient_id"] for row in self.rows.values() if row["state"] == "booked"}
        cards = [card for card in self.cards if card["patient_id"] in having] or self.cards
        self._book(
            "book_boldly",
            self.cards.index(cards[who % len(cards)]),
            what,
            "works",
            self._any if who % 3 == 0 else self._more,
        )

    @precondition(lambda self: self.cards and self._given_back(""))
    @rule(who=ANY, what=ANY)
    def snatch(self, who: int, what: int) -> None:
        """The half hour that somebody has just given back: he himself, who may have it again, or somebody else."""
        givers = {row["patient_id"] for row in self.house.select(GIVEN_BACK)}
        cards = [card for card in self.cards if card["patient_id"] in givers and who % 2] or self.cards
        self._book("snatch", self.cards.index(cards[who % len(cards)]), what, "works", self._given_back)

    @precondition(lambda self: self.cards)
    @rule(which=ANY, what=ANY, line=LINES)
    def reschedule(self, which: int, what: int, line: str) -> None:
        """To a half hour that is paid for as the old one was, or to any; who has no number takes one first."""
        if not self._movable():
            self._book("book", which, what, "works", self._free)
        if not self._movable():
            return
        row = self._movable()[which % len(self._movable())]
        free = [
            each
            for each in self._free(row["patient_id"], but=row)
            if self._taking(each) == self._taking(row["slot_id"])
        ]
        choice = free if which % 8 else self._any(row["patient_id"])
        if choice:
            facts = {"person_id": row["person_id"], "ref": row["ref"], "slot_id": choice[what % len(choice)]}
            self._asks(
                "reschedule", lambda key: booking.reschedule(self.ports, key=key, **facts), line, facts["slot_id"]
            )

    @precondition(lambda self: self.keys)
    @rule(which=ANY, line=LINES)
    def ask_again(self, which: int, line: str) -> None:
        """The same message once more: the same answer, or the one that was still missing; or the next goes missing."""
        if which % 2 and not self._unsure():
            self._book("book", which, which, "timeout_after", self._free)
        asked = self._unsure() or self.keys[-6:]
        key, act = asked[which % len(asked)]
        row = self._by_key(key)
        slot_id = row["slot_id"] if row else ""
        call = "reschedule" if row and row["instead_of"] else self._taking(slot_id)
        with self.over(line, call, which, slot_id, again=lambda: act(key)):
            self._ask("ask_again", key, act)

    def _unsure(self) -> list[Any]:
        unknown = {row["key"] for row in self.rows.values() if row["state"] == "unknown"}
        return [each for each in self.keys if each[0] in unknown]

    def _book(self, name: str, who: int, what: int, line: str, choose: Any) -> None:
        card = self.cards[who % len(self.cards)]
        if choice := choose(card["patient_id"]):
            facts = {"person_id": card["person_id"], "card_ref": card["ref"], "slot_id": choice[what % len(choice)]}
            self._asks(name, lambda key: booking.book(self.ports, key=key, **facts), line, facts["slot_id"])

    @staticmethod
    def _taking(slot_id: str) -> str:
        """What the hospital is asked for: a number, or to keep it until it is paid."""
        return "hold" if PREPAID_DOCTOR in slot_id else "book"

    def _asks(self, name: str, act: Any, line: str, slot_id: str) -> None:
        key = self.key()
        self.keys.append((key, act))
        call = name if name == "reschedule" else self._taking(slot_id)
        with self.over(line, call, 0, slot_id, again=lambda: act(key)):
            self._ask(name, key, act)

    def _ask(self, name: str, key: str, act: Any) -> None:
        """Ask, and remember what the person was told."""
        fresh = self._by_key(key) is None
        result = self.tried(name, lambda: act(key))
        self._look()
        row = self._by_key(key)
        if not isinstance(result, PeizhenError):
            self._was_given(result, row, fresh=fresh)
        elif row is not None and isinstance(result, HisUnavailable):
            self.told.perhaps(row, name)
        elif row is not None:
            self.told.refused(row)

    def _was_given(self, made: Any, row: Any, *, fresh: bool) -> None:
        if row is None or row["ref"] != made.ref:
            raise ViolationError(f"{made.ref} was given, and is not the row of its key")
        self.told.answered(made.state, row)
        if fresh and made.state in {"booked", "unpaid"}:
            facts = {name: row[name] for name in ("slot_id", "patient_id", "asked_at")}
            kept = self.house.select(truth.KEPT_BACK, **facts)
            if kept:
                raise ViolationError(f"sold what was kept back: {dict(kept[0])}")

    def _by_key(self, key: str) -> Any:
        return next((row for row in self.rows.values() if row["key"] == key), None)

    def _free(self, patient_id: str, but: Any = None) -> list[str]:
        """Half hours with places, of days and weeks in which he has room; `but` is the number that he gives up."""
        rows = [r for r in self.rows.values() if r is not but and r["patient_id"] == patient_id and r["state"] in ROOM]
        busy = {(row["department_id"], row["day"]) for row in rows}
        weeks = Counter(guards.monday(date.fromisoformat(row["day"])) for row in rows)
        most = MODEL_RULES["bookings_per_week"]
        fits = [s for s in self._near() if (s.department_id, s.day.isoformat()) not in busy]
        return [s.id for s in fits if weeks[guards.monday(s.day)] < most and (but is None or s.id != but["slot_id"])]

    def _given_back(self, _patient_id: str) -> list[str]:
        return [row["slot_id"] for row in self.house.select(GIVEN_BACK)]

    def _more(self, _patient_id: str) -> list[str]:
        return [slot.id for slot in self._near()]

    def _near(self) -> list[Any]:
        """Half hours with places in the next days."""
        today = clock.today()
        return [slot for slot in self.house.office.slots(first=today, last=today + NEAR) if slot.left > 0]

    def _any(self, _patient_id: str) -> list[str]:
        return [row["id"] for row in self.house.select(EVERY_SLOT)]

    # -- changing
    @precondition(lambda self: self._standing())
    @rule(which=ANY, line=LINES)
    def cancel(self, which: int, line: str) -> None:
        self._cancel("cancel", self._standing()[which % len(self._standing())], line, which)

    def _cancel(self, name: str, row: Any, line: str, which: int) -> None:
        facts = {"person_id": row["person_id"], "ref": row["ref"], "key": self.key()}
        with self.over(line, "cancel", which):
            result = self.tried(name, lambda: booking.cancel(self.ports, **facts))
        self._look()
        if not isinstance(result, PeizhenError):
            self.told.no(row["person_id"], row["ref"])
        elif isinstance(result, HisUnavailable):
            self.told.perhaps({**row, "instead_of": None}, "cancel")
        elif result.code == "not_cancellable":
            self.told.doubt.pop((row["person_id"], row["ref"]), None)

    @rule(who=ANY)
    def look(self, who: int) -> None:
        """The list of one's bookings."""
        person_id = who % len(HOLDERS) + 1
        shown = {
            made.ref: made.state for made in self.tried("look", lambda: booking.mine(self.ports, person_id=person_id))
        }
        self._look()
        self.told.saw(person_id, shown, self.rows, clock.today().isoformat())

    def _standing(self) -> list[Any]:
        """To come, booked or being cancelled, and in their holder's sight."""
        now = self.house.now
        return [
            r for r in self.rows.values() if r["state"] in {"booked", "cancelling"} and r["bound"] and r["start"] > now
        ]

    def _movable(self) -> list[Any]:
        now = self.house.now
        return [
            r for r in self.rows.values() if r["state"] in {"booked", "stopped"} and r["bound"] and r["start"] > now
        ]

    # -- cards
    @precondition(lambda self: len(self._unbound()) < 2)
    @rule(who=ANY)
    def unbind(self, who: int) -> None:
        card = self.cards[who % len(self.cards)]
        self.tried("unbind", lambda: cards.unbind(self.ports, person_id=card["person_id"], ref=card["ref"]))

    @precondition(lambda self: self._unbound())
    @rule(which=ANY)
    def bind(self, which: int) -> None:
        person_id, someone = self._unbound()[which % len(self._unbound())]
        self.tried("bind", lambda: a_card(self.ports, person_id, someone))

    def _unbound(self) -> list[tuple[int, Any]]:
        bound = {(card["person_id"], card["name"]) for card in self.cards}
        mine = [(n + 1, PATIENTS[who]) for n, held in enumerate(HOLDERS) for who in held]
        return [(person_id, someone) for person_id, someone in mine if (person_id, someone.name) not in bound]
