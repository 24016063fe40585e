"""A slow WeChat delays those whose messages it has in hand, nobody else; no lease is outlived; order is kept."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest

from bot import clock
from bot.ports import Ports
from bot.push import outbox
from bot.push.couriers import Couriers
from bot.push.ladder import deliver
from bot.push.outbox import Notice
from bot.services import briefs
from tests.factories import FakePush, a_person, together
from tests.push.test_ladder import drawn
from tests.push.test_outbox import enqueue

LONG = 60.0  # seconds after which a test that waits for others gives up
SECONDS = 8  # of one call of the slow platform


@dataclass
class Slow(FakePush):
    """`before` happens in each call, before the message is out."""

    before: Callable[[str], object] = lambda _openid: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, *, openid: str, reply: object) -> None:
        self.before(openid)
        with self.lock:
            self.sent.append((openid, dict(reply)))  # type: ignore[call-overload]


def hand_over(ends: list[str], ports: Ports, notice: Notice) -> None:
    ends.append(deliver(ports, notice, drawn, briefs.of))


def couriers(threads: int = 4, ends: list[str] | None = None) -> Couriers:
    return Couriers(partial(hand_over, [] if ends is None else ends), threads=threads, worker="w")


def slow(ports: Ports, before: Callable[[str], object]) -> Slow:
    made = Slow(before=before)
    object.__setattr__(ports, "push", made)
    return made


def waiting(ports: Ports, *people: str) -> None:
    """One notice for each name; one that comes again gets several, in this order."""
    known = {name: a_person(ports, name) for name in dict.fromkeys(people)}
    for n, name in enumerate(people):
        payload = {"view": "answer", "ref": str(n)}
        enqueue(ports, known[name], f"k{n}", kind="late_answer", payload=payload)


@pytest.mark.parametrize(("threads", "at_once"), [(4, True), (1, False)], ids=["four", "control-one"])
def test_four_calls_are_in_the_air_at_once(ports: Ports, threads: int, *, at_once: bool) -> None:
    together_there = threading.Barrier(4)

    def meet(_openid: str) -> None:
        together_there.wait(timeout=LONG if at_once else 0.2)

    push = slow(ports, meet)
    waiting(ports, "a", "b", "c", "d")
    couriers(threads).tick(ports, patience=LONG)
    assert (len(push.sent) == 4) is at_once


def test_who_is_not_slow_does_not_wait_for_who_is(ports: Ports) -> None:
    stuck = threading.Event()
    push = slow(ports, lambda openid: openid == "stuck" and stuck.wait(LONG))
    some = couriers(2)
    waiting(ports, "stuck", "b", "c", "d")
    until = time.monotonic() + LONG
    while len(push.sent) < 3:
        some.tick(ports, patience=0.01)
        assert time.monotonic() < until
    assert sorted(openid for openid, _ in push.sent) == ["b", "c", "d"]
    assert some.tick(ports, patience=0) == 0, "the stuck one is in the air still, and the tick is not"
    stuck.set()
    some.tick(ports, patience=LONG)
    assert len(push.sent) == 4


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_persons_messages_leave_in_their_order_however_many_couriers(
    ports: Ports, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    first, calls = threading.Event(), iter(range(99))
    if not guarded:
        monkeypatch.setattr(outbox, "_in_hands", lambda: outbox.Row.id < 0)
    push = slow(ports, lambda openid: openid == "a" and next(calls) == 0 and first.wait(LONG))
    waiting(ports, "a", "a", "a", "b")
    some, until = couriers(), time.monotonic() + LONG
    while not (push.sent and some._idle._value == 3):  # all but the one that is in hand have nothing left to take
        some.tick(ports, patience=0.01)
        assert time.monotonic() < until
    first.set()
    some.tick(ports, patience=LONG)
    some.tick(ports, patience=LONG)
    said = [reply["text"].split(":")[1] for openid, reply in push.sent if openid == "a"]
    assert (said == ["0", "1", "2"]) is guarded


def test_a_process_that_stops_finishes_what_is_in_the_air_and_takes_nothing_more(ports: Ports) -> None:
    some = couriers(1)
    push = slow(ports, lambda _openid: some.stop())
    waiting(ports, "a", "b", "c")
    some.tick(ports, patience=LONG)
    assert [openid for openid, _ in push.sent] == ["a"]


def test_fifty_calls_of_eight_seconds_outlive_no_lease(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = _fifty(ports, monkeypatch, lambda ends: couriers(1, ends).tick(ports, patience=LONG))
    assert Counter(ends) == {"sent": 50}


def test_control_claimed_all_at_once_the_last_ones_lose_their_lease(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_a_batch(ends: list[str]) -> None:
        for notice in outbox.claim_due(ports, limit=50, worker="w"):
            hand_over(ends, ports, notice)

    assert _fifty(ports, monkeypatch, in_a_batch).count("lost") > 10


def test_two_processes_of_couriers_send_each_once_and_in_order(postgres_ports: Ports) -> None:
    push = slow(postgres_ports, lambda _openid: None)
    waiting(postgres_ports, *("abcdefghij" * 6))
    teams = [couriers(4), couriers(4)]
    while len(push.sent) < 60:
        together(2, lambda n: teams[n].tick(postgres_ports, patience=LONG))
    by_person: dict[str, list[int]] = {}
    for openid, reply in push.sent:
        by_person.setdefault(openid, []).append(int(str(reply["text"]).split(":")[1]))
    assert all(said == sorted(said) for said in by_person.values())
    assert sum(len(set(said)) for said in by_person.values()) == len(push.sent) == 60


def _fifty(ports: Ports, monkeypatch: pytest.MonkeyPatch, work: Callable[[list[str]], object]) -> list[str]:
    """Fifty patients on a platform that takes eight seconds of the machine's clock for each."""
    passed, real, ends = [0], clock.wire(), []  # type: ignore[var-annotated]
    monkeypatch.setattr(clock, "wire", lambda: real + timedelta(seconds=passed[0]))

    def take_long(_openid: str) -> None:
        passed[0] += SECONDS

    slow(ports, take_long)
    waiting(ports, *(f"o-{n}" for n in range(50)))
    work(ends)
    assert passed[0] <= 50 * SECONDS
    return ends
