"""Signatures that posts came with, for all processes: one that comes again must vouch for the same content.

WeChat's plain mode signs no more than the time and a number, so whoever sees one address could send anything with it.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot import clock
from bot.db.base import insert_new
from bot.db.messages import SeenSignature
from bot.ports import Ports

SEEN = SeenSignature.__table__
CONTENT = sa.select(SEEN.c.content).where(SEEN.c.signature == sa.bindparam("signature"))


def vouched(ports: Ports, *, signature: str, content: str) -> bool:
    """Note content (SHA-256, hex) under a signature (SHA-1, hex); False = it came with other content before."""
    with ports.transaction() as session:
        if insert_new(session, SeenSignature, signature=signature, content=content, seen_at=clock.wire()):
            return True
        return session.execute(CONTENT, {"signature": signature}).scalar() == content
