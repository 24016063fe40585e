"""The FAQ's search engine behind one face: an index derived from the table, the same on every database.

A base on disk (bot/faq/base.py) is shared by all processes of a machine; what changed since stands in each process's
own RAM (bot/faq/overlay.py). Every search reads the table's counter first, so that an entry published a moment ago is
found. When too much has changed, one process (a file lock that dies with it) builds the next base in the background
while all go on searching; a base that is damaged, missing or of another table is built anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.faq.builder import Builder
from bot.faq.pieces import prepare
from bot.faq.state import State
from bot.faq.table import Table, Transaction

log = logging.getLogger(__name__)
LOOSE = 2000  # changed entries that a process holds in RAM; a smaller table never needs a base on disk
LOOSE_SHARE = 100  # … and one more for so many entries of the base
PATIENCE = 2.0  # seconds that a search waits for a base; after that it looks through the newest entries alone
LOOK = 0.5  # seconds between two looks for a base that is being built
AFTER_FAILURE = 30.0  # seconds before a build that failed is tried again


class FaqIndex:
    """`bot.ports.FaqSearch` over the published entries; safe for threads. Make it after fork.

    `folder`: where the bases lie; without one they go with the process.
    """

    def __init__(self, transaction: Transaction, folder: Path | None = None) -> None:
        self._own = None if folder else TemporaryDirectory(prefix="faq-", ignore_cleanup_errors=True)
        self._table = Table(transaction)
        self._builder = Builder(folder or Path(str(self._own and self._own.name)), self._table)
        self._lock = threading.Lock()
        self._state = State()
        self._look_at: float | None = None  # when to look for the base that is awaited; None = none is

    def search(self, text: str, *, top: int) -> Sequence[tuple[int, float]]:
        """Give (entry id, score) of what fits, best first; sees what was just published."""
        state = self._fresh()
        try:
            return state.search(text, top)
        except (OSError, ValueError):
            log.exception("faq: the index cannot be read and is built anew")
            self._drop(state)
            return self._fresh().search(text, top)

    def settle(self) -> None:
        """Wait until all that the table holds is in the index, however long that takes."""
        self._fresh()
        while self._look_at is not None and self._builder.outcome != "failed":
            with self._lock:
                self._advance(self._table.revision(), patience=LOOK)
        self._builder.finish()

    def _fresh(self) -> State:
        """Catch up with the table when its counter moved. Costs one row read otherwise."""
        value = self._table.revision()
        if self._behind(value):
            with self._lock:
                if self._behind(value):
                    self._advance(value, patience=PATIENCE)
        return self._state

    def _behind(self, value: int) -> bool:
        return value != self._state.known or (self._look_at is not None and time.monotonic() >= self._look_at)

    def _advance(self, value: int, *, patience: float) -> None:
        """Make the state for this revision of the counter; the lock is held."""
        state = self._state if self._state.known <= value else State()  # another table behind the name, or restored
        if self._table.pending(state.floor) > state.loose(LOOSE, LOOSE_SHARE):
            state = self._rebased(state, value, patience)
        else:
            self._look_at = None
        if state.worn(LOOSE, LOOSE_SHARE):
            state = State(base=state.base)
        self._catch_up(state, value)
        self._state = state

    def _rebased(self, state: State, value: int, patience: float) -> State:
        """The state over a newer base where there is one, or will be within `patience` seconds."""
        base = self._builder.newer(value, above=state.floor, patience=0 if state.base else patience)
        if base is None:
            self._look_at = time.monotonic() + (AFTER_FAILURE if self._builder.outcome == "failed" else LOOK)
            return state
        self._look_at = None
        return State(base=base)

    def _catch_up(self, state: State, value: int) -> None:
        """Take what changed since into the overlay, the newest first when it is too much."""
        rows = self._table.changed(max(state.known, state.floor), state.loose(LOOSE, LOOSE_SHARE))
        state.overlay.put([prepare(row) for row, there in rows if there], [row.id for row, there in rows if not there])
        state.known = value

    def _drop(self, state: State) -> None:
        with self._lock:
            if self._state is state:
                self._state = State()
