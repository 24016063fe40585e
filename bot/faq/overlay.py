"""What changed since the base was built, in this process's RAM: found a moment after it was committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import tantivy

from bot.faq import codes, pieces
from bot.faq.codes import Codes
from bot.faq.pieces import COLUMNS, Entry


class Overlay:
    """A `Piece` that grows. One thread writes (the caller's lock), any number reads."""

    def __init__(self) -> None:
        self._index = pieces.opened(tantivy.Index(pieces.schema()))
        self._codes: dict[str, list[Codes]] = {column: [] for column in COLUMNS}
        self._totals = dict.fromkeys(COLUMNS, (0, 0))
        self.searchers = [self._index.searcher()]
        self.ids: list[int] = []
        self.newest: dict[int, int | None] = {}  # entry id → its number; None = no longer published

    def put(self, entries: Iterable[Entry], gone: Iterable[int]) -> None:
        """Take changed entries in and those out of sight that are no longer published."""
        found = list(entries)
        if found:
            self._write(found)
        for entry in found:
            self.newest[entry.id] = len(self.ids)
            self.ids.append(entry.id)
        self.newest.update(dict.fromkeys(gone))

    def take(self, column: str, numbers: Sequence[int]) -> list[Codes]:
        """Give the codes of these entries."""
        return [self._codes[column][n] for n in numbers]

    def totals(self, column: str) -> tuple[int, int]:
        """How many characters and pairs all entries have together, replaced ones too."""
        return self._totals[column]

    def _write(self, entries: list[Entry]) -> None:
        for column in COLUMNS:
            self._codes[column] += [entry.codes[column] for entry in entries]
            sizes = [self._totals[column], *(codes.sizes(entry.codes[column]) for entry in entries)]
            self._totals[column] = (sum(s for s, _ in sizes), sum(p for _, p in sizes))
        writer = self._index.writer(pieces.HEAP_BYTES, 1)
        pieces.add(writer, entries, len(self.ids))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self.searchers = [self._index.searcher()]
