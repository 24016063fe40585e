"""The intent model: a linear one over features and, where that is not sure, a small network over characters beside it.

They err at different texts. What the linear model is sure of stays as it says, so that it is the same on every machine:
a network learns a little differently on each.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.charcnn import learning, reading
from bot.nlu import training
from bot.nlu.features import DIGITS, READ, Counted, vector
from bot.nlu.linear import LinearModel, softmax
from bot.nlu.text import fold, tidy

NET = "net.npz"
SURE = 0.7  # chance from which the linear model speaks alone
LINEAR, WHOLE = 0.7, 0.3  # shares in the geometric mean of both chances; so the chances stay as often right as they say
LENGTH = 32  # characters that the network reads; who writes more tells a story, and the features read that
SIGNS, FIGURES, WIDTHS, ROUNDS = 64, 96, (2, 3), 8


@dataclass(frozen=True)
class IntentModel:
    """`arrays`: the network's, as `bot.charcnn.learning` gives them; `net` reads with them."""

    linear: LinearModel
    arrays: dict[str, npt.NDArray[Any]]
    net: reading.CharCnn

    def rank(self, typed: str, counted: Counted) -> list[tuple[str, float]]:
        """Intents with calibrated chances, best first."""
        linear = self.linear
        scores = linear.scores(vector(counted, linear.vocabulary, linear.idf)) / linear.temperature
        chances = softmax(scores[None, :])[0]
        said = reading.spelt(self.net.numbers, [read(typed)], LENGTH) if chances.max() < SURE else []
        if said:
            chances = softmax((LINEAR * scores + WHOLE * self.net.speaks(said))[None, :])[0]
        return [(linear.classes[i], float(chances[i])) for i in np.argsort(-chances, kind="stable")]

    def save(self, folder: Path) -> None:
        self.linear.save(folder)
        learning.write(folder / NET, self.arrays)

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Raises ValueError when the model was trained with other features than this code makes."""
        linear = LinearModel.load(folder)
        with np.load(folder / NET, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        return cls(linear, arrays, reading.of(arrays))


def read(typed: str) -> str:
    """What the network sees of a text: folded and tidied as the features do, numbers as 0."""
    return DIGITS.sub("0", tidy(fold(typed[:READ])))


def fit(texts: Sequence[str], sentences: Sequence[Counted], labels: Sequence[str]) -> IntentModel:
    """Learn both side by side; `sentences` are the features of `texts`."""
    with ThreadPoolExecutor() as side:
        linear = side.submit(training.fit, sentences, labels)
        classes = sorted(set(labels))
        shape = learning.Shape(len(classes), LENGTH, SIGNS, FIGURES, WIDTHS, ROUNDS)
        arrays = learning.learn([[read(text)] for text in texts], [classes.index(label) for label in labels], shape)
        return IntentModel(linear.result(), arrays, reading.of(arrays))
