"""The FAQ's search engine: tantivy in RAM, derived from the table, one per process.

Ranking: BM25 over the tokens of bot/faq/text.py; a match in the question counts 1, in the answer less.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
import tantivy
from sqlalchemy.orm import Session

from bot.db import faq as rows
from bot.faq import text as words

Transaction = Callable[[], AbstractContextManager[Session]]
FLOOR = 0.35  # keeps 98.5 % of right hits of real questions, drops three quarters of unrelated talk
ANSWER_WEIGHT = 0.5  # best of 0, .1, .2, .35, .4, .5, .7 over unigrams and bigrams on real questions
SINGLES_FULL_UNTIL = 20  # characters; in longer queries single characters are noise and count less
HEAP_BYTES = 30_000_000  # tantivy's buffer while writing
BATCH = 2000  # entries read at a time
MOST_TOKENS = 400  # of each kind in one query; longer stories repeat themselves


class FaqIndex:
    """`bot.ports.FaqSearch` over the published entries; safe for threads. Make it after fork."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._lock = threading.Lock()
        self._known = -1  # the revision that the index has caught up with
        self._index = _empty()

    def search(self, text: str, *, top: int) -> Sequence[tuple[int, float]]:
        """Give (entry id, score) of what fits, best first; sees what was just published."""
        self._refresh()
        wanted = words.query(text)
        searcher = self._index.searcher()
        clauses = list(_clauses(self._index.schema, wanted, text))
        if not clauses or not searcher.num_docs:
            return []
        found = searcher.search(tantivy.Query.boolean_query(clauses), limit=top).hits
        judge = _Judge(searcher, wanted)
        hits = [(searcher.doc(address), score) for score, address in found]
        return [(hit["id"][0], float(score)) for hit, score in hits if judge.fits(hit)]

    def _refresh(self) -> None:
        """Catch up with the table when its counter moved. Costs one row read otherwise."""
        with self._transaction() as session:
            value = rows.revision(session)
        if value == self._known:
            return
        with self._lock:
            if value < self._known:  # another database behind the same name, as after a restore
                self._known, self._index = -1, _empty()
            if value > self._known:
                self._catch_up(value)

    def _catch_up(self, value: int) -> None:
        writer = self._index.writer(HEAP_BYTES, 1)
        for row in self._changed():
            # delete_documents_by_term takes its number for a signed one and deletes nothing here
            writer.delete_documents_by_query(tantivy.Query.term_query(self._index.schema, "id", row.id))
            if row.state == "published":
                writer.add_document(_document(row))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._known = value

    def _changed(self) -> Iterable[Any]:
        last = 0
        entry = rows.FaqEntry
        columns = (entry.id, entry.state, entry.question, entry.answer)
        while True:
            query = sa.select(*columns).where(entry.revision > self._known, entry.id > last)
            with self._transaction() as session:
                batch = session.execute(query.order_by(entry.id).limit(BATCH)).all()
            if not batch:
                return
            yield from batch
            last = batch[-1].id


def _empty() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    for field in ("question", "answer"):
        builder.add_text_field(field, stored=True, tokenizer_name="ours", index_option="freq")
    index = tantivy.Index(builder.build())
    index.register_tokenizer("ours", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def _document(row: Any) -> Any:
    document = tantivy.Document()
    document.add_unsigned("id", row.id)
    document.add_text("question", " ".join(words.tokens(row.question)))
    document.add_text("answer", " ".join(words.tokens(row.answer)))
    return document


def _clauses(schema: Any, wanted: words.Tokens, text: str) -> Iterable[Any]:
    single = min(1.0, SINGLES_FULL_UNTIL / max(len(text), 1))
    for kind, weight in ((wanted.single, single), (wanted.pairs, 1.0), (wanted.words, 1.0)):
        for token in kind[:MOST_TOKENS]:
            for field, factor in (("question", 1.0), ("answer", ANSWER_WEIGHT)):
                term = tantivy.Query.term_query(schema, field, token, "freq")
                yield tantivy.Occur.Should, tantivy.Query.boost_query(term, weight * factor)


class _Judge:
    """Judges whether a hit is about the query: how much of each is in the other, by weight of tokens."""

    def __init__(self, searcher: Any, wanted: words.Tokens) -> None:
        self._searcher = searcher
        self._asked = set(wanted.pairs + wanted.words) or set(wanted.single)
        self._weights: dict[str, float] = {}

    def fits(self, hit: Any) -> bool:
        """Tell whether the two shares together reach the floor; both are 0 to 1."""
        title = set(hit["question"][0].split())
        found = self._share(self._asked, title | set(hit["answer"][0].split()))
        return found + self._share({t for t in title if len(t) > 1}, self._asked) >= FLOOR

    def _share(self, part: set[str], whole: set[str]) -> float:
        total = sum(map(self._weight, part))
        return sum(map(self._weight, part & whole)) / total if total else 0.0

    def _weight(self, token: str) -> float:
        if token not in self._weights:
            total, known = self._searcher.num_docs, self._searcher.doc_freq("question", token)
            self._weights[token] = math.log(1 + (total - min(known, total) + 0.5) / (known + 0.5))
        return self._weights[token]
