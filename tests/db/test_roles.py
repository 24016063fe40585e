"""The roles of docs/operations.md: the program runs with them, and cannot touch what was written to the trail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bot import clock
from bot.db.base import make_engine
from bot.db.migrate import upgrade
from bot.ports import Ports
from bot.services import audit, cards, retention
from tests.factories import NOW, a_card, a_person, make_ports

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
def ports(own_postgres_url: str) -> Iterator[Ports]:
    """Ports of the program's own role, after its owner ran the statements of the page."""
    statements = re.findall(r"```sql\n(.*?)```", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL)
    owner = make_engine(own_postgres_url)
    with owner.begin() as connection:
        connection.execute(sa.text("DROP ROLE IF EXISTS peizhen"))
        connection.execute(sa.text("CREATE ROLE peizhen"))
        for statement in "".join(statements).split(";"):
            if statement.strip():
                connection.execute(sa.text(statement))
    engine = make_engine(own_postgres_url)
    event.listen(engine, "connect", lambda raw, _record: _become(raw))
    with clock.frozen(NOW):
        yield make_ports(engine)
    engine.dispose()
    with owner.begin() as connection:
        connection.execute(sa.text("DROP OWNED BY peizhen"))
        connection.execute(sa.text("DROP ROLE peizhen"))
    owner.dispose()


def _become(raw: sa.engine.interfaces.DBAPIConnection) -> None:
    with raw.cursor() as cursor:
        cursor.execute("SET ROLE peizhen")
    raw.commit()


def test_the_program_works_verifies_and_purges(ports: Ports, own_postgres_url: str) -> None:
    upgrade(own_postgres_url)
    person = a_person(ports)
    card = a_card(ports, person)
    cards.one(ports, person_id=person, ref=card.ref)
    with clock.frozen(NOW + timedelta(days=1200)):
        assert retention.purge(ports)["audit"] == 2
        assert cards.one(ports, person_id=person, ref=card.ref)
        assert (audit.verify(ports).rows, audit.verify(ports).whole) == (1, True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET subject = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DROP TRIGGER audit_kept ON audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DELETE FROM audit_checkpoint",
        "DELETE FROM audit_head",
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    ],
)
def test_the_program_cannot_touch_the_trail(ports: Ports, statement: str) -> None:
    person = a_person(ports)
    a_card(ports, person)
    with pytest.raises(sa.exc.DBAPIError, match=r"denied|append-only|must be owner"), ports.transaction() as session:
        session.execute(sa.text(statement))
    assert audit.verify(ports).whole
