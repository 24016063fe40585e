"""What the index is made of: entries as tokens for tantivy and as codes for our own scorer, in RAM or on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import tantivy
from numpy.typing import NDArray

from bot.faq import codes, sound, synonyms, text
from bot.faq.codes import Codes
from bot.faq.fold import fold

COLUMNS = ("title", "plain", "answer")  # the question as it stands, in one word for each thing, and the answer
FIELDS = ("title", "plain", "answer", "sound", "letters")
HEAP_BYTES = 60_000_000  # tantivy's buffer while writing
Numbers = NDArray[np.int64]


class Row(NamedTuple):
    """One published entry as the table has it."""

    id: int
    revision: int
    question: str
    answer: str


@dataclass(frozen=True)
class Entry:
    """One entry made ready: its codes by column, its tokens by field."""

    id: int
    revision: int
    codes: dict[str, Codes]
    tokens: dict[str, str]


class Piece(Protocol):
    """A part of the index; `n` counts its entries from 0."""

    @property
    def searchers(self) -> Sequence[Any]:
        """tantivy's, each over some of the entries and all over all."""

    @property
    def ids(self) -> Sequence[int] | Numbers: ...

    def take(self, column: str, numbers: Sequence[int]) -> list[Codes]:
        """The codes of these entries."""

    def totals(self, column: str) -> tuple[int, int]:
        """How many characters and how many pairs all entries have together."""


def prepare(row: Row) -> Entry:
    """Fold, code and tokenise one row."""
    question, answer = fold(row.question), fold(row.answer)
    plain = synonyms.plain(question)
    coded = {
        "title": codes.encode(question),
        "plain": codes.encode(plain),
        "answer": codes.encode(answer),
    }
    heard, first = sound.of(coded["title"]), sound.letters(coded["title"])
    words = {
        "title": text.tokens(question),
        "plain": text.tokens(plain),
        "answer": [token for token in text.tokens(answer) if len(token) > 1],
        "sound": text.adjacent(heard),
        "letters": sound.grams(first),
    }
    return Entry(row.id, row.revision, coded, {field: " ".join(found) for field, found in words.items()})


def schema() -> Any:
    """Tokens are cut by us; tantivy only splits them at blanks. `n` leads from a hit to the entry."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("n", stored=False, indexed=False, fast=True)
    for field in FIELDS:
        option = "basic" if field == "letters" else "freq"
        builder.add_text_field(field, stored=False, tokenizer_name="ours", index_option=option)
    return builder.build()


def opened(index: Any) -> Any:
    """The index with our tokenizer, which tantivy keeps in no file."""
    index.register_tokenizer("ours", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def add(writer: Any, entries: Iterable[Entry], first: int) -> int:
    """Write entries numbered from `first` on; gives the next number."""
    for entry in entries:
        document = tantivy.Document()
        document.add_unsigned("n", first)
        for field, tokens in entry.tokens.items():
            document.add_text(field, tokens)
        writer.add_document(document)
        first += 1
    return first
