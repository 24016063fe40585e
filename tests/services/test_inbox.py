"""The inbox row from received to delivered: one row a message, one answer a row, nothing lost and nothing twice."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine, transactions
from bot.db.messages import Inbox, Person
from bot.services import inbox, messages, replying
from tests.factories import make_ports, together
from tests.services.post import Script, body, key, notices, person_of, received, row

REPLIES = [{"text": "甲"}, {"text": "乙"}]


def answer(ports, leased, replies=REPLIES, expects=None, talked=True):
    with ports.transaction() as session:
        return replying.answered(ports, session, leased, replies=replies, expects=expects, talked=talked)


def accept(ports, same, openid="o-one", text="你好"):
    said = body(text)
    return inbox.accept(ports, key=same, openid=openid, kind="text", body=said, created=clock.wire_seconds())


# -- one row a message ------------------------------------------------------------------------------------------
def test_fifty_deliveries_of_one_message_are_one_row(ports):
    same = key()
    found = together(50, lambda _: accept(ports, same))
    assert not [error for error in found if isinstance(error, Exception)]
    assert len({row_id for row_id, _ in found}) == 1
    assert [new for _, new in found].count(True) == 1
    with ports.transaction() as session:
        assert session.scalar(sa.select(sa.func.count(Inbox.id))) == 1
        assert session.scalar(sa.select(sa.func.count(Person.id))) == 1


def test_without_the_unique_key_the_deliveries_would_be_many_rows(own_postgres_url, still):
    """The control of the test above: looking first and writing then does not hold."""
    engine = make_engine(own_postgres_url)
    ports, same = make_ports(engine), key()
    accept(ports, key())  # the person is known
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox DROP CONSTRAINT uq_inbox_dedupe_key")

    all_have_looked = threading.Barrier(10)

    def naive(_):
        with ports.transaction() as session:
            known = session.scalar(sa.select(Inbox.id).where(Inbox.dedupe_key == same))
        all_have_looked.wait(20)
        return (known, False) if known else accept(ports, same)

    found = together(10, naive)
    engine.dispose()
    assert [new for _, new in found] == [True] * 10


def test_first_messages_of_one_person_at_once_make_one_person(ports):
    found = together(20, lambda _: accept(ports, key(), openid="o-new"))
    assert not [error for error in found if isinstance(error, Exception)]
    assert all(new for _, new in found)
    with ports.transaction() as session:
        assert session.scalar(sa.select(sa.func.count(Person.id))) == 1


def test_the_words_and_the_openid_lie_sealed(ports, engine):
    accept(ports, key(), openid="o-secret-openid", text="我叫李雷")
    with engine.connect() as connection:
        rows = [connection.exec_driver_sql(f"SELECT * FROM {t}").fetchall() for t in ("inbox", "person")]
    stored = b"".join(
        bytes(v) if isinstance(v, (bytes, memoryview)) else repr(v).encode() for t in rows for r in t for v in r
    )
    assert b"o-secret-openid" not in stored
    assert "李雷".encode() not in stored


@pytest.mark.parametrize("created", [0, -1, 10**12])
def test_an_impossible_create_time_loses_no_message(ports, created):
    _, new = inbox.accept(ports, key=key(), openid="o-one", kind="text", body=body("好"), created=created)
    assert new


# -- in order, by one worker ------------------------------------------------------------------------------------
def test_a_later_message_waits_while_an_earlier_one_of_the_same_person_is_open(ports):
    first, second = received(ports, "甲"), received(ports, "乙")
    assert inbox.lease(ports, inbox_id=second) is None
    leased = inbox.lease(ports, inbox_id=first)
    assert inbox.lease(ports, inbox_id=second) is None
    assert answer(ports, leased)
    assert inbox.lease(ports, inbox_id=second).body["text"] == "乙"


def test_another_persons_message_does_not_wait(ports):
    received(ports, "甲")
    assert inbox.lease(ports, inbox_id=received(ports, "乙", openid="o-other")) is not None


def test_one_of_many_workers_gets_a_row(ports):
    one = received(ports)
    found = together(20, lambda _: inbox.lease(ports, inbox_id=one))
    assert len([leased for leased in found if leased is not None]) == 1


def test_two_messages_of_one_person_are_never_worked_on_together(postgres_ports):
    """Accepted and leased by threads at once, ten rounds: whoever leases, leases the first that is open."""
    ports = postgres_ports
    for n in range(10):
        openid = f"o-{n}"

        def come(_, openid=openid):
            row_id, _new = accept(ports, key(), openid=openid)
            return inbox.lease(ports, inbox_id=row_id)

        found = together(6, come)
        assert not [error for error in found if isinstance(error, Exception)]
        assert len([leased for leased in found if leased is not None]) <= 1


def test_a_message_is_not_stored_before_an_earlier_one_is_committed(postgres_ports, postgres_engine):
    """Row ids are given at the insert: without a wait the second could be leased before the first is seen."""
    ports, commit, inserted = postgres_ports, threading.Event(), threading.Event()
    accept(ports, key())  # the person is known

    @contextmanager
    def slow():
        with ports.transaction() as session:
            yield session
            inserted.set()
            assert commit.wait(20)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(accept, replace(ports, transaction=slow), key())
        assert inserted.wait(20)
        second = pool.submit(accept, ports, key())
        with postgres_engine.connect() as watching:
            while not second.done() and not watching.exec_driver_sql("SELECT 1 FROM pg_locks WHERE NOT granted").all():
                pass
        overtook = second.done()
        commit.set()
        assert first.result(20)[0] < second.result(20)[0]
    assert not overtook


def test_a_lost_lease_stores_no_answer(ports, later):
    one = received(ports)
    slow = inbox.lease(ports, inbox_id=one)
    later(inbox.LEASE_SECONDS + 1)
    quick = inbox.lease(ports, inbox_id=one)
    assert quick.attempts == 2
    assert answer(ports, slow, [{"text": "旧"}]) is False
    inbox.give_back(ports, slow, failure="unavailable")
    assert inbox.held(ports, inbox_id=one)
    assert answer(ports, quick, [{"text": "新"}])
    assert answer(ports, slow, [{"text": "旧"}]) is False
    assert replying.answer_of(ports, inbox_id=one) == [{"text": "新"}]


def test_a_lease_that_was_never_given_is_none(ports):
    one = received(ports)
    forged = replace(inbox.lease(ports, inbox_id=one), token="0" * 32)
    assert answer(ports, forged) is False
    assert replying.answer_of(ports, inbox_id=one) is None


def test_a_row_that_is_given_back_is_the_next_workers(ports):
    one = received(ports)
    inbox.give_back(ports, inbox.lease(ports, inbox_id=one), failure="unavailable")
    assert not inbox.held(ports, inbox_id=one)
    assert [(f.id, f.failure) for f in inbox.failed(ports)] == [(one, "unavailable")]
    assert answer(ports, inbox.lease(ports, inbox_id=one))
    assert inbox.failed(ports) == []


# -- what the next message is, and when rasa starts afresh --------------------------------------------------------
def test_only_a_turn_of_the_dialogue_changes_what_is_expected(ports):
    def turn(expects, *, talked):
        one = received(ports)
        answer(ports, inbox.lease(ports, inbox_id=one), expects=expects, talked=talked)
        return person_of(ports, one).expects

    assert turn("person_name", talked=True) == "person_name"
    assert turn(None, talked=False) == "person_name"  # a menu opened, a picture: the form still waits for its name
    assert turn(None, talked=True) is None


def test_rasa_starts_afresh_after_forty_turns_and_after_half_a_day(ports, later):
    freshness = []
    for _ in range(inbox.ROLL_TURNS + 2):
        leased = inbox.lease(ports, inbox_id=received(ports))
        freshness.append(leased.fresh)
        answer(ports, leased)
    assert freshness == [False] * inbox.ROLL_TURNS + [True, False]
    later(inbox.ROLL_AFTER.total_seconds() + 60)
    assert inbox.lease(ports, inbox_id=received(ports)).fresh


def test_a_row_is_held_while_an_earlier_one_of_its_person_is_worked_on(ports, later):
    """Its turn has not come: whoever waits for it waits on. Another person's work holds nobody."""
    first, second, other = received(ports), received(ports), received(ports, openid="o-other")
    assert not inbox.held(ports, inbox_id=second)
    leased = inbox.lease(ports, inbox_id=first)
    assert [inbox.held(ports, inbox_id=one) for one in (first, second, other)] == [True, True, False]
    later(inbox.LEASE_SECONDS + 1)
    assert not inbox.held(ports, inbox_id=second)
    later(-inbox.LEASE_SECONDS - 1)
    answer(ports, leased)
    assert not inbox.held(ports, inbox_id=second)
    assert not inbox.held(ports, inbox_id=0)


# -- the answer leaves once ---------------------------------------------------------------------------------------
def test_the_first_settling_decides_and_its_bytes_stand(ports):
    one = received(ports)
    assert replying.given(ports, inbox_id=one) is None
    answer(ports, inbox.lease(ports, inbox_id=one))
    assert replying.given(ports, inbox_id=one) is None
    assert replying.settle_passive(ports, inbox_id=one, body=b"<xml>\x00\xff1</xml>", rest=[])
    assert not replying.settle_passive(ports, inbox_id=one, body=b"<xml>2</xml>", rest=[{"text": "再"}])
    replying.settle_late(ports, inbox_id=one)
    assert [replying.given(ports, inbox_id=one) for _ in range(3)] == [b"<xml>\x00\xff1</xml>"] * 3
    assert notices(ports) == []
    assert row(ports, one).state == "delivered"


def test_what_did_not_fit_follows_once(ports):
    one = received(ports)
    answer(ports, inbox.lease(ports, inbox_id=one))
    for _ in range(2):
        replying.settle_passive(ports, inbox_id=one, body=b"1", rest=[{"text": "其余"}])
    assert notices(ports) == [(f"inbox:{one}:0", {"text": "其余"})]


@pytest.mark.parametrize("late_first", [True, False])
def test_a_late_answer_leaves_as_notices_once_whatever_came_first(ports, late_first):
    one = received(ports)
    leased = inbox.lease(ports, inbox_id=one)
    if late_first:
        replying.settle_late(ports, inbox_id=one)
        assert replying.given(ports, inbox_id=one) == b"success"
    answer(ports, leased)
    replying.settle_late(ports, inbox_id=one)
    replying.settle_late(ports, inbox_id=one)
    assert [payload for _, payload in notices(ports)] == REPLIES
    assert not replying.settle_passive(ports, inbox_id=one, body=b"1", rest=[])
    assert (replying.given(ports, inbox_id=one), row(ports, one).state) == (b"success", "delivered")


def test_nothing_to_say_late_is_delivered_too(ports):
    one = received(ports)
    leased = inbox.lease(ports, inbox_id=one)
    replying.settle_late(ports, inbox_id=one)
    answer(ports, leased, replies=[], talked=False)
    assert (row(ports, one).state, notices(ports)) == ("delivered", [])


def test_passive_and_late_at_once_deliver_exactly_once(postgres_ports):
    """Twenty rounds: two replies, three deadlines, and the sweep's late settling, all at the same moment."""
    ports, won = postgres_ports, []
    for n in range(20):
        one = received(ports, openid=f"o-{n}")
        answer(ports, inbox.lease(ports, inbox_id=one))
        before = len(notices(ports))

        def settle(k, one=one):
            if k % 2:
                return replying.settle_passive(ports, inbox_id=one, body=f"<xml>{k}</xml>".encode(), rest=[])
            return replying.settle_late(ports, inbox_id=one)

        found = together(6, settle)
        assert not [error for error in found if isinstance(error, Exception)]
        passive, pushed = found.count(True), len(notices(ports)) - before
        assert (passive, pushed) in {(1, 0), (0, len(REPLIES))}
        given = replying.given(ports, inbox_id=one)
        assert given == (b"success" if pushed else f"<xml>{found.index(True)}</xml>".encode())
        won.append(passive)
    assert len(won) == 20


def test_answer_and_deadline_at_once_deliver_exactly_once(postgres_ports):
    """The dialogue ends in the moment in which the web thread gives up: twenty rounds."""
    ports = postgres_ports
    for n in range(20):
        one = received(ports, openid=f"o-{n}")
        leased, before = inbox.lease(ports, inbox_id=one), len(notices(ports))
        work = [lambda leased=leased: answer(ports, leased)] + [
            lambda one=one: replying.settle_late(ports, inbox_id=one)
        ] * 3
        found = together(4, lambda k, work=work: work[k]())
        assert not [error for error in found if isinstance(error, Exception)]
        assert [p for _, p in notices(ports)[before:]] == REPLIES
        assert row(ports, one).state == "delivered"


def test_without_the_condition_on_the_channel_the_race_would_deliver_twice(postgres_ports, monkeypatch):
    """The control: a settling that looks and then writes says 'passive' to everybody."""
    ports, all_have_looked = postgres_ports, threading.Barrier(6)

    def naive(one, text):
        with ports.transaction() as session:
            free = session.scalar(sa.select(Inbox.channel).where(Inbox.id == one)) is None
            all_have_looked.wait(20)
            session.execute(sa.update(Inbox).where(Inbox.id == one).values(channel="passive", reply_body=text))
        return free

    one = received(ports)
    answer(ports, inbox.lease(ports, inbox_id=one))
    assert together(6, lambda k: naive(one, b"%d" % k)) == [True] * 6


# -- workers that die -----------------------------------------------------------------------------------------------
@pytest.fixture
def talking(ports):
    return replace(ports, dialogue=Script())


def sweep(ports):
    return messages.sweep(ports)


def test_a_row_that_nobody_took_is_swept_after_a_while_only(talking, later):
    one = received(talking)
    assert inbox.waiting(talking, older_than_seconds=6, limit=9) == []
    assert sweep(talking) == 0
    later(7)
    assert inbox.waiting(talking, older_than_seconds=6, limit=9) == [one]
    assert sweep(talking) == 1
    assert [p["text"] for _, p in notices(talking)] == ["听到：你好"]
    assert (sweep(talking), len(notices(talking)), len(talking.dialogue.heard)) == (0, 1, 1)


def test_a_worker_that_died_after_leasing_is_replaced_when_its_lease_is_over(talking, later):
    one = received(talking)
    inbox.lease(talking, inbox_id=one)
    later(7)
    assert sweep(talking) == 0
    later(inbox.LEASE_SECONDS)
    assert sweep(talking) == 1
    assert [p["text"] for _, p in notices(talking)] == ["听到：你好"]
    assert (sweep(talking), len(notices(talking))) == (0, 1)


def test_a_worker_that_died_between_answer_and_reply_is_finished_by_the_sweep(talking, later):
    one = received(talking)
    messages.work(talking, inbox_id=one)
    assert replying.undecided(talking, older_than_seconds=6, limit=9) == []
    later(7)
    assert replying.undecided(talking, older_than_seconds=6, limit=9) == [one]
    sweep(talking)
    assert [p["text"] for _, p in notices(talking)] == ["听到：你好"]
    assert replying.undecided(talking, older_than_seconds=6, limit=9) == []
    assert not replying.settle_passive(talking, inbox_id=one, body=b"late", rest=[])
    assert (len(talking.dialogue.heard), len(notices(talking))) == (1, 1)


def test_a_transaction_that_breaks_while_the_answer_is_stored_leaves_the_row_open(talking, engine, later):
    """The database goes away in the middle: neither half an answer nor a lost message."""
    one = received(talking)
    real, calls = transactions(engine, talking.crypto), []

    @contextmanager
    def breaking():
        with real() as session:
            yield session
            if session.scalar(sa.select(Inbox.state).where(Inbox.id == one)) == "answered":
                calls.append(1)
                raise ConnectionError

    with pytest.raises(ConnectionError):
        messages.work(replace(talking, transaction=breaking), inbox_id=one)
    assert calls
    assert replying.answer_of(talking, inbox_id=one) is None
    later(inbox.LEASE_SECONDS + 7)
    assert sweep(talking) == 1
    assert [p["text"] for _, p in notices(talking)] == ["听到：你好"]


def test_two_sweeps_at_once_answer_each_row_once(postgres_ports, later):
    ports = replace(postgres_ports, dialogue=Script())
    for n in range(6):
        received(ports, f"话{n}", openid=f"o-{n}")
    later(7)
    found = together(4, lambda _: sweep(ports))
    assert not [error for error in found if isinstance(error, Exception)]
    assert sum(found) == 6
    assert sorted(ports.dialogue.heard) == [f"话{n}" for n in range(6)]
    assert len(notices(ports)) == 6


def test_a_persons_messages_are_swept_in_their_order(talking, later):
    for text in ("甲", "乙", "丙"):
        received(talking, text)
    later(7)
    while sweep(talking):
        pass
    assert talking.dialogue.heard == ["甲", "乙", "丙"]
    assert [p["text"] for _, p in notices(talking)] == ["听到：甲", "听到：乙", "听到：丙"]


def test_rasa_down_for_long_is_an_apology_once(talking, later):
    one = received(talking)
    talking.dialogue.down = True
    for _ in range(5):
        later(20)
        assert sweep(talking) == 0
    assert notices(talking) == []
    later(messages.APOLOGISE_AFTER_SECONDS - 90)
    assert sweep(talking) == 1
    ((_, said),) = notices(talking)
    assert "消息没有丢" in said["text"]
    talking.dialogue.down = False
    later(60)
    assert (sweep(talking), len(notices(talking)), row(talking, one).state) == (0, 1, "delivered")


def test_rasa_back_in_time_is_the_answer_and_no_apology(talking, later):
    received(talking)
    talking.dialogue.down = True
    later(30)
    assert sweep(talking) == 0
    talking.dialogue.down = False
    later(30)
    assert sweep(talking) == 1
    assert [p["text"] for _, p in notices(talking)] == ["听到：你好"]


def test_one_message_that_breaks_us_keeps_nobody_else_waiting(talking, later):
    """A bug on one message: the next person's is answered by the same sweep, its own person gets words in the end."""
    talking.dialogue.answer = lambda text: [{"text": 1 / (text != "坏")}]  # ZeroDivisionError for one text
    bad, after = received(talking, "坏"), received(talking, "同一个人的下一句")
    received(talking, "别人", openid="o-other")
    later(7)
    assert sweep(talking) == 1
    assert talking.dialogue.heard == ["坏", "别人"]
    assert [f.failure for f in inbox.failed(talking)] == ["ZeroDivisionError"]
    later(messages.APOLOGISE_AFTER_SECONDS)
    while sweep(talking):
        pass
    assert row(talking, bad).state == row(talking, after).state == "delivered"
    texts = [p["text"] for k, p in notices(talking) if k.startswith(f"inbox:{bad}:")]
    assert len(texts) == 1
    assert "小问题" in texts[0]
    assert talking.dialogue.heard.count("同一个人的下一句") == 1


def test_a_message_on_which_every_worker_dies_ends_with_an_apology(talking, later):
    one = received(talking)
    with talking.transaction() as session:
        session.execute(sa.update(Inbox).values(attempts=messages.MOST_TRIES))
    later(messages.APOLOGISE_AFTER_SECONDS + 1)
    assert sweep(talking) == 1
    assert talking.dialogue.heard == []
    assert "小问题" in replying.answer_of(talking, inbox_id=one)[0]["text"]


def test_an_apology_for_an_emergency_says_first_what_to_do(talking, later):
    one = received(talking, "突然胸口压着疼，一身冷汗")
    with talking.transaction() as session:
        session.execute(sa.update(Inbox).values(attempts=messages.MOST_TRIES))
    later(messages.APOLOGISE_AFTER_SECONDS + 1)
    assert sweep(talking) == 1
    warning, sorry = replying.answer_of(talking, inbox_id=one)
    assert "120" in warning["text"]
    assert "小问题" in sorry["text"]


def test_quarantine_keeps_no_bytes(ports, engine):
    inbox.quarantine(ports, reason="x" * 99, digest="d" * 64, length=7)
    with engine.connect() as connection:
        (kept,) = connection.exec_driver_sql("SELECT reason, digest, length FROM quarantine").fetchall()
    assert tuple(kept) == ("x" * 64, "d" * 64, 7)


def test_the_answer_lies_sealed_and_opens_as_it_was(ports):
    one = received(ports)
    said = [{"text": "李雷的报告", "choices": [{"label": "好", "id": "1-1-x"}]}]
    answer(ports, inbox.lease(ports, inbox_id=one), said)
    assert replying.answer_of(ports, inbox_id=one) == said
    sealed = row(ports, one).answer_sealed
    assert "李雷".encode() not in sealed
    assert json.loads(ports.crypto.open(sealed)) == said


def test_what_was_put_aside_is_listed_newest_first(ports):
    for reason, length in (("xml", 7), ("dtd", 9)):
        inbox.quarantine(ports, reason=reason, digest="d" * 64, length=length)
    assert [(found.reason, found.length) for found in inbox.quarantined(ports)] == [("dtd", 9), ("xml", 7)]
    assert [found.reason for found in inbox.quarantined(ports, limit=1)] == ["dtd"]
