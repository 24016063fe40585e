from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.privacy import Audit, AuditHead
from bot.ports import Ports
from bot.services import privacy
from tests.factories import NOW, a_person, together


def note(ports: Ports, number: int) -> None:
    with ports.transaction() as session:
        privacy.audit(session, actor_kind="staff", actor_id=number, action="test", subject=f"s{number}", at=ports.now())


def meddle(ports: Ports, statement: Any) -> None:
    with ports.transaction() as session:
        session.execute(statement.execution_options(synchronize_session=False))


def test_an_untouched_chain_is_whole(ports: Ports) -> None:
    for number in range(5):
        note(ports, number)
    assert privacy.verify(ports) == privacy.ChainCheck(rows=5, broken_at=None)


@pytest.mark.parametrize("column", ["actor_id", "action", "subject", "reason", "hash", "previous_hash"])
def test_a_changed_row_is_found(ports: Ports, column: str) -> None:
    for number in range(5):
        note(ports, number)
    meddle(ports, sa.update(Audit).where(Audit.id == 3).values({column: "other"}))
    assert privacy.verify(ports).broken_at == 3


def test_a_changed_time_is_found(ports: Ports) -> None:
    note(ports, 1)
    meddle(ports, sa.update(Audit).values(at=NOW.replace(microsecond=1)))
    assert privacy.verify(ports).broken_at == 1


@pytest.mark.parametrize(("gone", "found"), [(1, 2), (3, 4), (5, 0)])
def test_a_deleted_row_is_found_also_the_last(ports: Ports, gone: int, found: int) -> None:
    for number in range(5):
        note(ports, number)
    meddle(ports, sa.delete(Audit).where(Audit.id == gone))
    assert privacy.verify(ports).broken_at == found


def test_a_transaction_that_fails_leaves_no_row_and_no_gap(ports: Ports) -> None:
    note(ports, 1)

    def failing() -> None:
        with ports.transaction() as session:
            privacy.audit(session, actor_kind="system", actor_id="x", action="a", subject="s", at=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    note(ports, 2)
    assert privacy.verify(ports) == privacy.ChainCheck(rows=2, broken_at=None)


def test_twenty_writers_at_once_make_one_chain(postgres_ports: Ports) -> None:
    ports = postgres_ports
    together(20, lambda n: [note(ports, n * 100 + k) for k in range(10)])
    assert privacy.verify(ports) == privacy.ChainCheck(rows=200, broken_at=None)


def test_control_without_the_head_lock_the_chain_would_fork(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = postgres_ports
    monkeypatch.setattr(privacy, "_hold_head", lambda _session: None)
    failures = [f for f in together(20, lambda n: [note(ports, n * 100 + k) for k in range(10)]) if f]
    errors = [f for f in failures if isinstance(f, Exception)]
    assert errors, "without the lock writers must collide on the chain's unique keys"
    assert all(isinstance(error, sa.exc.IntegrityError) for error in errors)


def test_a_long_chain_is_read_in_batches(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "BATCH", 3)
    for number in range(7):
        note(ports, number)
    assert privacy.verify(ports).rows == 7


def test_a_lost_head_is_found(ports: Ports) -> None:
    note(ports, 1)
    meddle(ports, sa.delete(AuditHead))
    assert privacy.verify(ports).broken_at == 0


def has(ports: Ports, person_id: int, purpose: str = "binding") -> bool:
    with ports.transaction() as session:
        return privacy.has(session, person_id=person_id, purpose=purpose)


def give(session: Session, person_id: int, version: str = "1") -> None:
    privacy.give(session, person_id=person_id, purpose="binding", version=version, at=NOW)


def test_consent_is_given_for_one_person_and_purpose_and_taken_back(ports: Ports) -> None:
    one, other = a_person(ports), a_person(ports)
    with ports.transaction() as session:
        give(session, one)
    assert has(ports, one)
    assert not has(ports, other)
    assert not has(ports, one, "push")
    with ports.transaction() as session:
        assert privacy.withdraw(session, person_id=one, purpose="binding", at=NOW)
        assert not privacy.withdraw(session, person_id=one, purpose="binding", at=NOW)
    assert not has(ports, one)


def test_a_new_version_ends_the_old_yes_and_the_same_version_is_written_once(ports: Ports) -> None:
    person = a_person(ports)
    with ports.transaction() as session:
        for version in ("1", "1", "2"):
            give(session, person, version)
        rows = session.execute(sa.text("SELECT version, withdrawn_at IS NULL FROM consent ORDER BY id")).all()
    assert [(version, bool(open_)) for version, open_ in rows] == [("1", False), ("2", True)]
