"""Hostile words wherever words are kept: every stored value in which somebody wrote Chinese, and all that the hospital says.

By this no text door is forgotten: a new table or column is poisoned as soon as tests/idor/world.py has an object of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import cycle, islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.crypto import Crypto
from bot.db.base import Base
from bot.db.retention import key_of
from bot.ports import Ports

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TOGETHER = 10  # payloads in one value: what breaks out of its place shows, wherever it stands
KEPT = frozenset({"audit", "audit_head", "audit_checkpoint"})  # sealed by a chain, and closed to words of people
CALLS = (
    "hospitals",
    "departments",
    "doctors",
    "slots",
    "slot",
    "sessions",
    "patient",
    "reports",
    "report",
    "prescriptions",
    "bills",
    "prices",
    "appointment",
    "appointments",
    "queue",
)

Deal = Callable[[], str]


def dealer(payloads: list[str], begin: int) -> Deal:
    """Gives the next few payloads each time, from a place in the corpus on and round again."""
    order = cycle([*payloads[begin:], *payloads[:begin]])
    return lambda: "\n".join(islice(order, TOGETHER))


def poisoner(ports: Ports) -> Callable[[Deal], int]:
    """Remember which values are words now, so that each round overwrites the same ones."""
    with ports.transaction() as session:
        places = [place for table in Base.metadata.sorted_tables for place in _words(session, ports.crypto, table)]

    def again(deal: Deal) -> int:
        with ports.transaction() as session:
            for table, key, column, value in places:
                kept = _hostile(value, deal)
                stored = ports.crypto.seal(kept) if column.name.endswith("_sealed") else kept
                session.execute(sa.update(table).where(key_of(table) == key).values({column.name: stored}))
        return len(places)

    return again


def hostile_hospital(his: Any, deal: Deal) -> None:
    """Let every word of the hospital's be a payload; ids, states and numbers stay."""
    for name in CALLS:
        honest = getattr(type(his), name)
        setattr(his, name, _lying(his, honest, deal))


def _lying(his: Any, honest: Callable[..., Any], deal: Deal) -> Callable[..., Any]:
    return lambda *args, **wanted: _said(honest(his, *args, **wanted), deal)


def _said(answer: Any, deal: Deal) -> Any:
    if isinstance(answer, str):
        return deal() if CHINESE.search(answer) else answer
    if isinstance(answer, (list, tuple)):
        return type(answer)(_said(one, deal) for one in answer)
    if is_dataclass(answer) and not isinstance(answer, type):
        told = {f.name: _said(getattr(answer, f.name), deal) for f in fields(answer)}
        return replace(answer, **told)
    return answer


def _words(session: Session, crypto: Crypto, table: Any) -> Iterator[tuple[Any, Any, Any, Any]]:
    """(table, key, column, what stands there) of every value in which somebody wrote, keys apart."""
    columns = [] if table.name in KEPT else [column for column in table.columns if column.name not in _keys(table)]
    for row in session.execute(sa.select(table)):
        for column in columns:
            value = _plain(crypto, column, row._mapping[column])
            if CHINESE.search(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)):
                yield table, row._mapping[key_of(table)], column, value


def _keys(table: Any) -> set[str]:
    """Columns by which rows are told apart."""
    unique = [one for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    return {column.name for one in (*unique, table.primary_key) for column in one.columns}


def _plain(crypto: Crypto, column: Any, value: Any) -> Any:
    """What stands in a column; None = no words can."""
    if value is None:
        return None
    if column.name.endswith("_sealed"):
        return crypto.open(value)
    return value if isinstance(value, (str, list, dict)) else None


def _hostile(value: Any, deal: Deal) -> Any:
    """The same shape with payloads for words: text, JSON text, or JSON."""
    if isinstance(value, dict):
        return {name: _hostile(one, deal) for name, one in value.items()}
    if isinstance(value, list):
        return [_hostile(one, deal) for one in value]
    if not isinstance(value, str) or not CHINESE.search(value):
        return value
    if value[:1] in {"{", "["}:
        return json.dumps(_hostile(json.loads(value), deal), ensure_ascii=False)
    return deal()
