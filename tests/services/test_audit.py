"""The chain: whoever has the database alone cannot change it unnoticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.crypto import Crypto
from bot.db.privacy import GENESIS, Audit, AuditCheckpoint, AuditHead
from bot.ports import Ports
from bot.services import audit
from tests.factories import NOW, together
from tests.races import Meeting

FORGER = Crypto("the forger does not know the key")


def note(ports: Ports, number: int, **more: Any) -> None:
    facts: dict[str, Any] = {"actor_kind": "staff", "actor_id": number, "action": "test", "subject": f"s{number}"}
    with ports.transaction() as session:
        audit.record(session, **facts | {"at": ports.now()} | more)


def past_the_triggers(session: Session) -> None:
    """What the owner of a database can do."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        return
    names = session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
    for name in names:
        session.execute(sa.text(f"DROP TRIGGER {name}"))


def meddle(ports: Ports, *statements: Any) -> None:
    with ports.transaction() as session:
        past_the_triggers(session)
        for statement in statements:
            session.execute(statement.execution_options(synchronize_session=False))


def broken_at(ports: Ports) -> int | None:
    return audit.verify(ports).broken_at


@pytest.fixture
def five(ports: Ports) -> Ports:
    for number in range(5):
        note(ports, number)
    return ports


def test_an_untouched_chain_is_whole(five: Ports) -> None:
    found = audit.verify(five)
    assert (found.rows, found.broken_at, found.whole) == (5, None, True)


@pytest.mark.parametrize(
    "column", ["actor_id", "action", "subject", "about", "reason", "result", "trace", "hash", "previous_hash"]
)
def test_a_changed_row_is_found(five: Ports, column: str) -> None:
    meddle(five, sa.update(Audit).where(Audit.id == 3).values({column: "other"}))
    assert broken_at(five) == 3


def test_a_changed_time_is_found(ports: Ports) -> None:
    note(ports, 1)
    meddle(ports, sa.update(Audit).values(at=NOW.replace(microsecond=1)))
    assert broken_at(ports) == 1


@pytest.mark.parametrize(("gone", "found"), [(1, 2), (3, 4), (5, 0)])
def test_a_deleted_row_is_found_also_the_last(five: Ports, gone: int, found: int) -> None:
    meddle(five, sa.delete(Audit).where(Audit.id == gone))
    assert broken_at(five) == found


def test_a_tail_cut_off_with_its_head_put_back_is_found(five: Ports) -> None:
    with five.transaction() as session:
        fourth = session.scalar(sa.select(Audit.hash).where(Audit.id == 4))
    head = sa.update(AuditHead).values(length=4, hash=fourth)
    meddle(five, sa.delete(Audit).where(Audit.id == 5), head)
    assert broken_at(five) == 0


def test_rows_that_changed_places_are_found(five: Ports) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        meddle(five, sa.update(Audit).where(Audit.id == old).values(id=new))
    assert broken_at(five) == 2


def test_a_chain_written_anew_without_the_key_is_found(five: Ports) -> None:
    """All of it: other rows, well linked, with a head and a checkpoint to match."""
    meddle(five, sa.delete(Audit), sa.update(AuditHead).values(length=0, hash=GENESIS, mac=""))
    with five.transaction() as session:
        session.info["crypto"] = FORGER
        for number in range(5):
            facts = {"actor_kind": "staff", "actor_id": number, "action": "forged", "subject": "s"}
            audit.record(session, at=NOW, **facts)
    assert audit.verify(replace(five, crypto=FORGER)).whole, "the forgery is good but for the key"
    assert broken_at(five) == 1


def test_a_forged_checkpoint_hides_nothing(five: Ports) -> None:
    with five.transaction() as session:
        third = session.scalar(sa.select(Audit.hash).where(Audit.id == 3))
        session.execute(sa.insert(AuditCheckpoint).values(at=NOW, length=3, hash=third, mac="0" * 64))
        session.execute(sa.delete(Audit).where(Audit.id <= 3).execution_options(synchronize_session=False))
    assert broken_at(five) == 4


def test_a_database_put_back_as_a_whole_is_found_by_an_anchor_kept_elsewhere(five: Ports) -> None:
    with five.transaction() as session:
        before = session.execute(sa.select(*AuditHead.__table__.columns)).one()
    note(five, 6)
    anchor = audit.verify(five).anchor
    assert audit.verify(five, anchor=anchor).whole
    meddle(five, sa.delete(Audit).where(Audit.id == 6), sa.update(AuditHead).values(**before._mapping))
    assert audit.verify(five).whole
    assert audit.verify(five, anchor=anchor).broken_at == 0


def test_a_lost_head_is_found(ports: Ports) -> None:
    note(ports, 1)
    meddle(ports, sa.delete(AuditHead))
    assert broken_at(ports) == 0


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Audit).where(Audit.id == 2).values(subject="other"),
        sa.delete(Audit).where(Audit.id == 5),
        sa.delete(Audit),
        sa.update(AuditCheckpoint).values(length=9),
        sa.delete(AuditCheckpoint),
    ],
    ids=str,
)
def test_the_database_itself_refuses_to_change_or_delete(five: Ports, statement: Any) -> None:
    with five.transaction() as session:
        audit.checkpoint(five, session, before=five.now() - timedelta(days=1))
        facts = {"at": NOW, "length": 0, "hash": GENESIS, "mac": "0" * 64}
        session.execute(sa.insert(AuditCheckpoint).values(**facts))

    def attempt() -> None:
        with five.transaction() as session:
            session.execute(statement.execution_options(synchronize_session=False))

    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        attempt()


def test_postgresql_refuses_to_empty_it_too(postgres_ports: Ports) -> None:
    note(postgres_ports, 1)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), postgres_ports.transaction() as session:
        session.execute(sa.text("TRUNCATE audit"))


def test_a_transaction_that_fails_leaves_no_row_and_no_gap(ports: Ports) -> None:
    note(ports, 1)

    def failing() -> None:
        with ports.transaction() as session:
            audit.record(session, actor_kind="system", actor_id="x", action="a", subject="s", at=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    note(ports, 2)
    assert (audit.verify(ports).rows, broken_at(ports)) == (2, None)


def test_the_same_look_in_one_trace_is_one_row(ports: Ports) -> None:
    for trace in ("inbox/1", "inbox/1", "inbox/2"):
        with audit.tracing(trace):
            note(ports, 1, once=True)
            note(ports, 1, once=True, result="not_found")
    note(ports, 1, once=True)
    note(ports, 1, once=True)
    assert audit.verify(ports).rows == 6


def test_twenty_writers_at_once_make_one_chain(postgres_ports: Ports) -> None:
    ports = postgres_ports
    together(20, lambda n: [note(ports, n * 100 + k) for k in range(10)])
    assert (audit.verify(ports).rows, broken_at(ports)) == (200, None)


def test_control_without_the_head_lock_the_chain_would_fork(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = postgres_ports
    monkeypatch.setattr(audit, "_hold_head", lambda _session: None)
    monkeypatch.setattr(audit, "_seal", Meeting(20).before(audit._seal))  # all have read the head before one writes
    found = together(20, lambda n: [note(ports, n * 100 + k) for k in range(10)])
    collided = [isinstance(each, sa.exc.IntegrityError) for each in found]
    assert sorted(collided) == [False] + [True] * 19


def test_a_chain_that_grows_while_it_is_read_is_whole(five: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BATCH", 2)
    real, grown = audit._batch, iter((101, 102))

    def meanwhile(ports: Ports, last: int) -> list[Any]:
        for number in grown:
            note(ports, number)
            break
        return real(ports, last)

    monkeypatch.setattr(audit, "_batch", meanwhile)
    found = audit.verify(five)
    assert (found.rows, found.whole) == (7, True)
