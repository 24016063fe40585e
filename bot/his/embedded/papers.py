"""Prescriptions and bills of one patient, whole, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot import clock
from bot.his.embedded import tables
from bot.his.port import Bill, BillItem, Prescription, PrescriptionItem


def prescriptions(connection: Connection, patient_id: str, *, since: date, now: datetime) -> list[Prescription]:
    """Ordered on `since` or later."""
    heads = _heads(connection, tables.prescription, "ordered_at", patient_id, since, now)
    items = _items(connection, tables.prescription_item, "prescription_id", heads, PrescriptionItem)
    return [Prescription(**head, items=items[head["id"]]) for head in heads]


def bills(connection: Connection, patient_id: str, *, since: date, now: datetime) -> list[Bill]:
    """Made on `since` or later."""
    heads = _heads(connection, tables.bill, "made_at", patient_id, since, now)
    items = _items(connection, tables.bill_item, "bill_id", heads, BillItem)
    return [Bill(**head, items=items[head["id"]]) for head in heads]


def _heads(
    connection: Connection, table: sa.Table, moment: str, patient_id: str, since: date, now: datetime
) -> list[dict[str, Any]]:
    at, begin = table.c[moment], clock.utc(datetime.combine(since, time()))
    query = sa.select(table).where(table.c.patient_id == patient_id, at >= begin, at <= now)
    return [dict(row) for row in connection.execute(query.order_by(at.desc(), table.c.id)).mappings()]


def _items(
    connection: Connection, table: sa.Table, owner: str, heads: Sequence[dict[str, Any]], kind: type[Any]
) -> dict[str, tuple[Any, ...]]:
    """Items by their owner's id, in the order in which they were written down."""
    columns = [table.c[name] for name in kind.__dataclass_fields__]
    query = sa.select(table.c[owner], *columns).where(table.c[owner].in_([head["id"] for head in heads]))
    found: dict[str, list[Any]] = defaultdict(list)
    for whose, *facts in connection.execute(query.order_by(table.c[owner], table.c.position)):
        found[whose].append(kind(*facts))
    return {head["id"]: tuple(found[head["id"]]) for head in heads}
