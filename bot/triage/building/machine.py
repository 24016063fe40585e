"""The linear machine: tf-idf of character n-grams and the age; per department two machines, added to one.

The support vector machine puts the right department first more often, the logistic regression has it among the first
three more often; their sum is as good as the better of the two in both.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.triage.building.examples import Example
from bot.triage.departments.features import age_feature, grams
from bot.triage.departments.table import Array
from bot.triage.names import STANDARD

TERMS = 30_000
LEAST_TEXTS = 4  # an n-gram of fewer texts does not ship: nothing of one person's text can
COST, ROUNDS = 0.5, 300  # of the support vector machine
ODDS_COST, ODDS_ROUNDS = 8.0, 100  # of the regression
ODDS_SHARE = 0.1  # of the regression in the sum: its figures are some five times as long, so it weighs half as much
TOLERANCE, SEED = 0.05, 7
AGE_VALUE = 0.5  # value of the age feature beside a text of length 1


def vocabulary(examples: Sequence[Example]) -> tuple[list[str], Array]:
    """N-grams of enough different texts with their idf, plus the age features."""
    counts = Counter(gram for text in {one.text for one in examples} for gram in grams(text))
    texts = len({one.text for one in examples})
    terms = sorted(gram for gram, count in counts.items() if count >= LEAST_TEXTS)
    idf = [math.log((1 + texts) / (1 + counts[term])) + 1 for term in terms]
    ages = sorted({age_feature(age) or "" for age in range(0, 100, 10)})
    return terms + ages, np.array(idf + [0.0] * len(ages), dtype=np.float32)


def matrix(examples: Iterable[Example], terms: Sequence[str], idf: Array) -> csr_matrix:
    """Sparse rows [examples, terms], each text of length 1, the age feature beside it."""
    rows = {term: row for row, term in enumerate(terms)}
    lines = [_line(one, rows, idf) for one in examples]
    ends = np.cumsum([0, *(len(at) for at, _ in lines)])
    at, value = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    return csr_matrix((value, at, ends), shape=(len(lines), len(terms)), dtype=np.float32)


def _line(one: Example, rows: dict[str, int], idf: Array) -> tuple[Array, Array]:
    """Term numbers and values of one text."""
    at = np.array(sorted(rows[gram] for gram in grams(one.text) if gram in rows), dtype=np.int32)
    value = idf[at] / (np.sqrt(np.square(idf[at]).sum()) or 1.0)
    row = rows.get(age_feature(one.age) or "")
    return (at, value) if row is None else (np.append(at, row), np.append(value, AGE_VALUE))


def train(features: csr_matrix, examples: Sequence[Example]) -> Array:
    """Weights [terms + 1, departments], the last row the bias. A department without an example never comes up."""
    weights = np.zeros((features.shape[1] + 1, len(STANDARD)), dtype=np.float32)
    weights[-1] = -9
    for name in {one.name for one in examples}:
        weights[:, STANDARD.index(name)] = _against_the_rest(name, features, examples)
    return weights


def _against_the_rest(name: str, features: csr_matrix, examples: Sequence[Example]) -> Array:
    """One department's weights and bias. A text for which it is as good as another department teaches it nothing."""
    rows = [row for row, one in enumerate(examples) if name not in one.also]
    truth = [examples[row].name == name for row in rows]
    parts = [examples[row].weight for row in rows]
    support = LinearSVC(C=COST, max_iter=ROUNDS, tol=TOLERANCE, random_state=SEED)
    odds = LogisticRegression(
        C=ODDS_COST, solver="liblinear", dual=True, max_iter=ODDS_ROUNDS, tol=TOLERANCE, random_state=SEED
    )
    sides = [machine.fit(features[rows], truth, sample_weight=parts) for machine in (support, odds)]
    margin, chance = (np.append(side.coef_[0], side.intercept_) for side in sides)
    return margin + ODDS_SHARE * chance


def strongest(terms: Sequence[str], idf: Array, weights: Array) -> tuple[list[str], Array]:
    """The n-grams that move a score most, and every age feature."""
    force = np.abs(weights[:-1]).max(axis=1) * idf
    force[[row for row, term in enumerate(terms) if term.startswith("#")]] = np.inf
    rows = np.sort(np.argsort(-force)[:TERMS])
    return [terms[row] for row in rows], idf[rows]


def margins(features: csr_matrix, weights: Array) -> Array:
    """Scores [texts, departments] before calibration."""
    scores: Array = features @ weights[:-1] + weights[-1]
    return scores
