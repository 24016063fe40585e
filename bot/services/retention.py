"""Deleting what its time is over for: children before parents, the audit trail behind a checkpoint.

A row that something kept longer still needs stays, with its personal columns emptied; a reference that may be
empty is emptied instead.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock, db
from bot.db.base import Base
from bot.db.privacy import Audit
from bot.db.retention import RETENTION, STANDING, Kept, key_of
from bot.ports import Ports
from bot.services import audit

BATCH = 500  # rows deleted in one transaction, so that nobody waits long behind it
assert db  # registers all tables


def purge(ports: Ports) -> dict[str, int]:
    """Delete from every table what is older than its class allows; gives the rows deleted of each table."""
    gone = {table.name: _purge(ports, table) for table in _children_first() if _ends(table)}
    gone["audit"] = _purge_audit(ports)
    return {name: count for name, count in gone.items() if count}


def cutoff(ports: Ports, kept: Kept) -> datetime:
    """The moment before which rows of this kind go, on the clock that their column is on."""
    now = clock.wire() if kept.machine else ports.now()
    return now - timedelta(days=int(ports.rules["retention_days"][kept.kind]))


def emptied(ports: Ports, table: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    """The values that empty these columns: an empty text, sealed where the column is."""
    return {name: ports.crypto.seal("") if name.endswith("_sealed") else "" for name in columns}


def _children_first() -> list[Any]:
    return list(reversed(Base.metadata.sorted_tables))


def _ends(table: Any) -> bool:
    return table.name in RETENTION and RETENTION[table.name].kind != STANDING and table.name != "audit"


def _purge(ports: Ports, table: Any) -> int:
    kept, total = RETENTION[table.name], 0
    old = _older(table.c[kept.since], cutoff(ports, kept))
    while count := _delete_some(ports, table, old):
        total += count
    if kept.blank:
        _empty(ports, table, kept, old)
    return total


def _older(since: Any, moment: datetime) -> Any:
    """Whether it began before this moment; a whole day did only when all of it is over."""
    before: date = moment.date() if isinstance(since.type, sa.Date) else moment
    return since < before


def _delete_some(ports: Ports, table: Any, old: Any) -> int:
    with ports.transaction() as session:
        free = [~_needed(table, child) for child in _pointing(table) if not child.parent.nullable]
        query = sa.select(key_of(table)).where(old, *free).order_by(key_of(table)).limit(BATCH)
        ids = list(session.scalars(query))
        let_go(session, table, ids)
    return len(ids)


def let_go(session: Session, table: Any, ids: list[int]) -> None:
    """Delete these rows, emptying the references to them that may be empty."""
    for child in _pointing(table):
        if child.parent.nullable:
            column = child.parent
            session.execute(sa.update(column.table).where(column.in_(ids)).values({column.name: None}))
    session.execute(sa.delete(table).where(key_of(table).in_(ids)))


def _pointing(table: Any) -> list[Any]:
    """Foreign keys of all tables that point at this one."""
    return [key for other in Base.metadata.sorted_tables for key in other.foreign_keys if key.column.table is table]


def _needed(table: Any, child: Any) -> Any:
    return sa.exists().where(child.parent == key_of(table))


def _empty(ports: Ports, table: Any, kept: Kept, old: Any) -> None:
    """Empty the personal columns of rows that had to stay; once, told by the sealed text being short."""
    marker = table.c[kept.blank[0]]
    full = sa.func.length(marker) > len(ports.crypto.seal(""))
    with ports.transaction() as session:
        for row_id in session.scalars(sa.select(key_of(table)).where(old, full)).all():
            values = emptied(ports, table, kept.blank)
            session.execute(sa.update(table).where(key_of(table) == row_id).values(values))


def _purge_audit(ports: Ports) -> int:
    before = cutoff(ports, RETENTION["audit"])
    with ports.transaction() as session:
        last = audit.checkpoint(ports, session, before=before)
        if last is None:
            return 0
        done = session.execute(sa.delete(Audit).where(Audit.id <= last).execution_options(synchronize_session=False))
        return int(done.rowcount)
