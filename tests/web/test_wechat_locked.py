"""POST /wechat while PostgreSQL hangs: the table is locked by somebody else and no step of ours comes through."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.host.channel import WeChatChannel
from bot.services import words
from connectors.wechat.punctual import Punctual
from tests.factories import make_ports
from tests.services.post import Script
from tests.web.test_wechat_door import Door

LOCKED, BUDGET, GRACE = 2.5, 0.5, 0.9  # seconds


@pytest.fixture
def door(postgres_engine) -> Iterator[Door]:
    one = Door(
        make_ports(postgres_engine, dialogue=Script(), channel=WeChatChannel("verified_service")),
        budget=BUDGET,
        unstored=lambda _message: [words.say("utter_not_kept")],
    )
    one.say("先来一句", openid="o-other")
    yield one
    one.close()


@pytest.fixture
def locked(postgres_engine) -> Iterator[None]:
    """The inbox is locked for a while, as by a migration that somebody runs at noon."""
    connection = postgres_engine.connect()
    held = connection.begin()
    connection.execute(sa.text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
    end = threading.Timer(LOCKED, held.rollback)
    end.start()
    yield
    end.join()
    connection.close()


def timed(door: Door, text: str) -> tuple[str, float]:
    began = time.monotonic()
    return door.say(text), time.monotonic() - began


def test_behaviour_06_a_locked_database_holds_no_post_and_the_patient_is_told(door, locked):
    said, took = timed(door, "我想挂号")
    assert said == words.say("utter_not_kept")["text"]
    assert took < BUDGET + GRACE


def test_control_without_deadlines_the_lock_would_hold_the_post(door, locked, monkeypatch):
    monkeypatch.setattr(Punctual, "_in_time", lambda _self, step, *facts: step(*facts))
    _, took = timed(door, "我想挂号")
    assert took > BUDGET + GRACE


def test_what_hung_is_stored_once_when_the_database_is_back(door, locked, postgres_engine):
    assert timed(door, "我想挂号")[1] < BUDGET + GRACE
    with postgres_engine.connect() as connection:  # waits for the lock as well
        count = sa.text("SELECT count(*) FROM inbox")
        until = time.monotonic() + LOCKED * 2
        while connection.execute(count).scalar() != 2:
            assert time.monotonic() < until
            connection.rollback()
