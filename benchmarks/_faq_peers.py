"""Peers of the FAQ's search, each with its own tokens and ranking; all but ours are what a team would reach for."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol

import numpy as np
import tantivy

from bot.faq.fold import fold

Entry = tuple[str, str, str]
Tokens = Callable[[str], list[str]]
RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
TOP = 10
BATCH = 5000  # rows of one INSERT


class Peer(Protocol):
    """One engine: entries in, then ids out, best first."""

    def build(self, entries: Iterable[Entry]) -> None: ...

    def ask(self, text: str) -> Sequence[str]: ...


def bigrams(text: str) -> list[str]:
    """Adjacent pairs of Han characters, and Latin runs."""
    found = []
    for run in RUN.findall(fold(text)):
        found += [left + right for left, right in pairwise(run)] if run[0] >= "\u3400" else [run]
    return found


def trigrams(text: str) -> list[str]:
    return [run[at : at + 3] for run in RUN.findall(fold(text)) for at in range(len(run) - 2)]


def segmented(text: str) -> list[str]:
    """Words as jieba cuts them."""
    import jieba

    jieba.setLogLevel(60)
    return [word for word in jieba.lcut(fold(text)) if RUN.match(word)]


class Fts5:
    """SQLite's full-text search: OR of the tokens, its own bm25."""

    def __init__(self, tokens: Tokens, *, tokenizer: str, cut: bool, answer: float = 0.2) -> None:
        self._tokens, self._cut, self._answer = tokens, cut, answer
        self._db = sqlite3.connect(Path(mkdtemp(prefix="bench-faq-")) / "fts.db")
        self._db.execute(f"CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, q, a, tokenize='{tokenizer}')")

    def build(self, entries: Iterable[Entry]) -> None:
        def cut(text: str) -> str:
            return " ".join(self._tokens(text)) if self._cut else fold(text)

        def rows() -> Iterator[Entry]:
            for key, question, answer in entries:
                yield key, cut(question), cut(answer)

        self._db.executemany("INSERT INTO t VALUES (?, ?, ?)", rows())
        self._db.commit()

    def ask(self, text: str) -> Sequence[str]:
        asked = " OR ".join(f'"{token}"' for token in dict.fromkeys(self._tokens(text)))
        if not asked:
            return []
        query = "SELECT id FROM t WHERE t MATCH ? ORDER BY bm25(t, 0, 1.0, ?) LIMIT ?"
        return [row[0] for row in self._db.execute(query, (asked, self._answer, TOP))]


class Tantivy:
    """tantivy over bigrams with its own BM25: the candidates of ours, without our scorer."""

    def __init__(self, answer: float = 0.5) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        for field in ("q", "a"):
            builder.add_text_field(field, tokenizer_name="blanks", index_option="freq")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, path=mkdtemp(prefix="bench-faq-"))
        blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("blanks", blanks)
        self._weights = {"q": 1.0, "a": answer}

    def build(self, entries: Iterable[Entry]) -> None:
        writer = self._index.writer(100_000_000, 1)
        for key, question, answer in entries:
            texts = {"q": " ".join(bigrams(question)), "a": " ".join(bigrams(answer))}
            writer.add_document(tantivy.Document(id=[key], **{name: [text] for name, text in texts.items()}))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def ask(self, text: str) -> Sequence[str]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, token), weight))
            for token in dict.fromkeys(bigrams(text))
            for field, weight in self._weights.items()
        ]
        searcher = self._index.searcher()
        if not terms:
            return []
        found = searcher.search(tantivy.Query.boolean_query(terms), limit=TOP, count=False).hits
        return [searcher.doc(address)["id"][0] for _, address in found]

    def _term(self, field: str, token: str) -> Any:
        return tantivy.Query.term_query(self._schema, field, token, "freq")


class Whoosh:
    """Whoosh with its Chinese habit, n-grams of two; OR of the tokens, its own BM25F."""

    def build(self, entries: Iterable[Entry]) -> None:
        from whoosh import analysis, fields, index

        cut = analysis.RegexTokenizer(r"\S+")
        schema = fields.Schema(id=fields.STORED, q=fields.TEXT(analyzer=cut), a=fields.TEXT(analyzer=cut))
        self._index = index.create_in(mkdtemp(prefix="bench-faq-"), schema)
        writer = self._index.writer(limitmb=512)
        for key, question, answer in entries:
            writer.add_document(id=key, q=" ".join(bigrams(question)), a=" ".join(bigrams(answer)))
        writer.commit()
        self._searcher = self._index.searcher()

    def ask(self, text: str) -> Sequence[str]:
        from whoosh.query import Or, Term

        tokens = dict.fromkeys(bigrams(text))
        asked = Or([Term(field, token, boost) for token in tokens for field, boost in (("q", 1.0), ("a", 0.2))])
        return [hit["id"] for hit in self._searcher.search(asked, limit=TOP)]


class Bm25:
    """A plain BM25 over the bigrams of the questions, every entry scored (k1 1.5, b .75)."""

    def build(self, entries: Iterable[Entry]) -> None:
        from scipy import sparse

        self._ids: list[str] = []
        lengths = []
        columns: dict[str, int] = {}
        rows, cols, counts = [], [], []
        for key, question, _ in entries:
            tokens = Counter(bigrams(question))
            for token, count in tokens.items():
                rows.append(len(self._ids))
                cols.append(columns.setdefault(token, len(columns)))
                counts.append(count)
            self._ids.append(key)
            lengths.append(sum(tokens.values()))
        number, mean = len(self._ids), sum(lengths) / len(lengths)
        held = np.bincount(cols, minlength=len(columns))
        idf = np.log(1 + (number - held + 0.5) / (held + 0.5))
        tf, share = np.array(counts), np.array(lengths)[rows] / mean
        weights = idf[cols] * tf * 2.5 / (tf + 1.5 * (0.25 + 0.75 * share))
        self._columns = columns
        self._matrix = sparse.csc_matrix((weights, (rows, cols)), shape=(number, len(columns)))

    def ask(self, text: str) -> Sequence[str]:
        asked = [self._columns[token] for token in dict.fromkeys(bigrams(text)) if token in self._columns]
        scores = np.asarray(self._matrix[:, asked].sum(axis=1)).ravel()
        best = np.argpartition(-scores, TOP)[:TOP]
        return [self._ids[n] for n in sorted(best, key=lambda n: (-scores[n], n)) if scores[n] > 0]


class Postgres:
    """A table in a real PostgreSQL: the base of the two ways below."""

    MAKE: tuple[str, ...] = ()
    ASK = ""

    def __init__(self, url: str) -> None:
        import psycopg2

        self._connection = psycopg2.connect(url.replace("postgresql+psycopg2", "postgresql"))
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        for statement in self.MAKE[:1]:
            self._cursor.execute(statement)

    def build(self, entries: Iterable[Entry]) -> None:
        from psycopg2.extras import execute_values

        self._cursor.execute("DROP TABLE IF EXISTS t")
        self._cursor.execute("CREATE TABLE t (id text, q text, a text)")
        rows = ((key, self.cut(question), self.cut(answer)) for key, question, answer in entries)
        while batch := list(islice(rows, BATCH)):
            execute_values(self._cursor, "INSERT INTO t VALUES %s", batch, page_size=BATCH)
        for statement in self.MAKE[1:]:
            self._cursor.execute(statement)

    def cut(self, text: str) -> str:
        return fold(text).replace("\x00", " ")

    def asked(self, text: str) -> str:
        return self.cut(text)

    def ask(self, text: str) -> Sequence[str]:
        self._cursor.execute(self.ASK, {"q": self.asked(text), "top": TOP})
        return [row[0] for row in self._cursor.fetchall()]


class TsRank(Postgres):
    """PostgreSQL's text search over bigrams, ranked by ts_rank with its length normalisation."""

    MAKE = (
        "SELECT 1",
        "ALTER TABLE t ADD v tsvector",
        "UPDATE t SET v = setweight(to_tsvector('simple', q), 'A') || setweight(to_tsvector('simple', a), 'D')",
        "CREATE INDEX ON t USING gin (v)",
        "ANALYZE t",
    )
    ASK = (
        "SELECT id FROM t, to_tsquery('simple', %(q)s) w WHERE v @@ w"
        " ORDER BY ts_rank('{0.2, 0.2, 0.2, 1}', v, w, 1) DESC, id LIMIT %(top)s"
    )

    def cut(self, text: str) -> str:
        return " ".join(bigrams(text))

    def asked(self, text: str) -> str:
        return " | ".join(dict.fromkeys(bigrams(text)))


class Trgm(Postgres):
    """pg_trgm's similarity of the whole question; fails where the server has no such extension."""

    MAKE = (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX ON t USING gist (q gist_trgm_ops)",
        "ANALYZE t",
    )
    ASK = "SELECT id FROM t ORDER BY q <-> %(q)s, id LIMIT %(top)s"
