"""Text that a database refuses must never become a server error: it is a name that nobody has."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.db import base
from bot.db.base import make_engine, transactions
from bot.db.messages import Quarantine
from bot.db.staff import StaffMember
from tests.factories import NOW

STRANGE = ["\0", "chen\0", "\0chen", "\ud800", "chen\udfff"]
COLLEAGUES = [{"username": name, "password_hash": "x", "name": "陈", "role": "doctor"} for name in ("chen", "liu")]


@pytest.mark.parametrize("name", STRANGE, ids=ascii)
def test_a_name_with_what_no_column_holds_is_nobodys(engine: Engine, name: str) -> None:
    with transactions(engine)() as session:
        session.execute(sa.insert(StaffMember), COLLEAGUES)
        assert session.scalars(sa.select(StaffMember).where(StaffMember.username == name)).all() == []
        assert session.scalars(sa.select(StaffMember).where(StaffMember.username.in_([name, "liu"]))).one().id


@pytest.mark.parametrize("one_statement", [True, False], ids=["batch", "rows"])
def test_what_is_stored_with_it_keeps_its_place_and_length(engine: Engine, one_statement: bool) -> None:
    rows = [{"received_at": NOW, "reason": f"a{sign}b", "digest": "d" * 64, "length": 3} for sign in "\0\ud800x"]
    with transactions(engine)() as session:
        for batch in [rows] if one_statement else [[row] for row in rows]:
            session.execute(sa.insert(Quarantine), batch)
        kept = session.scalars(sa.select(Quarantine.reason).order_by(Quarantine.id)).all()
    assert kept == ["a\ufffdb", "a\ufffdb", "axb"]


def test_control_without_the_mending_postgresql_raises(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_with_marks", lambda value: value)
    engine = make_engine(postgres_url)
    with pytest.raises(ValueError, match="NUL"), transactions(engine)() as session:
        session.scalars(sa.select(StaffMember).where(StaffMember.username == "\0")).all()
    engine.dispose()


def test_every_engine_of_ours_mends(sqlite_url: str) -> None:
    for url in (sqlite_url, "sqlite://"):
        engine = make_engine(url)
        assert event.contains(engine, "before_cursor_execute", base._storable)
        engine.dispose()
