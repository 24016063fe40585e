"""Fitting of the linear model. The only module that imports scikit-learn, and only when called."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.nlu.features import Counted, vector
from bot.nlu.linear import LinearModel, softmax

C = 2.0  # inverse regularisation; 1 to 10 measured alike
KEPT = 300_000  # features with the largest weights; the rest says nothing
PARTS = 3  # of which one is held out for the temperature
TEMPERATURES = np.geomspace(0.02, 2.0, 60)
TOLERANCE = 0.01  # half the time of the default 0.0001, the same figures
SEED = 20261121


def fit(sentences: Sequence[Counted], labels: Sequence[str]) -> LinearModel:
    """One-against-rest linear SVM, calibrated by one temperature on a held-out part.

    Classes are not balanced: what people ask most has the most examples; it measured better that way.
    """
    classes = sorted(set(labels))
    truth = np.array([classes.index(label) for label in labels])
    vocabulary, idf = _vocabulary(sentences)
    matrix = _matrix(sentences, vocabulary, idf)
    with ThreadPoolExecutor() as side:  # liblinear works without Python's lock: both machines learn at once
        warmth = side.submit(_temperature, matrix, truth, len(classes))
        coef, intercept = _separate(matrix, truth, len(classes))
        temperature = warmth.result()
    kept = np.sort(np.argsort(-np.abs(coef).max(axis=1), kind="stable")[:KEPT])
    words = list(vocabulary)
    lean = {words[old]: new for new, old in enumerate(kept)}
    return LinearModel(
        classes, lean, idf[kept], coef[kept].astype(np.float16), intercept.astype(np.float32), temperature
    )


def _vocabulary(sentences: Sequence[Counted]) -> tuple[dict[str, int], NDArray[np.float32]]:
    seen: Counter[str] = Counter(f"{b}{t}" for counted in sentences for b, tokens in counted.items() for t in tokens)
    words = sorted(seen)
    total = len(sentences)
    idf = [1 + math.log((1 + total) / (1 + seen[word])) for word in words]
    return {word: i for i, word in enumerate(words)}, np.array(idf, dtype=np.float32)


def _matrix(sentences: Sequence[Counted], vocabulary: dict[str, int], idf: NDArray[np.float32]) -> csr_matrix:
    values, columns, ends = array("d"), array("i"), array("i", [0])  # numbers, not objects: there are millions
    for counted in sentences:
        row = vector(counted, vocabulary, idf)
        columns.extend(row.keys())
        values.extend(row.values())
        ends.append(len(columns))
    parts = (np.asarray(values), np.asarray(columns), np.asarray(ends))
    return csr_matrix(parts, shape=(len(sentences), len(vocabulary)), dtype=np.float64)


def _separate(matrix: csr_matrix, truth: NDArray[Any], classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights (features × classes) and intercepts; two classes are one plane and its mirror image."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=C, tol=TOLERANCE, random_state=SEED).fit(matrix, truth)
    coef, intercept = np.zeros((matrix.shape[1], classes)), np.full(classes, -10.0)
    if len(machine.coef_) == 1:
        coef[:, machine.classes_] = np.vstack([-machine.coef_, machine.coef_]).T
        intercept[machine.classes_] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        coef[:, machine.classes_], intercept[machine.classes_] = machine.coef_.T, machine.intercept_
    return coef, intercept


def _temperature(matrix: csr_matrix, truth: NDArray[Any], classes: int) -> float:
    """The temperature with the least log loss on sentences that a machine of the others has not seen."""
    scores, truth = held_out_scores(matrix, truth, classes)
    rows = np.arange(len(truth))
    losses = [-np.log(softmax(scores / t)[rows, truth] + 1e-12).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def held_out_scores(matrix: csr_matrix, truth: NDArray[Any], classes: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Scores of a part of the sentences by a machine of the others, and the part's intents.

    Where some intent has a single example nothing can be held out.
    """
    from sklearn.model_selection import StratifiedKFold

    parts = min(PARTS, int(np.bincount(truth).min()))
    rows = np.arange(len(truth))
    folds = StratifiedKFold(parts, shuffle=True, random_state=SEED).split(rows, truth) if parts > 1 else [(rows, rows)]
    train, test = next(iter(folds))
    coef, intercept = _separate(matrix[train], truth[train], classes)
    return np.asarray(matrix[test] @ coef + intercept), truth[test]
