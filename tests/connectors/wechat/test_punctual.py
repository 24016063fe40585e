"""A store that is away for a moment, or hangs: every attempt is answered in time, and nothing is lost that can be kept."""

from __future__ import annotations

import threading
import time
import xml.etree.ElementTree as ET

import pytest

SUCCESS = b"success"
SORRY, WARNING = "可能没有收到", "请打120"


@pytest.fixture
def held(make_house):
    """A house whose store can be held at a step; its budget is short, so that nobody waits long."""
    go = threading.Event()
    house = make_house(
        budget=0.5,
        unstored=lambda _message: [{"text": SORRY}],
        urgent=lambda message: [{"text": WARNING}] if "胸痛" in message.text else [],
    )
    house.clock.monotonic = time.monotonic
    house.clock.sleep = time.sleep
    house.go = go

    def hold(step):
        real = getattr(house.store, step)

        def slow(*facts):
            assert go.wait(10)
            return real(*facts)

        setattr(house.store, step, slow)

    house.hold = hold
    yield house
    go.set()


def words(house, response):
    return ET.fromstring(house.wire.read(response.data)).findtext("Content")


def timed(house, raw):
    began = time.monotonic()
    response = house.post(raw)
    assert response.status_code == 200
    return response, time.monotonic() - began


@pytest.mark.parametrize("step", ["vouched", "accept", "settle", "given"])
def test_behaviour_06_a_store_that_hangs_holds_no_attempt(held, message_xml, step):
    raw = message_xml(Content="挂号")
    if step == "given":
        held.post(raw)  # only a repeat asks for it
    held.hold(step)
    response, took = timed(held, raw)
    assert took < 0.5 + 0.4 + 0.5
    if step == "settle":  # the answer is there: said, whatever becomes of the note of it
        assert words(held, response) != SORRY
    elif step == "given":
        assert response.data == SUCCESS
    else:
        assert words(held, response) == SORRY


def test_what_was_being_stored_is_stored_in_the_end(held, message_xml):
    held.hold("accept")
    held.post(message_xml(Content="挂号"))
    assert held.store.messages == []
    held.go.set()
    until = time.monotonic() + 5
    while not held.store.messages:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("step", ["vouched", "accept"])
def test_behaviour_18_an_emergency_waits_for_no_store(make_house, held, message_xml, step):
    held.hold(step)
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
