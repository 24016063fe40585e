"""gate-scalpers: on a release morning a thousand scripted accounts with fifty patients stand against two hundred people.

Simulated seconds, real services, real PostgreSQL: whoever acts within one second does so at once, in threads. People
look, think, tap and come back when they are told to. Scripts lose no time: `hammering`, all accounts call whenever they
may; `clever`, one account a patient calls at the second that is best for it, which is the worst that can happen to us.
Afterwards the scripts sell: each place they hold is given back and asked for at once, again and again, in a buyer's name,
while people who got none stand in line.

What bounds them: a patient has one number a department and day, however many accounts; turns are drawn by lot for each
patient, so a share of the numbers is a share of the patients; a place given back is the line's, then nobody's for a
random time. So the scripts' fair share is theirs among all patients who ask, and what they can sell is the buyers' share
among all who wait. The control takes the three away, and the scripts have to win.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from unittest.mock import patch

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking, Operation
from bot.db.push import Notice
from bot.db.returned import ReturnedPlace
from bot.db.waitlist import Wait, WaitOffer
from bot.errors import PeizhenError, Refused
from bot.his.embedded import tables
from bot.services import booking, guards, operations, returned, turns, waitlist, waitlist_filling, waitlist_offers
from tests.factories import a_card, a_person, someone
from tests.gates.morning import MONDAY, Morning, morning

THREADS = 48
LONGEST = 900  # seconds after which the rush is over, whatever is left
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
COMES, THINKS, SPREAD = 20, 25, 0.5  # seconds: comes (mean), first thinks (median, log-normal spread)
REACTS = (1, 5)  # seconds from when a person may tap again to when he does
LOOKS = (4, 12)  # … and from one full half hour to the next choice
DESIRED = 60  # minutes that a scalper goes on trying to get his place back for a buyer … after it can be had at all
ANSWERS = (1, 15)  # minutes until a person says yes to an offered place
SIGMAS = 4  # a lot is a lot: so many standard deviations above the fair share are still chance
WON = 0.5  # what the scripts get at least without the guards: of the places, and of the resales


@dataclass
class Account:
    """One WeChat account with one patient's card; a script drives it unless a person does."""

    person_id: int
    card_ref: str
    patient_id: str
    human: bool
    wishes: list[str] = field(default_factory=list)
    at: float = 0.0  # seconds after the release at which it acts next
    tries: Iterator[int] = field(default_factory=count)


@dataclass(frozen=True)
class Shares:
    """Who holds the places after the rush, and how many of those that scripts held they passed on."""

    people: int
    scripts: int
    most: int
    sold: int
    tried: int
    errors: int


class Rush:
    """One release morning, second by second."""

    def __init__(self, place: Morning, crowd: Sequence[Account], slots: Sequence[str], chance: random.Random) -> None:
        self.place, self.crowd, self.slots, self.chance = place, crowd, slots, chance
        self.full: set[str] = set()
        self.errors: Counter[str] = Counter()
        self.line: list[Account] = []
        for account in crowd:
            account.wishes = chance.sample(list(slots), len(slots))
            account.at = self._arrival() if account.human else 0.0

    def _arrival(self) -> float:
        return self.chance.expovariate(1 / COMES) + self.chance.lognormvariate(math.log(THINKS), SPREAD)

    def run(self) -> None:
        """Until nobody wants anything more."""
        with ThreadPoolExecutor(THREADS) as pool:
            for second in range(LONGEST):
                acting = [a for a in self.crowd if a.wishes and a.at < second + 1]
                self.chance.shuffle(acting)
                with clock.frozen(MONDAY + second * SECOND):
                    list(pool.map(lambda account, now=second: self._act(account, now), acting))

    def _act(self, account: Account, now: int) -> None:
        wanted = account.wishes[0]
        if not account.human and wanted in self.full:
            account.wishes.pop(0)  # scripts tell each other
            return
        try:
            ask(self.place, account, wanted)
        except Refused as refusal:
            self._refused(account, refusal, now)
        except Exception as error:
            self.errors[type(error).__name__] += 1
            account.wishes.clear()
        else:  # a person has what he wanted, a script goes on
            account.wishes = [] if account.human else account.wishes[1:]

    def _refused(self, account: Account, refusal: Refused, now: int) -> None:
        wait = 0.0
        if refusal.code == "not_your_turn":
            account.at = float(_second(str(refusal.facts["at"])))
            wait = self.chance.uniform(*REACTS)
        elif refusal.code == "too_fast":
            account.at = float(now // 60 * 60 + 60)
            wait = self.chance.uniform(*REACTS)
        elif refusal.code in {"slot_full", "already_booked"}:
            account.wishes.pop(0)
            self.full |= {account.wishes and "" or ""} if refusal.code == "already_booked" else set()
            account.at, wait = float(now), self.chance.uniform(*LOOKS)
        else:
            account.wishes.clear()
        account.at += wait if account.human else 0.0


def _second(told: str) -> int:
    moment = datetime.combine(clock.local(MONDAY).date(), datetime.strptime(told, "%H:%M:%S").time())
    return int((clock.utc(moment) - MONDAY).total_seconds())


def ask(place: Morning, account: Account, slot: str) -> booking.Booking:
    """One call for one half hour."""
    key = f"{account.person_id}-{next(account.tries)}"
    facts = {"person_id": account.person_id, "card_ref": account.card_ref, "slot_id": slot, "key": key}
    return booking.book(place.ports, **facts)
