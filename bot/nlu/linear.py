"""A trained linear intent model: scoring with numpy alone, stored as npz + json (no pickle)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.features import VERSION

ARRAYS, WORDS = "weights.npz", "words.json"


@dataclass(frozen=True)
class LinearModel:
    """`coef` is features × classes, so that a sentence reads a few hundred contiguous rows; halves are exact enough."""

    classes: list[str]
    vocabulary: dict[str, int]
    idf: NDArray[np.float32]
    coef: NDArray[np.float16]
    intercept: NDArray[np.float32]
    temperature: float  # scores are divided by it before the softmax; fitted on held-out folds

    def scores(self, vector: dict[int, float]) -> NDArray[np.float64]:
        """One raw score per class."""
        if not vector:
            return self.intercept.astype(np.float64)
        rows = np.fromiter(vector.keys(), dtype=np.int64, count=len(vector))
        values = np.fromiter(vector.values(), dtype=np.float32, count=len(vector))
        scores: NDArray[np.float64] = (values @ self.coef[rows].astype(np.float32) + self.intercept).astype(np.float64)
        return scores

    def save(self, folder: Path) -> None:
        np.savez_compressed(folder / ARRAYS, idf=self.idf, coef=self.coef, intercept=self.intercept)
        words: dict[str, Any] = {
            "version": VERSION,
            "classes": self.classes,
            "vocabulary": sorted(self.vocabulary, key=self.vocabulary.__getitem__),
            "temperature": self.temperature,
        }
        (folder / WORDS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        """Raises ValueError when the model was trained with other features than this code makes."""
        words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        if words["version"] != VERSION:
            raise ValueError(f"model has features {words['version']}, code has {VERSION}: train again")
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            idf, coef, intercept = (arrays[name] for name in ("idf", "coef", "intercept"))
        vocabulary = {word: i for i, word in enumerate(words["vocabulary"])}
        return cls(words["classes"], vocabulary, idf, coef, intercept, float(words["temperature"]))


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise, stable."""
    lifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: NDArray[np.float64] = lifted / lifted.sum(axis=1, keepdims=True)
    return chances
