"""Health articles: entries of their own kind, written, signed and published as answers are."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db import faq as rows
from bot.ports import Ports
from bot.services import faq_rows
from bot.services.faq_rows import Entry

NEWEST = 8


def newest(ports: Ports, *, department_id: str = "", limit: int = NEWEST) -> list[Entry]:
    """List published articles, of one department or all, the newest first."""
    entry = rows.FaqEntry
    query = sa.select(entry).where(entry.kind == "article", entry.state == "published")
    if department_id:
        query = query.where(entry.department_id == department_id)
    with ports.transaction() as session:
        found = session.scalars(query.order_by(entry.published_at.desc(), entry.id.desc()).limit(limit)).all()
        return [faq_rows.entry(row, working=False) for row in found]
