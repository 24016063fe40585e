"""What the index reads of the table; each call is a short transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import faq as rows
from bot.db.base import reading
from bot.faq.pieces import Row

Transaction = Callable[[], AbstractContextManager[Session]]
BATCH = 2000  # entries read at a time


class Table:
    """The published entries and the counter that every change moves."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def revision(self) -> int:
        """Read the counter."""
        with reading(), self._transaction() as session:
            return rows.revision(session)

    def pending(self, after: int) -> int:
        """Count the entries changed after a revision."""
        query = sa.select(sa.func.count()).select_from(rows.FaqEntry).where(rows.FaqEntry.revision > after)
        with reading(), self._transaction() as session:
            return int(session.scalar(query) or 0)

    def ids_changed(self, after: int) -> list[int]:
        """List the ids of the entries changed after a revision."""
        query = sa.select(rows.FaqEntry.id).where(rows.FaqEntry.revision > after)
        with reading(), self._transaction() as session:
            return list(session.scalars(query))

    def changed(self, after: int, most: int) -> list[tuple[Row, bool]]:
        """List (entry, whether it is published) changed after a revision, the newest changes first."""
        entry = rows.FaqEntry
        columns = (entry.id, entry.revision, entry.question, entry.answer, entry.state)
        query = sa.select(*columns).where(entry.revision > after).order_by(entry.revision.desc(), entry.id.desc())
        with reading(), self._transaction() as session:
            found = session.execute(query.limit(most)).all()
        return [(Row(*row[:4]), row.state == "published") for row in found]

    def published(self, until: int) -> Iterator[Row]:
        """Give the published entries as of a revision, by id; what changes meanwhile is left out."""
        entry, last = rows.FaqEntry, 0
        columns = (entry.id, entry.revision, entry.question, entry.answer)
        query = sa.select(*columns).where(entry.state == "published", entry.revision <= until).order_by(entry.id)
        while True:
            with reading(), self._transaction() as session:
                batch = session.execute(query.where(entry.id > last).limit(BATCH)).all()
            if not batch:
                return
            yield from (Row(*row) for row in batch)
            last = batch[-1].id

    def sums(self, until: int) -> tuple[int, int]:
        """Give (count, sum of revisions) of the published entries that did not change after a revision."""
        entry = rows.FaqEntry
        query = sa.select(sa.func.count(), sa.func.sum(entry.revision))
        with reading(), self._transaction() as session:
            row = session.execute(query.where(entry.state == "published", entry.revision <= until)).one()
        return int(row[0]), int(row[1] or 0)
