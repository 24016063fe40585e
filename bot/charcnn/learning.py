"""Learning a network with TensorFlow, which rasa brings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.charcnn.reading import FIRST, UNKNOWN, spelt

LEAST = 2  # texts that a character must stand in
TOGETHER, STEP, DECAY, STEEPEST = 128, 3e-3, 1e-2, 1.0
RISING = 0.3  # share of the way on which the steps grow
LEFT_OUT, UNREAD, SEED = 0.3, 0.08, 7  # shares of figures and of characters left out

Array = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Shape:
    """How large a network is and how it learns.

    `kinds` that are told apart, `length` of a text in characters, numbers a character (`signs`), `figures` of the
    second layer and of each width of the first, `widths` and `wide` in characters and places, `rounds` over all texts,
    `doubt`: the share of labels that may be wrong.
    """

    kinds: int
    length: int
    signs: int
    figures: int
    widths: tuple[int, ...]
    rounds: int
    wide: int = 5
    doubt: float = 0.0


def learn(texts: Sequence[Sequence[str]], kinds: Sequence[int], shape: Shape) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a network, as halves; each text in clauses, and its kind beside it."""
    stand = Counter(char for clauses in texts for char in set("".join(clauses)))
    characters = sorted(char for char, count in stand.items() if count >= LEAST)
    numbers = {char: number for number, char in enumerate(characters, FIRST)}
    spelled = ((spelt(numbers, clauses, shape.length), kind) for clauses, kind in zip(texts, kinds, strict=True))
    arrays = _fitted([(said, kind) for said, kind in spelled if said], len(characters) + FIRST, shape)
    return {"characters": np.array(characters), **{name: array.astype(np.float16) for name, array in arrays.items()}}


def write(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Into one file, without pickle."""
    np.savez_compressed(path, **arrays)


def _fitted(known: Sequence[tuple[list[int], int]], many: int, shape: Shape) -> dict[str, Array]:
    """Train, and lay the figures out as they are read."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(SEED)
    net, pick = _net(tf, many, shape), np.random.default_rng(SEED)
    optimizer = tf.keras.optimizers.AdamW(STEP, weight_decay=DECAY, clipnorm=STEEPEST)
    loss = tf.keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=shape.doubt)

    @tf.function(
        input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32)], reduce_retracing=True
    )
    def step(said: Any, kinds: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(tf.one_hot(kinds, shape.kinds), net(said, training=True))
        optimizer.apply_gradients(
            zip(tape.gradient(value, net.trainable_variables), net.trainable_variables)  # noqa: B905 - not in TensorFlow
        )
        return value

    batches = len(range(0, len(known), TOGETHER))
    for done in range(shape.rounds):
        for number, (said, kinds) in enumerate(_batches(known, shape.wide, pick), done * batches):
            optimizer.learning_rate.assign(STEP * _pace(number / (shape.rounds * batches)))
            step(said, kinds)
    return _laid_out(net, shape)


def _net(tf: Any, many: int, shape: Shape) -> Any:
    """The same reading as `reading.CharCnn`, with parts left out by chance while it learns."""
    layers = tf.keras.layers
    said = tf.keras.Input((None,), dtype=tf.int32)
    there = tf.cast(said > 0, tf.float32)[..., None]
    signs = layers.Dropout(LEFT_OUT)(layers.Embedding(many, shape.signs, name="signs")(said) * there)
    near = [
        layers.Conv1D(shape.figures, width, activation="relu", name=f"narrow{width}")(
            layers.ZeroPadding1D((0, width - 1))(signs)
        )
        for width in shape.widths
    ]
    first = (layers.Concatenate()(near) if len(near) > 1 else near[0]) * there
    second = layers.Conv1D(shape.figures, shape.wide, padding="same", activation="relu", name="wide")(first) * there
    loudest = layers.GlobalMaxPooling1D()(layers.Concatenate()([first, second]))
    return tf.keras.Model(said, layers.Dense(shape.kinds, name="out")(layers.Dropout(LEFT_OUT)(loudest)))


def _pace(done: float) -> float:
    """Steps that grow and then shrink to nothing: their share of the longest, when so much of the way is done."""
    if done < RISING:
        return 0.5 - 0.5 * math.cos(math.pi * done / RISING)
    return 0.5 + 0.5 * math.cos(math.pi * (done - RISING) / (1 - RISING))


def _batches(
    known: Sequence[tuple[list[int], int]], shortest: int, pick: np.random.Generator
) -> Iterator[tuple[Numbers, Numbers]]:
    """All texts once, those of a length together, in any order; some characters are not read."""
    order = np.argsort([len(said) + 3 * pick.random() for said, _ in known])
    parts = [order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER)]
    for number in pick.permutation(len(parts)):
        some = [known[one] for one in parts[number]]
        longest = max(shortest, *(len(said) for said, _ in some))
        rows = np.array([said + [0] * (longest - len(said)) for said, _ in some], dtype=np.int32)
        rows[(pick.random(rows.shape) < UNREAD) & (rows > 0)] = UNKNOWN
        yield rows, np.array([kind for _, kind in some], dtype=np.int32)


def _laid_out(net: Any, shape: Shape) -> dict[str, Array]:
    """Each layer as one table: a row for each neighbour's figure."""
    tables = {layer.name: layer.get_weights() for layer in net.layers if layer.get_weights()}
    widest = max(shape.widths)
    narrow = np.concatenate([_widened(tables[f"narrow{width}"][0], widest) for width in shape.widths], axis=1)
    return {
        "signs": tables["signs"][0],
        "narrow": narrow,
        "narrow_offset": np.concatenate([tables[f"narrow{width}"][1] for width in shape.widths]),
        "wide": tables["wide"][0].reshape(-1, shape.figures),
        "wide_offset": tables["wide"][1],
        "out": tables["out"][0],
        "out_offset": tables["out"][1],
    }


def _widened(kernel: Array, widest: int) -> Array:
    """A kernel of (width, signs, figures) as rows for so many neighbours."""
    rows = kernel.reshape(-1, kernel.shape[-1])
    return np.pad(rows, ((0, widest * kernel.shape[1] - len(rows)), (0, 0)))
