"""Learns the weights of the second net: one linear machine on n-grams, and for each n-gram the category it speaks for.

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
SPEAKS, SHARE = 0.15, 0.2  # weight from which an n-gram may speak for a category; least share of it there
DIGIT = re.compile("[0-9]")  # numbers weigh by what they mean
UNREAD = re.compile("[a-z0-9]")  # letters that are no pinyin have no sound
DOUBT = 1.0  # texts of no category added to each n-gram, so that rare ones are sure of nothing

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
    votes: dict[str, tuple[int, float]]


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
    return Learnt(tuple(numbers), weights, bias - margin, _votes(texts, cuts, dict(zip(numbers, weights, strict=True))))


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


def _votes(
    texts: Sequence[Text], cuts: Sequence[list[tuple[Piece, set[str]]]], weights: dict[str, float]
) -> dict[str, tuple[int, float]]:
    """For each n-gram that weighs, the category in which it stands most and with what share."""
    counts: dict[str, Counter[int]] = {}
    many = Counter(text.category for text in texts)
    for text, parts in zip(texts, cuts, strict=True):
        for gram in set[str]().union(*(said for _, said in parts)) if text.category else ():
            if weights.get(gram, 0.0) >= SPEAKS:
                counts.setdefault(gram, Counter())[text.category] += 1
    mean = sum(count for number, count in many.items() if number) / max(1, len(many) - 1)
    return {gram: vote for gram, count in counts.items() if (vote := _vote(count, many, mean))[1] >= SHARE}


def _vote(count: Counter[int], many: Counter[int], mean: float) -> tuple[int, float]:
    """Category and share, as if every category had equally many texts."""
    even = {number: seen * mean / many[number] for number, seen in count.items()}
    name = max(even, key=lambda number: even[number])
    return name, even[name] / (sum(even.values()) + DOUBT)


def lines(learnt: Learnt) -> list[str]:
    """The file's lines: the bias, then every n-gram that weighs enough."""
    kept = [str(round(learnt.bias * SCALE))]
    for gram, weight in zip(learnt.terms, learnt.weights, strict=True):
        if abs(weight) >= SMALLEST:
            name = HEARD + named(gram[1:]) if gram[0] == HEARD and len(gram) > 1 else gram
            vote = learnt.votes.get(gram)
            kept.append(
                "\t".join(
                    [name, str(round(weight * SCALE)), *([str(vote[0]), str(round(vote[1] * SCALE))] if vote else [])]
                )
            )
    return kept
