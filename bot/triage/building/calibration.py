"""How sure the scores are: the softmax temperature, fitted on texts unlike those that were learnt."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from bot.triage.building.examples import Example
from bot.triage.building.machine import margins, matrix, train
from bot.triage.departments.table import Array, doubt
from bot.triage.departments.votes import votes
from bot.triage.names import STANDARD

ALIKE = 0.5  # Jaccard of character pairs from which two texts count as nearly the same
HEATS = np.geomspace(0.05, 1, 60)


def calibrate(patients: Sequence[Example], others: Sequence[Example], terms: Sequence[str], idf: Array,
              trust: Array) -> float:  # fmt: skip
    """The temperature with the least log loss, on a tenth of the pool that a second training does not see."""
    rest = [one for one in patients if not _is_held(one.text)]
    held = unlike([one for one in patients if _is_held(one.text)], rest)
    weights = train(matrix([*rest, *others], terms, idf), [*rest, *others])
    scores = margins(matrix(held, terms, idf), weights) + np.stack([votes(one.text, trust) for one in held])
    scores /= np.array([[doubt(len(one.text))] for one in held])
    truth = np.array([STANDARD.index(one.name) for one in held])
    return float(min(HEATS, key=lambda heat: _loss(scores / heat, truth)))


def _is_held(text: str) -> bool:
    """One text in ten, the same with and without its age."""
    return crc32(text.encode()) % 10 == 0


def unlike(held: Sequence[Example], rest: Sequence[Example]) -> list[Example]:
    """Without texts that have a near copy among the rest: a copy makes a machine look surer than strangers will."""
    pairs = CountVectorizer(analyzer="char", ngram_range=(2, 2), binary=True, lowercase=False)
    around = pairs.fit_transform({one.text for one in rest})
    inside = pairs.transform([one.text for one in held])
    sizes = np.asarray(around.sum(axis=1)).ravel()
    kept = []
    for row, one in enumerate(held):
        shared = (around @ inside[row].T).toarray().ravel()
        if (shared / (sizes + len(set(zip(one.text, one.text[1:], strict=False))) - shared)).max() < ALIKE:
            kept.append(one)
    return kept


def _loss(scores: Array, truth: Array) -> float:
    """Mean negative log likelihood."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(truth)), truth].mean())
