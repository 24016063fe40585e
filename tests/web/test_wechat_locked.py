"""POST /wechat while PostgreSQL hangs: the table is locked by somebody else and no step of ours comes through."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning

import pytest
import sqlalchemy as sa

from bot.host.channel import WeChatChannel
from bot.host.desk import Desk
from bot.services import words
from connectors.wechat.punctual import Punctual
from tests.factories import make_ports
from tests.races import LONG
from tests.services.post import Script
from tests.web.test_wechat_door import Door

BUDGET = 0.5  # seconds of a post


@pytest.fixture
def door(postgres_engine, monkeypatch) -> Iterator[Door]:
    monkeypatch.setattr(Desk, "vouched", lambda *_: True)  # another table; the inbox is what each post comes to
    one = Door(
        make_ports(postgres_engine, dialogue=Script(), channel=WeChatChannel("verified_service")),
        budget=BUDGET,
        unstored=lambda _message: [words.say("utter_not_kept")],
    )
    yield one
    one.close()


@pytest.fixture
def unlock(door, postgres_engine) -> Iterator[Callable[[], None]]:
    """The inbox is locked, as by a migration that somebody runs at noon, until this is called."""
    connection = postgres_engine.connect()
    held = connection.begin()
    connection.execute(sa.text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
    yield held.rollback
    connection.close()
    until = time.monotonic() + LONG
    while stored(postgres_engine) == 0:  # what hung is done before the next test begins
        assert time.monotonic() < until


def stored(engine: sa.engine.Engine) -> int:
    """Messages in the inbox; waits for the lock as everybody does."""
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM inbox")).scalar_one())


def test_behaviour_06_a_locked_database_holds_no_post_and_the_patient_is_told(door, unlock):
    assert door.say("我想挂号") == words.say("utter_not_kept")["text"]  # and the table is locked still


def test_control_without_deadlines_the_lock_would_hold_the_post(door, unlock, monkeypatch):
    monkeypatch.setattr(Punctual, "_in_time", lambda _self, step, *facts: step(*facts))
    with ThreadPoolExecutor(1) as pool:
        post = pool.submit(door.say, "我想挂号")
        with pytest.raises(StillRunning):
            post.result(3 * BUDGET)
        unlock()
        post.result(LONG)


def test_what_hung_is_stored_once_when_the_database_is_back(door, unlock, postgres_engine):
    door.say("我想挂号")
    unlock()
    until = time.monotonic() + LONG
    while stored(postgres_engine) == 0:
        assert time.monotonic() < until
    assert stored(postgres_engine) == 1
