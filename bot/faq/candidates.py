"""The few hundred entries that are worth ranking, by tantivy, out of every piece of the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy

from bot.faq import sound
from bot.faq.pieces import COLUMNS, Piece, schema
from bot.faq.scorer import ANSWER, Candidates
from bot.faq.wanted import Wanted, Weighed, rarity

MOST = 200  # candidates of each piece
SINGLES_UNTIL = 12  # characters of a query that is also looked for by single characters and by its sound
SOUND = 0.5  # of a pair that only sounds alike, while candidates are gathered
SCHEMA = schema()

Current = Callable[[Piece, int], bool]  # (piece, number of an entry) → it is what the table says now


@dataclass(frozen=True)
class Found:
    """Candidates of all pieces: entry ids, and what the scorer needs of them."""

    ids: list[int]
    texts: Candidates


class Frequencies:
    """How many entries hold a token, over all pieces; each asked once."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._known: dict[tuple[str, str], int] = {}
        self.total = sum(len(piece.ids) for piece in pieces)

    def __call__(self, field: str, token: str) -> int:
        key = (field, token)
        if key not in self._known:
            self._known[key] = sum(piece.searcher.doc_freq(field, token) for piece in self._pieces)
        return self._known[key]


def gather(pieces: Sequence[Piece], wanted: Wanted, frequency: Frequencies, current: Current) -> Found:
    """Search every piece; what is no longer `current` is left out."""
    ids: list[int] = []
    coded: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    asked = list(_asked(wanted, frequency))
    for piece in pieces:
        numbers = [n for n in _search(piece, asked) if current(piece, n)]
        ids += [int(piece.ids[n]) for n in numbers]
        for column in COLUMNS:
            coded[column] += piece.take(column, numbers)
    return Found(ids, Candidates(coded, _averages(pieces, frequency.total), frequency.total))


def _search(piece: Piece, asked: Sequence[tuple[str, str, float]]) -> list[int]:
    """Numbers of a piece's best entries; tantivy's own idf is divided out, so that our weights are what counts."""
    searcher, clauses = piece.searcher, []
    total = searcher.num_docs
    for field, token, weight in asked:
        held = searcher.doc_freq(field, token)
        if held:
            term = tantivy.Query.term_query(SCHEMA, field, token, "basic" if field == "letters" else "freq")
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight / rarity(held, total))))
    if not clauses:
        return []
    hits = searcher.search(tantivy.Query.boolean_query(clauses), limit=MOST, count=False).hits
    numbers: list[int] = searcher.fast_field_values("n", [address for _, address in hits])
    return numbers


def _asked(wanted: Wanted, frequency: Frequencies) -> Iterator[tuple[str, str, float]]:
    """The clauses: (field, token, weight)."""
    total = frequency.total
    yield from _clauses("plain", wanted.pairs(frequency, total, "plain"), 1.0)
    yield from _clauses("answer", wanted.pairs(frequency, total, "answer"), ANSWER)
    if wanted.length <= SINGLES_UNTIL:
        yield from _clauses("plain", wanted.singles(frequency, total, "plain"), 1.0)
        yield from _clauses("sound", wanted.pairs(frequency, total, "sound"), SOUND)
    if wanted.initials:
        yield from (("letters", gram, 1.0) for gram in sound.grams(wanted.initials))


def _clauses(field: str, asked: Weighed, factor: float) -> Iterator[tuple[str, str, float]]:
    for token, weight in zip(asked.tokens, asked.weights, strict=True):
        yield field, token, factor * weight


def _averages(pieces: Sequence[Piece], total: int) -> dict[str, tuple[float, float]]:
    sums = {column: [piece.totals(column) for piece in pieces] for column in COLUMNS}
    count = max(total, 1)
    return {column: (sum(w for w, _ in both) / count, sum(s for _, s in both) / count) for column, both in sums.items()}
