"""Fitting of the intent model. The only module that imports scikit-learn, and only when called."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.nlu.features import vector
from bot.nlu.linear import LinearModel, softmax

Counted = dict[str, "Counter[str]"]  # bot.nlu.features.blocks of one sentence
C = 2.0  # inverse regularisation; 1 to 10 measured alike
MIN_SEEN = 2  # sentences that hold a token; dropping the rest costs nothing and is a third of the size
FOLDS = 3  # for the temperature
TEMPERATURES = np.geomspace(0.02, 2.0, 60)
SEED = 20261121


def fit(sentences: Sequence[Counted], labels: Sequence[str]) -> LinearModel:
    """One-against-rest linear SVM, calibrated by one temperature on held-out folds.

    Classes are not balanced: what people ask most has the most examples; it measured better that way.
    """
    classes = sorted(set(labels))
    truth = np.array([classes.index(label) for label in labels])
    vocabulary, idf = _vocabulary(sentences)
    matrix = _matrix(sentences, vocabulary, idf)
    coef, intercept = _separate(matrix, truth, len(classes))
    temperature = _temperature(matrix, truth, len(classes))
    return LinearModel(classes, vocabulary, idf, coef.astype(np.float32), intercept.astype(np.float32), temperature)


def _vocabulary(sentences: Sequence[Counted]) -> tuple[dict[str, int], NDArray[np.float32]]:
    seen: Counter[str] = Counter(f"{b}{t}" for counted in sentences for b, tokens in counted.items() for t in tokens)
    words = sorted(word for word, count in seen.items() if count >= MIN_SEEN)
    total = len(sentences)
    idf = [1 + math.log((1 + total) / (1 + seen[word])) for word in words]
    return {word: i for i, word in enumerate(words)}, np.array(idf, dtype=np.float32)


def _matrix(sentences: Sequence[Counted], vocabulary: dict[str, int], idf: NDArray[np.float32]) -> csr_matrix:
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for counted in sentences:
        row = vector(counted, vocabulary, idf)
        columns += row.keys()
        values += row.values()
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(sentences), len(vocabulary)), dtype=np.float64)


def _separate(matrix: csr_matrix, truth: NDArray[Any], classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights (features × classes) and intercepts; two classes are one plane and its mirror image."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=C, random_state=SEED).fit(matrix, truth)
    coef, intercept = np.zeros((matrix.shape[1], classes)), np.full(classes, -10.0)
    if len(machine.coef_) == 1:
        coef[:, machine.classes_] = np.vstack([-machine.coef_, machine.coef_]).T
        intercept[machine.classes_] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        coef[:, machine.classes_], intercept[machine.classes_] = machine.coef_.T, machine.intercept_
    return coef, intercept


def held_out_scores(matrix: csr_matrix, truth: NDArray[Any], classes: int) -> NDArray[np.float64]:
    """Scores of each sentence by a machine that did not see it."""
    from sklearn.model_selection import StratifiedKFold

    folds = min(FOLDS, int(np.bincount(truth).min()))
    scores = np.zeros((len(truth), classes))
    if folds == 1:  # some intent has a single example: nothing can be held out
        coef, intercept = _separate(matrix, truth, classes)
        return np.asarray(matrix @ coef + intercept)
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=SEED).split(matrix, truth):
        coef, intercept = _separate(matrix[train], truth[train], classes)
        scores[test] = matrix[test] @ coef + intercept
    return scores


def _temperature(matrix: csr_matrix, truth: NDArray[Any], classes: int) -> float:
    """The temperature with the least log loss on held-out folds."""
    scores = held_out_scores(matrix, truth, classes)
    rows = np.arange(len(truth))
    losses = [-np.log(softmax(scores / t)[rows, truth] + 1e-12).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])
