"""Building the next base in the background: one process of a machine at a time, nobody waits longer than he wants."""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.faq import base as bases
from bot.faq.base import Base, Damaged
from bot.faq.table import Table

log = logging.getLogger(__name__)
LOOK = 0.05  # seconds between two looks for what another process builds
LOCK = "building.lock"
TRIES = 3  # looks at whether a base is of this table, while the table is being changed


class Builder:
    """Finds and makes the bases of one folder. `outcome` of the last try: building, elsewhere, done or failed."""

    def __init__(self, folder: Path, table: Table) -> None:
        self._folder, self._table = folder, table
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._rejected: set[str] = set()
        self.outcome = ""

    def newer(self, revision: int, *, above: int, patience: float) -> Base | None:
        """Give a base between two revisions of the counter; build one and wait for it so many seconds, else None."""
        until = time.monotonic() + patience
        found = self._find(revision, above)
        while found is None:
            self.start().join(min(LOOK, max(patience, 0)))
            found = self._find(self._table.revision(), above)
            if time.monotonic() >= until or self.outcome == "failed":
                break
        return found

    def start(self) -> threading.Thread:
        """Build a base unless this process does already."""
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self.outcome = "building"
                self._thread = threading.Thread(target=self._build, name="faq-index", daemon=True)
                self._thread.start()
            return self._thread

    def finish(self) -> None:
        """Wait for what this process builds, if it does, and for its tidying up."""
        if self._thread is not None:
            self._thread.join()

    def _find(self, revision: int, above: int) -> Base | None:
        """Open the newest base that is whole and of this table; others are passed over for good."""
        for path in bases.newest(self._folder, revision):
            if bases.revision_of(path) <= above:
                return None
            if path.name in self._rejected:
                continue
            try:
                base = Base(path)
            except Damaged:
                base = None
            if base is not None and self._of_this_table(base):
                return base
            log.warning("faq: an index that is damaged or of another table is passed over: %s", path.name)
            self._rejected.add(path.name)
        return None

    def _of_this_table(self, base: Base) -> bool:
        """Whether the table has what of the base did not change since; asked again while it moves."""
        return any(
            base.holds(self._table.ids_changed(base.revision)) == self._table.sums(base.revision) for _ in range(TRIES)
        )

    def _build(self) -> None:
        try:
            with self._alone() as alone:
                if alone:
                    revision = self._table.revision()
                    done = bases.build(self._folder, self._table.published(revision), revision)
                    bases.sweep(self._folder, done)
            self.outcome = "done" if alone else "elsewhere"
        except Exception:
            self.outcome = "failed"
            log.exception("faq: the index could not be built")

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other process builds; the lock goes with the process, however it ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True
