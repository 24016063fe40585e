"""How long a message can stay open: whoever has no answer because the dialogue is away hears so, and when."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine
from bot.db.messages import Inbox
from bot.errors import Unavailable
from bot.services import inbox, messages
from connectors.rasa import DEADLINE, Breaker
from tests.factories import make_ports
from tests.services.post import notices, received

TICK = 3  # seconds between two runs of the inbox job
LONGEST = messages.APOLOGISE_AFTER_SECONDS + DEADLINE.read + TICK  # docs/architecture.md


class Away:
    """DialoguePort behind the real breaker. `hangs`: seconds that each try takes until it is given up."""

    def __init__(self, hangs, later):
        self.hangs, self.later, self.tries = hangs, later, 0
        self._breaker = Breaker(lambda: clock.wire().timestamp())

    def talk(self, **_):
        if self._breaker.allow():
            self.tries += 1
            self.later(self.hangs)
            self._breaker.record(ok=False)
        raise Unavailable


def longest_wait(engine, dialogue, people, later):
    """Seconds until the last of so many who wrote at once has his apology."""
    ports = make_ports(engine, dialogue=dialogue)
    for n in range(people):
        received(ports, f"第{n}句", openid=f"o-{n}")
    began, waited = clock.wire(), 0.0
    waiting = sa.select(sa.func.count(Inbox.id)).where(Inbox.state.in_(inbox.OPEN))
    while waited < 2 * LONGEST:
        later(TICK)
        messages.sweep(ports)
        waited = (clock.wire() - began).total_seconds()
        with ports.transaction() as session:
            if session.scalar(waiting) == 0:
                break
    assert len(notices(ports)) == people
    return waited


@pytest.fixture
def engine(sqlite_url):
    made = make_engine(sqlite_url)
    yield made
    made.dispose()


@pytest.mark.parametrize("people", [1, 4, 5, 6, 40])
@pytest.mark.parametrize("hangs", [0, DEADLINE.read], ids=["refused", "hangs"])
def test_nobody_waits_longer_than_the_promise_for_a_dialogue_that_is_away(engine, still, later, people, hangs):
    assert longest_wait(engine, Away(hangs, later), people, later) <= LONGEST


def test_control_without_the_breaker_the_wait_grows_with_the_queue(engine, still, later, monkeypatch):
    monkeypatch.setattr(Breaker, "allow", lambda _self: True)
    assert longest_wait(engine, Away(DEADLINE.read, later), 12, later) > LONGEST
