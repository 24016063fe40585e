"""Learns the weights of the second net: one linear machine on n-grams.

A text is a bag of runs (clauses side by side), and only its heaviest run is learnt from: first all of it, then, a few
times, the run that the last weights chose. So what is learnt is what is asked later.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bot.triage.redflags.measures import measure
from bot.triage.redflags.weighing import HEARD, READ, SCALE, Piece, grams, pieces, runs
from bot.triage.sounds import named
from bot.triage.text import normalise

LEAST, LEAST_ORDINARY = 2, 4  # texts that an n-gram must stand in; more when in no emergency
COST, ROUNDS, STEPS = 3.0, 3, 300
SMALLEST = 0.05  # weights below do not ship
DIGIT = re.compile("[0-9]")  # numbers weigh by what they mean
UNREAD = re.compile("[a-z0-9]")  # letters that are no pinyin have no sound

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Text:
    """A text with the number of its category; 0 = no emergency."""

    words: str
    category: int = 0


@dataclass(frozen=True)
class Document:
    """The pieces of a text and the numbers of the n-grams in each."""

    parts: tuple[Piece, ...]
    found: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Learnt:
    """What ships."""

    terms: tuple[str, ...]
    weights: Array
    bias: float


def cut(words: str) -> list[tuple[Piece, set[str]]]:
    """Pieces of a text with their n-grams."""
    normal = normalise(words)
    measured = measure(normal)
    return [
        (
            part,
            grams(normal.text[part.start : part.end])
            | {READ + hit.concept for hit in measured if part.holds(hit.start, hit.end)},
        )
        for part in pieces(normal)
    ]


def vocabulary(texts: Sequence[Text], cuts: Sequence[list[tuple[Piece, set[str]]]]) -> dict[str, int]:
    """N-grams of enough texts → their numbers."""
    every: Counter[str] = Counter()
    grave: Counter[str] = Counter()
    for text, parts in zip(texts, cuts, strict=True):
        said = set[str]().union(*(found for _, found in parts))
        every.update(said)
        if text.category:
            grave.update(said)
    known = (gram for gram, count in every.items() if count >= (LEAST if grave[gram] else LEAST_ORDINARY))
    kept = sorted(gram for gram in known if gram[0] == READ or not (UNREAD if gram[0] == HEARD else DIGIT).search(gram))
    return {gram: number for number, gram in enumerate(kept)}


def learn(texts: Sequence[Text], margin: float) -> Learnt:
    """Train; a text has to weigh `margin` more than what parts the two kinds."""
    cuts = [cut(text.words) for text in texts]
    numbers = vocabulary(texts, cuts)
    documents = [_document(parts, numbers) for parts in cuts]
    grave = np.array([text.category > 0 for text in texts])
    chosen = [(0, len(document.parts)) for document in documents]
    weights, bias = np.zeros(len(numbers)), 0.0
    for _ in range(ROUNDS):
        machine = LogisticRegression(C=COST, solver="liblinear", max_iter=STEPS)
        machine.fit(_matrix(documents, chosen, len(numbers)), grave)
        weights, bias = machine.coef_[0], float(machine.intercept_[0])
        chosen = [heaviest(document, weights) for document in documents]
    return Learnt(tuple(numbers), weights, bias - margin)


def _document(parts: list[tuple[Piece, set[str]]], numbers: dict[str, int]) -> Document:
    found = tuple(tuple(numbers[gram] for gram in said if gram in numbers) for _, said in parts)
    return Document(tuple(part for part, _ in parts), found)


def heaviest(document: Document, weights: Array) -> tuple[int, int]:
    """The run that weighs most."""
    loads = [weights[list(found)].sum() for found in document.found]
    return max(runs(document.parts), key=lambda run: sum(loads[run[0] : run[1]]), default=(0, 0))


def _matrix(documents: Iterable[Document], chosen: Iterable[tuple[int, int]], width: int) -> csr_matrix:
    """One row a text: how many clauses of its run hold each n-gram."""
    counts = [
        Counter(number for found in document.found[first:end] for number in found)
        for document, (first, end) in zip(documents, chosen, strict=True)
    ]
    ends = np.cumsum([0, *map(len, counts)])
    columns = [number for count in counts for number in count]
    values = [float(many) for count in counts for many in count.values()]
    return csr_matrix((values, columns, ends), shape=(len(counts), width))


def lines(learnt: Learnt) -> list[str]:
    """The file's lines: the bias, then every n-gram that weighs enough."""
    kept = [str(round(learnt.bias * SCALE))]
    for gram, weight in zip(learnt.terms, learnt.weights, strict=True):
        if abs(weight) >= SMALLEST:
            name = HEARD + named(gram[1:]) if gram[0] == HEARD and len(gram) > 1 else gram
            kept.append(f"{name}\t{round(weight * SCALE)}")
    return kept
