"""The few hundred entries that are worth ranking, by tantivy, out of every piece of the index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from heapq import nsmallest
from itertools import chain
from typing import Any

import tantivy

from bot.faq import sound
from bot.faq.pieces import COLUMNS, Piece, schema
from bot.faq.scorer import ANSWER, Candidates
from bot.faq.wanted import Wanted, Weighed, rarity

MOST = 200  # candidates of each piece
SINGLES_UNTIL = 12  # characters of a query that is also looked for by single characters and by its sound
SOUND = 0.5  # of a pair that only sounds alike, while candidates are gathered
LARGE = 100_000  # entries of a piece above which a long story is looked for by its heaviest tokens alone
HEAVIEST = {"plain": 80, "answer": 48}  # clauses of a field there; it costs one right candidate in a hundred
SCHEMA = schema()

Clause = tuple[str, str, float]  # (field, token, weight)
Hit = tuple[float, int]  # (tantivy's score, less than 0 so that the best comes first; number of an entry)
Current = Callable[[Piece, int], bool]  # (piece, number of an entry) → it is what the table says now


@dataclass(frozen=True)
class Found:
    """Candidates of all pieces: entry ids, and what the scorer needs of them."""

    ids: list[int]
    texts: Candidates


class Frequencies:
    """How many entries hold a token, over all pieces; each asked once."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._searchers = [searcher for piece in pieces for searcher in piece.searchers]
        self._known: dict[tuple[str, str], list[int]] = {}
        self.total = sum(len(piece.ids) for piece in pieces)

    def __call__(self, field: str, token: str) -> int:
        return sum(self._each(field, token))

    def within(self, searcher: Any, asked: Iterable[Clause]) -> list[int]:
        """How many entries of this searcher alone hold the token of each clause."""
        place = self._searchers.index(searcher)
        return [self._each(field, token)[place] for field, token, _ in asked]

    def _each(self, field: str, token: str) -> list[int]:
        known = self._known.get((field, token))
        if known is None:
            known = [searcher.doc_freq(field, token) for searcher in self._searchers]
            self._known[field, token] = known
        return known


def gather(pieces: Sequence[Piece], wanted: Wanted, frequency: Frequencies, current: Current) -> Found:
    """Search every piece; what is no longer `current` is left out."""
    ids: list[int] = []
    coded: dict[str, list[Any]] = {column: [] for column in COLUMNS}
    asked = list(_asked(wanted, frequency))
    for piece in pieces:
        here = asked if len(piece.ids) <= LARGE else _heaviest(asked)
        numbers = [n for n in _best(piece, here, frequency) if current(piece, n)]
        ids += [int(piece.ids[n]) for n in numbers]
        for column in COLUMNS:
            coded[column] += piece.take(column, numbers)
    return Found(ids, Candidates(coded, _averages(pieces, frequency.total), frequency.total))


def _best(piece: Piece, asked: Sequence[Clause], frequency: Frequencies) -> list[int]:
    """Numbers of a piece's best entries. Its searchers work at once: tantivy holds no lock of Python's meanwhile."""
    held = [frequency.within(searcher, asked) for searcher in piece.searchers]
    each = _hands().map if len(held) > 1 else map
    hits = chain.from_iterable(each(partial(_search, asked), piece.searchers, held))
    return [number for _, number in nsmallest(MOST, hits)]


def _search(asked: Sequence[Clause], searcher: Any, held: Sequence[int]) -> list[Hit]:
    """Best entries of a searcher; tantivy's own idf is divided out, so that our weights are what counts.

    `held`: how many of its entries hold each token asked.
    """
    total, clauses = searcher.num_docs, []
    for (field, token, weight), often in zip(asked, held, strict=True):
        if often:
            term = tantivy.Query.term_query(SCHEMA, field, token, "basic" if field == "letters" else "freq")
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight / rarity(often, total))))
    if not clauses:
        return []
    hits = searcher.search(tantivy.Query.boolean_query(clauses), limit=MOST, count=False).hits
    numbers = searcher.fast_field_values("n", [address for _, address in hits])
    return [(-score, number) for (score, _), number in zip(hits, numbers, strict=True)]


@cache
def _hands() -> ThreadPoolExecutor:
    """Threads of this process that search shelves of a base; made with the first search of a large one, after fork."""
    return ThreadPoolExecutor(thread_name_prefix="faq-search")


def _heaviest(asked: Sequence[Clause]) -> list[Clause]:
    """The heaviest clauses of each field, as many as HEAVIEST says."""
    kept: list[Clause] = []
    for field in dict.fromkeys(field for field, _, _ in asked):
        own = sorted((clause for clause in asked if clause[0] == field), key=lambda clause: -clause[2])
        kept += own[: HEAVIEST.get(field)]
    return kept


def _asked(wanted: Wanted, frequency: Frequencies) -> Iterator[Clause]:
    """The clauses of a query."""
    total = frequency.total
    yield from _clauses("plain", wanted.pairs(frequency, total, "plain"), 1.0)
    yield from _clauses("answer", wanted.pairs(frequency, total, "answer"), ANSWER)
    if wanted.length <= SINGLES_UNTIL:
        yield from _clauses("plain", wanted.singles(frequency, total, "plain"), 1.0)
        yield from _clauses("sound", wanted.pairs(frequency, total, "sound"), SOUND)
    if wanted.initials:
        yield from (("letters", gram, 1.0) for gram in sound.grams(wanted.initials))


def _clauses(field: str, asked: Weighed, factor: float) -> Iterator[Clause]:
    for token, weight in zip(asked.tokens, asked.weights, strict=True):
        yield field, token, factor * weight


def _averages(pieces: Sequence[Piece], total: int) -> dict[str, tuple[float, float]]:
    sums = {column: [piece.totals(column) for piece in pieces] for column in COLUMNS}
    count = max(total, 1)
    return {column: (sum(w for w, _ in both) / count, sum(s for _, s in both) / count) for column, both in sums.items()}
