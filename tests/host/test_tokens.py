"""One token for all machines: a sealed row, and a lease that only one holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine
from bot.db.shared_tokens import SharedToken
from bot.host.tokens import DatabaseTokens
from bot.services import shared_tokens
from bot.services.shared_tokens import SharedRecord
from connectors.wechat.ports import Token
from tests.factories import make_ports, together
from tests.races import LONG, Doorway


def record(ports, name="access wx"):
    """As another process has it: nothing shared but the database."""
    return SharedRecord(ports.transaction, ports.crypto, name)


@pytest.fixture
def store(ports):
    return DatabaseTokens(record(ports))


def test_a_token_comes_back_on_another_machine(ports, store):
    assert store.load() is None
    store.save(Token("t" * 600, 1_900_000_000, 3))
    assert DatabaseTokens(record(ports)).load() == Token("t" * 600, 1_900_000_000, 3)
    assert DatabaseTokens(record(ports, "access other")).load() is None


def test_behaviour_20_the_token_lies_sealed(ports, store):
    store.save(Token("very-secret-token", 5, 1))
    with ports.transaction() as session:
        row = session.execute(sa.select(SharedToken.__table__)).one()
    assert b"very-secret-token" not in bytes(row.value_sealed)
    assert "very-secret-token" not in repr(row)


def test_an_older_token_never_replaces_a_later_one(store):
    store.save(Token("new", 9, 2))
    store.save(Token("old", 5, 1))
    store.save(Token("same", 7, 2))
    assert store.load() == Token("new", 9, 2)


def test_whoever_waits_too_long_gives_up(ports, monkeypatch):
    monkeypatch.setattr(shared_tokens, "PATIENCE", 0.05)
    with record(ports).alone(), pytest.raises(TimeoutError), record(ports).alone():
        raise AssertionError("two at once")
    with record(ports).alone():
        pass  # it was given back


def test_threads_of_one_process_give_up_too(ports, monkeypatch):
    monkeypatch.setattr(shared_tokens, "PATIENCE", 0.05)
    same = record(ports)
    with same.alone(), pytest.raises(TimeoutError), same.alone():
        raise AssertionError("two at once")


def test_the_lease_of_a_process_that_died_runs_out(ports, monkeypatch):
    monkeypatch.setattr(shared_tokens, "PATIENCE", 0.05)
    dead = record(ports).alone()
    dead.__enter__()
    with pytest.raises(TimeoutError), record(ports).alone():
        raise AssertionError("two at once")
    real = clock.wire
    monkeypatch.setattr(clock, "wire", lambda: real() + timedelta(seconds=shared_tokens.LEASE_SECONDS + 1))
    with record(ports).alone():
        pass


def test_whoever_lost_his_lease_gives_back_nobody_elses(ports, monkeypatch):
    first = record(ports).alone()
    first.__enter__()
    real, ahead = clock.wire, timedelta(seconds=shared_tokens.LEASE_SECONDS + 1)
    monkeypatch.setattr(clock, "wire", lambda: real() + ahead)
    second = record(ports).alone()
    second.__enter__()
    first.__exit__(None, None, None)
    monkeypatch.setattr(shared_tokens, "PATIENCE", 0.05)
    with pytest.raises(TimeoutError), record(ports).alone():
        raise AssertionError("two at once")


def test_no_transaction_is_open_while_somebody_fetches(sqlite_url, still):
    """On SQLite a second writer would wait for the first for ever."""
    engine = make_engine(sqlite_url)
    ports = make_ports(engine)
    with record(ports).alone(), ports.transaction() as session:
        session.execute(sa.text("UPDATE shared_token SET serial = serial"))
    engine.dispose()


def inside_at_once(ports, monkeypatch):
    """How many are inside together when twelve want to be, each with nothing shared but the database."""
    doorway, taken = Doorway(12), SharedRecord._taken

    def seen(self, lease):
        mine = taken(self, lease)
        if not mine:
            doorway.away()
        return mine

    def work(_n):
        with record(ports).alone(), doorway.inside():
            pass

    monkeypatch.setattr(SharedRecord, "_taken", seen)
    monkeypatch.setattr(shared_tokens, "PATIENCE", LONG)
    found = together(12, work)
    assert [each for each in found if isinstance(each, Exception)] == []
    return doorway.most


def test_behaviour_16_only_one_is_inside_at_a_time(postgres_ports, monkeypatch):
    assert inside_at_once(postgres_ports, monkeypatch) == 1


def test_control_a_lease_that_is_not_looked_at_lets_many_in(postgres_ports, monkeypatch):
    monkeypatch.setattr(SharedRecord, "_taken", lambda _self, _lease: True)
    assert inside_at_once(postgres_ports, monkeypatch) == 12
