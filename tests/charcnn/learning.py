"""Learns in a process of its own, where TensorFlow may be imported, and holds what was learnt against its reading.

python -m tests.charcnn.learning
"""

from __future__ import annotations

import numpy as np

from bot.charcnn import learning, reading

TEXTS = [["胸口疼", "冒冷汗"], ["想挂周五的骨科"], ["停车场在哪"]]
SHAPE = learning.Shape(kinds=3, length=40, signs=16, figures=24, widths=(2, 3, 4), rounds=6)


def same(shape: learning.Shape) -> bool:
    """Does the reading of a network, whatever its figures, say what TensorFlow says?"""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    net = learning._net(tf, 40, shape)
    characters = np.array([chr(0x4E00 + at) for at in range(37)])
    read = reading.of({"characters": characters, **learning._laid_out(net, shape)})
    said = ([5, 9, 2, 30, 31, 7], [3], list(range(1, 13)))
    padded = [np.array([one + [0] * (12 - len(one))], dtype=np.int32) for one in said]
    wanted = [net(rows, training=False).numpy()[0] for rows in padded]
    return all(np.allclose(read.speaks(one), found, atol=1e-4) for one, found in zip(said, wanted, strict=True))


def told_apart() -> bool:
    """Is each kind the likeliest for what it has learnt it from?"""
    learnt = reading.of(learning.learn(TEXTS * 200, [0, 1, 2] * 200, SHAPE))
    spelt = (reading.spelt(learnt.numbers, clauses, SHAPE.length) for clauses in TEXTS)
    return [int(learnt.speaks(said).argmax()) for said in spelt] == [0, 1, 2]


def again() -> bool:
    """Does the same come out of the same texts, to the last bit?"""
    first, second = (learning.learn(TEXTS * 200, [0, 1, 2] * 200, SHAPE) for _ in range(2))
    return all(np.array_equal(first[name], second[name]) for name in first)


if __name__ == "__main__":
    one_width = learning.Shape(kinds=2, length=40, signs=8, figures=8, widths=(3,), rounds=1, wide=3)
    print(f"same={same(SHAPE)} same={same(one_width)} told_apart={told_apart()} again={again()}")
