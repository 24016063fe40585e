"""Everything that is kept of one person, for himself: all rows of all tables that are his, opened.

What belongs to a card that he let go stays out: the card may be somebody else's, and is out of his sight.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot import db
from bot.crypto import Crypto
from bot.db.base import Base
from bot.db.cards import Card
from bot.db.consult import Answer, Question
from bot.db.retention import key_of
from bot.ports import Ports
from bot.services import access

# How we find and guard rows, and nothing about the person.
TECHNICAL = frozenset(
    {"dedupe_key", "key", "lease", "leased_until", "claim", "claimed_until", "guard", "claimed_by", "handled_by"}
)
# What colleagues write among themselves: notes, reasons for handing on, drafts that were never sent.
AMONG_STAFF = frozenset({"question_note", "question_move", "question_draft"})
CARD_REF = 12  # characters, as bot.db.base.new_ref makes them
assert db  # registers all tables


@access.reads("mydata.export", why="own")
def everything(ports: Ports, *, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Table → rows; what is sealed is opened under its name without `_sealed`, moments are naive UTC."""
    with ports.transaction() as session:
        found = {
            table.name: [_opened(ports.crypto, row) for row in session.execute(_mine(table, person_id)).mappings()]
            for table in Base.metadata.sorted_tables
            if _whose(table) is not None
        }
        own = sa.select(Answer.__table__).join(Question, Question.id == Answer.question_id)
        answers = session.execute(own.where(Question.person_id == person_id)).mappings()
        found["answer"] = [_opened(ports.crypto, row) for row in answers]
    return {name: rows for name, rows in found.items() if rows}


def _whose(table: Any) -> Any:
    """The column that says whose a row is; None = the table is nobody's."""
    if table.name in AMONG_STAFF:
        return None
    return table.c.id if table.name == "person" else table.c.get("person_id")


def _mine(table: Any, person_id: int) -> Any:
    query = sa.select(table).where(_whose(table) == person_id).order_by(key_of(table))
    if table.name == "question_report":  # a report's reference begins with its card's
        mine = sa.select(Card.ref).where(Card.person_id == person_id, Card.active == 1)
        return query.where(sa.func.substr(table.c.report_ref, 1, CARD_REF).in_(mine))
    if "patient_id" not in table.c:
        return query
    bound = sa.select(Card.patient_id).where(Card.person_id == person_id, Card.active == 1)
    query = query.where(table.c.patient_id.in_(bound))
    return query.where(table.c.active == 1) if table.name == "card" else query


def _opened(crypto: Crypto, row: Any) -> dict[str, Any]:
    return {
        name.removesuffix("_sealed"): _plain(crypto.open(value) if name.endswith("_sealed") and value else value)
        for name, value in row.items()
        if name not in TECHNICAL and not name.endswith("_hash") and _shown(name, value)
    }


def _shown(name: str, value: Any) -> bool:
    """Raw bytes that are no sealed field are WeChat's envelope around an answer that stands here anyway."""
    return name.endswith("_sealed") or not isinstance(value, (bytes, memoryview))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
