"""A release morning second by second: people who look, think and tap, and scripts that lose no time.

Real services on real PostgreSQL at a simulated clock; whoever acts within one second does so at once, in threads.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking, Operation
from bot.db.push import Notice
from bot.db.returned import ReturnedPlace
from bot.db.waitlist import Wait, WaitOffer
from bot.errors import Refused
from bot.his.embedded import tables
from bot.services import booking, waitlist, waitlist_filling, waitlist_offers
from tests.factories import RULES, Someone, a_card, a_person
from tests.gates.scenes.morning import MONDAY, Morning

THREADS = 48
DAY = date(2026, 11, 23) + timedelta(days=RULES["days_ahead"])  # opens at MONDAY
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
RUSH_SECONDS = 600  # by then all who wanted a number have one or stand in line
COMES, THINKS, SPREAD = 20, 25, 0.5  # seconds: comes (mean), thinks (median of a log-normal, its spread)
REACTS = (1.0, 5.0)  # seconds from when a person may tap to when he does
LOOKS = (4.0, 12.0)  # … and from a full half hour to the next choice
LINE_AT, SALE_AT = 15 * MINUTE, 60 * MINUTE  # after the release
SALE_MINUTES = (*range(1, 10), *range(10, 150, 5))  # scalpers try: for longer than a place is ever kept back
ANSWERS = (1, 15)  # minutes until a person says yes to an offered place


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


def an_account(place: Morning, who: Someone, *, human: bool) -> Account:
    person_id = a_person(place.ports)
    card = a_card(place.ports, person_id, who)
    return Account(person_id, card.ref, card.patient_id, human)


class Wanted:
    """The half hours that everybody wants, of one department on the day that opens; all others of it are sold."""

    def __init__(self, place: Morning, *, places: int, slots: int) -> None:
        self.place, self.places = place, places
        self.department_id, self.slots = self._choose(slots)

    def _choose(self, many: int) -> tuple[str, list[str]]:
        open_to_all = {
            d.id for d in self.place.office.departments() if d.standard_name not in RULES["department_limits"]
        }
        found = [s for s in self.place.office.slots(first=DAY, last=DAY) if s.department_id in open_to_all]
        clinics = {(s.department_id, s.session_id): s.id for s in found}
        department_id = Counter(department for department, _clinic in clinics).most_common(1)[0][0]
        chosen = [slot for (department, _clinic), slot in clinics.items() if department == department_id]
        self._sell([s.id for s in found if s.department_id == department_id])
        return department_id, chosen[:many]

    def _sell(self, slots: list[str]) -> None:
        sold = {"taken": tables.slot.c.capacity, "share": 0, "share_taken": 0}
        with self.place.office.database.writing() as connection:
            connection.execute(sa.update(tables.slot).where(tables.slot.c.id.in_(slots)).values(**sold))

    def open(self) -> None:
        """Nobody has booked anything or waits for it."""
        with self.place.ports.transaction() as session:
            for table in (WaitOffer, Wait, ReturnedPlace, Notice, Operation):
                session.execute(sa.delete(table))
        self.place.open(self.slots, self.places // len(self.slots))

    def holders(self) -> Counter[str]:
        """How many numbers each patient holds now."""
        query = sa.select(Booking.patient_id).where(Booking.state == "booked")
        with self.place.ports.transaction() as session:
            return Counter(session.scalars(query))


class Rush:
    """One release morning."""

    def __init__(self, wanted: Wanted, crowd: Sequence[Account], chance: random.Random) -> None:
        self.wanted, self.crowd, self.chance = wanted, crowd, chance
        self.full: set[str] = set()
        self.broken: Counter[str] = Counter()
        for account in crowd:
            account.wishes = chance.sample(wanted.slots, len(wanted.slots))
            thinks = chance.lognormvariate(math.log(THINKS), SPREAD)
            account.at = chance.expovariate(1 / COMES) + thinks if account.human else 0.0

    def run(self) -> None:
        """From the first second until nobody wants anything more."""
        with ThreadPoolExecutor(THREADS) as pool:
            for second in range(RUSH_SECONDS):
                acting = [account for account in self.crowd if account.wishes and account.at < second + 1]
                self.chance.shuffle(acting)
                _at_once(pool, second * SECOND, acting, self._act)

    def _act(self, account: Account) -> None:
        wish = account.wishes[0]
        if not account.human and wish in self.full:  # scripts tell each other
            account.wishes.pop(0)
            return
        try:
            ask(self.wanted.place, account, wish)
        except Refused as refusal:
            self._refused(account, wish, refusal)
        except Exception as error:  # whatever it is, it is what a gate looks for
            self.broken[type(error).__name__] += 1
            account.wishes.clear()
        else:  # a person has what he wanted, a script goes on
            account.wishes = [] if account.human else account.wishes[1:]

    def _refused(self, account: Account, wish: str, refusal: Refused) -> None:
        now = (clock.now() - MONDAY).total_seconds()
        if refusal.code == "not_your_turn":
            self._again(account, _seconds(str(refusal.facts["at"])), REACTS)
        elif refusal.code == "too_fast":
            self._again(account, now // 60 * 60 + 60, REACTS)
        elif refusal.code in {"slot_full", "already_booked"}:
            account.wishes.pop(0)
            self.full |= {wish} if refusal.code == "slot_full" else set()
            self._again(account, now, LOOKS)
        else:
            account.wishes.clear()

    def _again(self, account: Account, seconds: float, human: tuple[float, float]) -> None:
        account.at = seconds + (self.chance.uniform(*human) if account.human else 0.0)


class Sale:
    """Scripts give their places back, and ask at once for the same ones in their buyers' names."""

    def __init__(
        self, wanted: Wanted, sellers: Sequence[Account], buyers: Sequence[Account], chance: random.Random
    ) -> None:
        self.wanted, self.ports, self.chance = wanted, wanted.place.ports, chance
        self.pairs = list(zip(sellers, buyers, strict=False))
        self.slots: dict[int, str] = {}
        self.answers: dict[str, int] = {}  # offer → the minute in which it is said yes to

    def run(self, waiting: Iterable[Account]) -> None:
        """Everybody without a number stands in line, buyers too; then the sale, minute by minute."""
        line = [*waiting, *(buyer for _seller, buyer in self.pairs)]
        self.chance.shuffle(line)
        with clock.frozen(MONDAY + LINE_AT):
            for account in line:
                self._join(account)
        with ThreadPoolExecutor(THREADS) as pool:
            _at_once(pool, SALE_AT, self.pairs, self._pass_on)
            for minute in SALE_MINUTES:
                _at_once(pool, SALE_AT + minute * MINUTE, self._without(), self._try)
                with clock.frozen(MONDAY + SALE_AT + minute * MINUTE):
                    waitlist_filling.tick(self.ports)
                    self._answer(line, minute)

    def _join(self, account: Account) -> None:
        facts = {"department_id": self.wanted.department_id, "day": DAY, "card_ref": account.card_ref}
        waitlist.join(self.ports, person_id=account.person_id, key=f"wait-{account.person_id}", **facts)

    def _pass_on(self, pair: tuple[Account, Account]) -> None:
        seller, buyer = pair
        with self.ports.transaction() as session:
            booked = Booking.patient_id == seller.patient_id, Booking.state == "booked"
            held = session.scalars(sa.select(Booking).where(*booked)).first()
        self.slots[buyer.person_id] = held.slot_id
        booking.cancel(self.ports, person_id=held.person_id, ref=held.ref, key=f"sale-{held.ref}")
        self._try(buyer)

    def _try(self, buyer: Account) -> None:
        try:
            ask(self.wanted.place, buyer, self.slots[buyer.person_id])
        except Refused:
            return

    def _without(self) -> list[Account]:
        held = self.wanted.holders()
        return [buyer for _seller, buyer in self.pairs if not held[buyer.patient_id]]

    def _answer(self, line: list[Account], minute: int) -> None:
        """Scripts say yes at once, people when they have read it."""
        with self.ports.transaction() as session:
            found = session.execute(
                sa.select(WaitOffer.ref, Wait.person_id).join(Wait).where(WaitOffer.state == "offered")
            ).all()
        human = {account.person_id: account.human for account in line}
        for ref, person_id in found:
            later = self.chance.randint(*ANSWERS) if human[person_id] else 0
            if minute >= self.answers.setdefault(ref, minute + later):
                waitlist_offers.accept(self.ports, person_id=person_id, ref=ref)


def ask(place: Morning, account: Account, slot: str) -> booking.Booking:
    """One call for one half hour."""
    key = f"{account.person_id}-{slot}-{next(account.tries)}"
    facts = {"person_id": account.person_id, "card_ref": account.card_ref, "slot_id": slot, "key": key}
    return booking.book(place.ports, **facts)


def _at_once(pool: ThreadPoolExecutor, after: timedelta, who: Sequence[object], act: Callable[..., None]) -> None:
    with clock.frozen(MONDAY + after):
        list(pool.map(act, who))


def _seconds(told: str) -> float:
    moment = datetime.strptime(told, "%H:%M:%S").time()
    return (clock.utc(datetime.combine(clock.local(MONDAY).date(), moment)) - MONDAY).total_seconds()
