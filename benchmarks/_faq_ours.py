"""Our own search as an engine of the benchmark: the real table on a real database, nothing left out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import count, islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import sqlalchemy as sa

from benchmarks._faq_peers import BATCH, TOP, Entry
from bot import clock
from bot.crypto import Crypto
from bot.db import faq as rows
from bot.db.base import make_engine, transactions
from bot.db.migrate import upgrade
from bot.faq.index import FaqIndex

_numbers = count(1)


class Ours(AbstractContextManager["Ours"]):
    """A database of its own (SQLite, or one more on a PostgreSQL server), dropped with the benchmark."""

    def __init__(self, server: Callable[[str], str] | None = None) -> None:
        self._folder = Path(mkdtemp(prefix="bench-faq-"))
        url = _database(server) if server else f"sqlite:///{self._folder / 'faq.db'}"
        upgrade(url)
        self._engine = make_engine(url)
        self._transaction = transactions(self._engine, Crypto("benchmark" * 4))
        self._index = FaqIndex(self._transaction, self._folder / "index")
        self._keys: dict[int, str] = {}

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)

    def build(self, entries: Iterable[Entry]) -> None:
        """Fill the table and wait for the index."""
        waiting = iter(entries)
        number = count(1)
        while batch := list(islice(waiting, BATCH)):
            with self._transaction() as session:
                facts = {"state": "published", "version": 1, "updated_at": clock.now(), "department_name": ""}
                facts["revision"] = rows.next_revision(session)
                session.execute(sa.insert(rows.FaqEntry), [_row(next(number), entry) | facts for entry in batch])
        with self._transaction() as session:
            query = sa.select(rows.FaqEntry.id, rows.FaqEntry.external_id)
            self._keys = {row.id: row.external_id for row in session.execute(query)}
        self._index.settle()

    def ask(self, text: str) -> Sequence[str]:
        return [self._keys[entry_id] for entry_id, _ in self._index.search(text, top=TOP)]


def _row(number: int, entry: Entry) -> dict[str, Any]:
    key, question, answer = entry
    return {"id": number, "external_id": key, "question": question, "answer": answer}


def _database(server: Callable[[str], str]) -> str:
    name = f"bench_{next(_numbers)}"
    with make_engine(server("postgres")).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return server(name)
