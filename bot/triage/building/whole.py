"""Learns what a message says as a whole: two layers of figures over its characters, on the texts of the second net."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.triage.building.weighing import Text
from bot.triage.redflags.weighing import pieces
from bot.triage.redflags.whole import FIRST, NARROW, UNKNOWN, WIDE, spelt
from bot.triage.text import normalise

LEAST = 2  # texts that a character must stand in
SIGNS, FIGURES = 96, 160  # numbers for a character; figures of a layer, and of each width of the first
WIDTHS = (2, 3, NARROW)
KINDS = 31  # no emergency, and the thirty categories
ROUNDS, TOGETHER, STEP, DECAY, STEEPEST = 6, 128, 3e-3, 1e-2, 1.0
RISING = 0.3  # share of the way on which the steps grow
LEFT_OUT, UNREAD, DOUBT, SEED = 0.3, 0.08, 0.02, 7  # shares of figures and characters left out; share of wrong labels

Array = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int32]


def learn(texts: Sequence[Text]) -> dict[str, Any]:
    """The arrays of whole.npz."""
    cuts = [
        [normal.text[part.start : part.end] for part in pieces(normal)]
        for normal in (normalise(text.words) for text in texts)
    ]
    stand = Counter(char for clauses in cuts for char in set("".join(clauses)))
    characters = sorted(char for char, count in stand.items() if count >= LEAST)
    numbers = {char: number for number, char in enumerate(characters, FIRST)}
    known = [(said, text.category) for text, cut in zip(texts, cuts, strict=True) if (said := spelt(numbers, cut))]
    return {"characters": np.array(characters), **_fitted(known, len(characters) + FIRST)}


def write(path: Path, arrays: dict[str, Any]) -> None:
    """Half precision is enough: the odds differ by less than a hundredth."""
    kept = {name: array if name == "characters" else array.astype(np.float16) for name, array in arrays.items()}
    np.savez_compressed(path, **kept)


def _fitted(known: Sequence[tuple[list[int], int]], many: int) -> dict[str, Array]:
    """Train with TensorFlow, which rasa brings, and lay the figures out as they are read."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(SEED)
    net, pick = _net(tf, many), np.random.default_rng(SEED)
    optimizer = tf.keras.optimizers.AdamW(STEP, weight_decay=DECAY, clipnorm=STEEPEST)
    loss = tf.keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=DOUBT)

    @tf.function(
        input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32)], reduce_retracing=True
    )
    def step(said: Any, kinds: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(tf.one_hot(kinds, KINDS), net(said, training=True))
        optimizer.apply_gradients(
            zip(tape.gradient(value, net.trainable_variables), net.trainable_variables)  # noqa: B905 - not in TensorFlow
        )
        return value

    batches = len(range(0, len(known), TOGETHER))
    for done in range(ROUNDS):
        for number, (said, kinds) in enumerate(_batches(known, pick), done * batches):
            optimizer.learning_rate.assign(STEP * _pace(number / (ROUNDS * batches)))
            step(said, kinds)
    return _laid_out(net)


def _net(tf: Any, many: int) -> Any:
    """The same reading as `redflags/whole.py`, with parts left out by chance while it learns."""
    layers = tf.keras.layers
    said = tf.keras.Input((None,), dtype=tf.int32)
    there = tf.cast(said > 0, tf.float32)[..., None]
    signs = layers.Dropout(LEFT_OUT)(layers.Embedding(many, SIGNS, name="signs")(said) * there)
    near = [
        layers.Conv1D(FIGURES, width, activation="relu", name=f"narrow{width}")(
            layers.ZeroPadding1D((0, width - 1))(signs)
        )
        for width in WIDTHS
    ]
    first = layers.Concatenate()(near) * there
    second = layers.Conv1D(FIGURES, WIDE, padding="same", activation="relu", name="wide")(first) * there
    loudest = layers.GlobalMaxPooling1D()(layers.Concatenate()([first, second]))
    return tf.keras.Model(said, layers.Dense(KINDS, name="out")(layers.Dropout(LEFT_OUT)(loudest)))


def _pace(done: float) -> float:
    """Steps that grow and then shrink to nothing: their share of the longest, when so much of the way is done."""
    if done < RISING:
        return 0.5 - 0.5 * math.cos(math.pi * done / RISING)
    return 0.5 + 0.5 * math.cos(math.pi * (done - RISING) / (1 - RISING))


def _batches(known: Sequence[tuple[list[int], int]], pick: np.random.Generator) -> Iterator[tuple[Numbers, Numbers]]:
    """All texts once, those of a length together, in any order; some characters are not read."""
    order = np.argsort([len(said) + 3 * pick.random() for said, _ in known])
    parts = [order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER)]
    for number in pick.permutation(len(parts)):
        some = [known[one] for one in parts[number]]
        longest = max(WIDE, *(len(said) for said, _ in some))
        rows = np.array([said + [0] * (longest - len(said)) for said, _ in some], dtype=np.int32)
        rows[(pick.random(rows.shape) < UNREAD) & (rows > 0)] = UNKNOWN
        yield rows, np.array([kind for _, kind in some], dtype=np.int32)


def _laid_out(net: Any) -> dict[str, Array]:
    """Each layer as one table: a row for each neighbour's figure."""
    tables = {layer.name: layer.get_weights() for layer in net.layers if layer.get_weights()}
    narrow = np.concatenate([_widened(tables[f"narrow{width}"][0]) for width in WIDTHS], axis=1)
    return {
        "signs": tables["signs"][0],
        "narrow": narrow,
        "narrow_offset": np.concatenate([tables[f"narrow{width}"][1] for width in WIDTHS]),
        "wide": tables["wide"][0].reshape(-1, FIGURES),
        "wide_offset": tables["wide"][1],
        "out": tables["out"][0],
        "out_offset": tables["out"][1],
    }


def _widened(kernel: Array) -> Array:
    """A kernel of (width, signs, figures) as rows for NARROW neighbours."""
    rows = kernel.reshape(-1, kernel.shape[-1])
    return np.pad(rows, ((0, NARROW * kernel.shape[1] - len(rows)), (0, 0)))
