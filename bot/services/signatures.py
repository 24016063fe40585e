"""Signatures that posts came with, for all processes: one that comes again must vouch for the same content.

WeChat's plain mode signs no more than the time and a number, so whoever sees one address could send anything with it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot import clock
from bot.db.messages import SeenSignature
from bot.ports import Ports

# Drawn up once, as in `inbox`: every message runs them.
SEEN = SeenSignature.__table__
NOTE = {dialect.dialect.name: dialect.insert(SEEN).on_conflict_do_nothing() for dialect in (postgresql, sqlite)}
CONTENT = sa.select(SEEN.c.content).where(SEEN.c.signature == sa.bindparam("signature"))


def vouched(ports: Ports, *, signature: str, content: str) -> bool:
    """Note content (SHA-256, hex) under a signature (SHA-1, hex); False = it came with other content before."""
    with ports.transaction() as session:
        if _noted(session, {"signature": signature, "content": content, "seen_at": clock.wire()}):
            return True
        return session.execute(CONTENT, {"signature": signature}).scalar() == content


def _noted(session: Session, row: dict[str, Any]) -> bool:
    """Whether the signature is new."""
    return bool(session.execute(NOTE[session.get_bind().dialect.name], row).rowcount == 1)
