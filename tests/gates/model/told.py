"""What each person was told he has, as plain dicts, compared with what he has: it is true, or he was told otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.gates.model.hospital import read

REPEATED = {"card_shared", "not_given_back"}  # what can come about more than once
ANSWERS = {"paid_booked", "money_back"}  # to a payment
MONEY = {*ANSWERS, "pay_lapsed", "pay_called_off", "refunded"}
IN_DOUBT = ("unknown", "cancelling", "moving")


class ViolationError(AssertionError):
    """Something that must hold did not."""


@dataclass(frozen=True)
class Word:
    """You have number 3 at nine o'clock."""

    slot_id: str
    number: int
    start: datetime


class Told:
    """By person and booking: `has` a number; in `doubt`: he was told that the hospital is still being asked."""

    def __init__(self) -> None:
        self.has: dict[tuple[int, str], Word] = {}
        self.doubt: dict[tuple[int, str], str] = {}  # what was asked for: book | cancel | move
        self._notices: set[tuple[object, ...]] = set()
        self.busy = False  # the jobs were at work while somebody was answered: he may hear it from both
        self.paid: set[tuple[int, str]] = set()  # whose money is gone, and who has not heard what for
        self._promised: set[tuple[int, str]] = set()  # who is to hear of what by himself

    def yes(self, row: Any) -> None:
        """He has this number; whatever it replaces he has no more."""
        self.has[row["person_id"], row["ref"]] = Word(row["slot_id"], row["number"], read(row["start"]))
        self.doubt.pop((row["person_id"], row["ref"]), None)
        if row["instead_of"]:
            self.no(row["person_id"], row["instead_of"])

    def kept(self, row: Any) -> None:
        """A place is kept for him until he has paid: he waits for nothing, and counts on nothing yet."""
        self.doubt.pop((row["person_id"], row["ref"]), None)

    def answered(self, state: str, row: Any) -> None:
        """What he asked for is his, or is to be paid first."""
        if state == "booked":
            self.yes(row)
        elif state in {"unpaid", "paid"}:
            self.kept(row)

    def no(self, person_id: int, ref: str) -> None:
        """He has it no more."""
        self.has.pop((person_id, ref), None)
        self.doubt.pop((person_id, ref), None)

    def perhaps(self, row: Any, asked: str) -> None:
        """He will hear what became of it, and of what it was to replace."""
        for ref in filter(None, (row["ref"], row["instead_of"])):
            self.doubt[row["person_id"], ref] = asked
        self._promised.add((row["person_id"], row["ref"]))

    def refused(self, row: Any) -> None:
        """This number is not to be had; the one that it was to replace he has as before."""
        self.no(row["person_id"], row["ref"])
        self.doubt.pop((row["person_id"], row["instead_of"]), None)

    def notice(self, person_id: int, kind: str, key: str, payload: dict[str, Any], rows: dict[str, Any]) -> None:
        """One more notice to him, of which `key` names the cause: never the same twice."""
        ref = str(payload.get("ref"))
        what = (person_id, kind, payload.get("view"), ref if "ref" in payload else key)
        if what in self._notices and payload.get("view") not in REPEATED:
            raise ViolationError(f"told twice: {what}")
        self._notices.add(what)
        if payload.get("view") in {"stopped", "cancelled_at_desk", "moved_and_cancelled"}:
            self.no(person_id, ref)
            self.no(person_id, str(rows[ref]["instead_of"]))  # whose new number is called off was moved to it
        elif kind in {"unpaid", *MONEY}:
            self._of_money(rows[ref], kind)
        elif kind == "booking_outcome":
            self._outcome(rows[ref], str(payload["view"]))

    def _of_money(self, row: Any, kind: str) -> None:
        """What he paid for is his, or the money comes back."""
        if kind in {"unpaid", "refunded"}:
            self.kept(row)
        elif kind == "paid_booked":
            self.yes(row)
        else:
            self.no(row["person_id"], row["ref"])
        if kind in ANSWERS:
            self.paid.discard((row["person_id"], row["ref"]))

    def nobody_paid_in_silence(self) -> None:
        """Raises ViolationError where money left somebody who never heard that he has a number, or it back."""
        if self.paid:
            raise ViolationError(f"paid, and never told what for: {sorted(self.paid)}")

    def _outcome(self, row: Any, view: str) -> None:
        """What he waited for has come about, or has not."""
        if (row["person_id"], row["ref"]) not in self._promised and not self.busy:
            raise ViolationError(f"told by itself what he had been answered: {row['ref']} {view}")
        self._promised.discard((row["person_id"], row["ref"]))
        if view in {"booked", "rebooked"}:
            self.yes(row)
        elif view == "not_given_back":
            self.doubt.pop((row["person_id"], row["ref"]), None)
        else:
            self.refused(row)

    def check(self, rows: Iterable[Any], now: datetime) -> None:
        """Raises ViolationError where somebody counts on what he has not, or waits for word that was due."""
        for row in rows:
            person_id, ref = row["person_id"], row["ref"]
            word = self.has.get((person_id, ref))
            counts = word is not None and word.start > now and (person_id, ref) not in self.doubt and not row["news"]
            if (counts and word != Word(row["their_slot"], row["their_number"], word.start)) or (
                counts and not row["stands"]
            ):
                raise ViolationError(f"told {ref} {word}, but: {dict(row)}")
            if (person_id, ref) in self.doubt and row["state"] not in ("asked", *IN_DOUBT):
                raise ViolationError(f"never told what became of {self.doubt[person_id, ref]} {ref}: {row['state']}")

    def saw(self, person_id: int, shown: dict[str, Any], rows: dict[str, Any], today: str) -> None:
        """He looked at the list of his bookings: nothing that he counts on is gone without a word."""
        for holder, ref in list(self.has):
            missing = holder == person_id and ref not in shown and rows[ref]["bound"] and rows[ref]["day"] >= today
            if missing and (holder, ref) not in self.doubt and rows[ref]["state"] not in {"done", "missed"}:
                raise ViolationError(f"{ref} vanished from the list: {dict(rows[ref])}")
        for ref, state in shown.items():
            if state == "booked":
                self.has[person_id, ref] = Word(rows[ref]["slot_id"], rows[ref]["number"], read(rows[ref]["start"]))
