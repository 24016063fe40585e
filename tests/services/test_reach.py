"""The quota ledger: five within 48 hours of a message, three within a minute of a tap, and nobody spends one twice."""

from __future__ import annotations

import multiprocessing

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine
from bot.db.reach import Reach
from bot.services import inbox, reach
from tests.factories import make_ports, together
from tests.races import LONG, Meeting
from tests.services.post import body, key

OPENID = "o-reach"


@pytest.fixture
def ledger(ports):
    return reach.Ledger(ports.transaction, ports.crypto)


def comes(ports, *, kind="text", same=None, created=None, **more):
    at = clock.wire_seconds() if created is None else created
    said = body("你好" if kind == "text" else "", kind=kind, **more)
    return inbox.accept(ports, key=same or key(), openid=OPENID, kind=kind, body=said, created=at)


def taken(ledger, **how):
    """How many are taken until one is refused."""
    for n in range(20):
        if not ledger.take(OPENID, **how):
            return n
    raise AssertionError("no end")


def test_behaviour_14_a_message_opens_five_of_which_the_last_is_kept_for_safety(ports, ledger):
    comes(ports)
    assert ledger.left(OPENID) == 5
    assert taken(ledger) == 4
    assert (ledger.left(OPENID), taken(ledger, reserve=True)) == (1, 1)
    assert ledger.left(OPENID) == 0


def test_behaviour_14_the_next_message_opens_five_anew_and_its_retry_does_not(ports, ledger):
    comes(ports, same="a" * 64)
    taken(ledger, reserve=True)
    comes(ports, same="a" * 64)  # WeChat posts it again
    assert ledger.left(OPENID) == 0
    comes(ports)
    assert ledger.left(OPENID) == 5


def test_behaviour_14_after_48_hours_nothing_is_left(ports, ledger, later):
    comes(ports)
    later(reach.MESSAGE_SECONDS - 1)
    assert ledger.left(OPENID) == 5
    later(1)
    assert (ledger.left(OPENID), ledger.take(OPENID, reserve=True)) == (0, False)


@pytest.mark.parametrize("event", ["click", "scancode_push", "scancode_waitmsg", "subscribe", "scan"])
def test_behaviour_14_a_tap_opens_three_for_a_minute(ports, ledger, later, event):
    comes(ports, kind="event", event=event, event_key="book")
    assert taken(ledger) == 3
    comes(ports, kind="event", event=event, event_key="book")
    later(60)
    assert (ledger.left(OPENID), ledger.take(OPENID)) == (0, False)


@pytest.mark.parametrize("event", ["view", "location", "unsubscribe", "templatesendjobfinish", "kf_create_session"])
def test_other_events_open_nothing(ports, ledger, event):
    comes(ports, kind="event", event=event)
    assert ledger.left(OPENID) == 0


@pytest.mark.parametrize("kind", ["text", "image", "voice", "video", "location", "link", "file", "unknown"])
def test_every_message_opens(ports, ledger, kind):
    comes(ports, kind=kind)
    assert ledger.left(OPENID) == 5


def test_a_tapped_quick_reply_opens_both_and_the_short_count_pays_first(ports, ledger, later):
    comes(ports, menu_id="c1.1")
    assert ledger.left(OPENID) == 8
    for _ in range(3):
        ledger.take(OPENID)
    later(60)
    assert ledger.left(OPENID) == 5


def test_what_wechat_did_not_take_goes_back_where_it_came_from(ports, ledger, later):
    comes(ports)
    ledger.take(OPENID)
    ledger.give_back(OPENID)
    ledger.give_back(OPENID)
    assert ledger.left(OPENID) == 5
    comes(ports, kind="event", event="click", event_key="book")
    ledger.take(OPENID)
    assert ledger.left(OPENID) == 7
    ledger.give_back(OPENID)
    later(60)
    assert ledger.left(OPENID) == 5


def test_an_older_message_that_arrives_late_starts_nothing_anew(ports, ledger):
    now = clock.wire_seconds()
    comes(ports, created=now)
    taken(ledger, reserve=True)
    comes(ports, created=now - 30)
    assert ledger.left(OPENID) == 0


@pytest.mark.parametrize("created", [0, -5, 10**12])
def test_an_impossible_moment_counts_as_now(ports, ledger, later, created):
    comes(ports, created=created)
    later(reach.MESSAGE_SECONDS - 5)
    assert ledger.left(OPENID) == 5


def test_a_stranger_has_nothing(ledger):
    ledger.opened("o-stranger", "tap", clock.wire_seconds())
    assert (ledger.left("o-stranger"), ledger.take("o-stranger")) == (0, False)


def test_what_a_host_opens_itself_counts(ports, ledger):
    comes(ports)
    ledger.opened(OPENID, "tap", clock.wire_seconds())
    assert ledger.left(OPENID) == 8


# -- races on PostgreSQL ------------------------------------------------------------------------------------------
def _spender(url, start, given):
    engine = make_engine(url)
    ports = make_ports(engine)
    ledger = reach.Ledger(ports.transaction, ports.crypto)
    start.wait(LONG)
    given.put(sum(ledger.take(OPENID, reserve=True) for _ in range(5)))
    engine.dispose()


def test_behaviour_14_processes_never_spend_the_last_message_twice(postgres_ports, postgres_url):
    comes(postgres_ports)
    context = multiprocessing.get_context("spawn")
    start, given = context.Barrier(3), context.Queue()
    workers = [context.Process(target=_spender, args=(postgres_url, start, given)) for _ in range(3)]
    for worker in workers:
        worker.start()
    spent = sum(given.get(timeout=LONG) for _ in workers)
    for worker in workers:
        worker.join(20)
    assert spent == 5


def race(ports, ledger):
    """Thirty at once over what is left."""
    comes(ports)
    found = together(30, lambda _: ledger.take(OPENID, reserve=True))
    return found.count(True)


def test_threads_never_do_either(postgres_ports):
    assert race(postgres_ports, reach.Ledger(postgres_ports.transaction, postgres_ports.crypto)) == 5


def test_control_looking_first_and_writing_then_spends_more(postgres_ports, monkeypatch):
    """Shows that the two tests above can fail: the condition is looked at, and then the count is written."""
    all_have_looked = Meeting(30)

    def look_then_write(self, session, openid, scene, keep):
        row = session.execute(sa.select(Reach.__table__)).one()._mapping
        left = row[f"{scene}_left"]
        if left <= keep:
            return False
        all_have_looked()
        session.execute(Reach.__table__.update().values({f"{scene}_left": left - 1}))
        return True

    monkeypatch.setattr(reach.Ledger, "_spend", look_then_write)
    assert race(postgres_ports, reach.Ledger(postgres_ports.transaction, postgres_ports.crypto)) == 30
