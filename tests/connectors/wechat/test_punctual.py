"""A store that is away for a moment, or hangs: every attempt is answered in time, and nothing is lost that can be kept."""

from __future__ import annotations

import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import TimeoutError as StillRunning

import pytest

from connectors.wechat import webhook
from connectors.wechat.answering import BUDGET

SUCCESS = b"success"
SORRY, WARNING = "可能没有收到", "请打120"
LONG = 60.0  # seconds after which a test that waits for others gives up


class Steps:
    """The store's threads without threads: a step in `hanging` takes all the time that it is given, on the house's clock."""

    def __init__(self):
        self.hanging, self.clock = set(), None

    def submit(self, step, *facts):
        return Step(self, step, facts)


class Step:
    def __init__(self, steps, step, facts):
        self.steps, self.step, self.facts = steps, step, facts

    def result(self, timeout):
        if self.step.__name__ not in self.steps.hanging:
            return self.step(*self.facts)
        self.steps.clock.ticks += timeout
        raise StillRunning


@pytest.fixture
def steps(monkeypatch):
    made = Steps()
    monkeypatch.setattr(webhook, "ThreadPoolExecutor", lambda *_args, **_facts: made)
    return made


@pytest.fixture
def held(make_house, steps):
    """A house whose store hangs at the steps in `steps.hanging`."""
    house = make_house(
        unstored=lambda _message: [{"text": SORRY}],
        urgent=lambda message: [{"text": WARNING}] if "胸痛" in message.text else [],
    )
    steps.clock = house.clock
    return house


def words(house, response):
    return ET.fromstring(house.wire.read(response.data)).findtext("Content")


def timed(house, raw):
    """The answer, and the seconds until it came."""
    began = house.clock.ticks
    response = house.post(raw)
    assert response.status_code == 200
    return response, house.clock.ticks - began


@pytest.mark.parametrize("step", ["vouched", "accept", "settle", "given"])
def test_behaviour_06_a_store_that_hangs_holds_no_attempt(held, steps, message_xml, step):
    raw = message_xml(Content="挂号")
    if step == "given":
        held.post(raw)  # only a repeat asks for it
    steps.hanging.add(step)
    response, took = timed(held, raw)
    assert 1 < took < BUDGET + 0.5  # WeChat hangs up after five seconds
    if step == "settle":  # the answer is there: said, whatever becomes of the note of it
        assert words(held, response) != SORRY
    elif step == "given":
        assert response.data == SUCCESS
    else:
        assert words(held, response) == SORRY


def test_what_was_being_stored_is_stored_in_the_end(make_house, message_xml):
    house, go = make_house(budget=0.5), threading.Event()
    accept = house.store.accept

    def slow(message):
        assert go.wait(LONG)
        return accept(message)

    house.store.accept = slow
    assert house.post(message_xml(Content="挂号")).data == SUCCESS  # and the store hangs still
    assert house.store.messages == []
    go.set()
    until = time.monotonic() + LONG
    while not house.store.messages:
        assert time.monotonic() < until


@pytest.mark.parametrize("step", ["vouched", "accept"])
def test_behaviour_18_an_emergency_waits_for_no_store(held, steps, message_xml, step):
    steps.hanging.add(step)
    response, took = timed(held, message_xml(Content="突然胸痛"))
    assert words(held, response) == WARNING
    assert took < 1


@pytest.mark.parametrize("away", [1, 3])
def test_behaviour_07_a_store_that_is_away_for_a_moment_loses_nothing(make_house, message_xml, away):
    house = make_house(unstored=lambda _message: [{"text": SORRY}])
    accept, left = house.store.accept, [away]

    def restarting(message):
        if left[0]:
            left[0] -= 1
            raise ConnectionError
        return accept(message)

    house.store.accept = restarting
    response = house.post(message_xml(Content="挂号"))
    assert SORRY not in words(house, response)
    assert len(house.store.messages) == 1


def test_behaviour_07_a_store_that_stays_away_is_said_in_time(make_house, message_xml):
    house = make_house(unstored=lambda _message: [{"text": SORRY}])
    house.store.broken = {"accept"}
    began = house.clock.ticks
    assert words(house, house.post(message_xml(Content="挂号"))) == SORRY
    assert house.clock.ticks - began < 4.8
    assert house.store.calls.count("accept") > 5
