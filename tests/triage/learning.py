"""Learns in a process of its own, where TensorFlow may be imported, and holds what was learnt against its reading.

python -m tests.triage.learning
"""

from __future__ import annotations

import numpy as np

from bot.triage.building import whole as building
from bot.triage.building.weighing import Text
from bot.triage.redflags import whole


def same() -> bool:
    """Does the reading of a network, whatever its figures, say what TensorFlow says?"""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    net = building._net(tf, 40)
    read = whole.of({"characters": np.array([chr(0x4E00 + at) for at in range(37)]), **building._laid_out(net)})
    said = ([5, 9, 2, 30, 31, 7], [3], list(range(1, 13)))
    padded = [np.array([one + [0] * (12 - len(one))], dtype=np.int32) for one in said]
    wanted = [net(rows, training=False).numpy()[0] for rows in padded]
    return all(
        np.allclose(whole.categories(read, one), found, atol=1e-4) for one, found in zip(said, wanted, strict=True)
    )


def told_apart() -> bool:
    """Is an emergency more likely one than none, and the other way round, for what it has learnt from?"""
    grave, other = Text("胸口疼得冒冷汗", 1), Text("想挂周五的骨科")
    learnt = whole.of(building.learn([grave, other] * 300))
    first, second = (whole.categories(learnt, whole.spelt(learnt.numbers, [text.words])) for text in (grave, other))
    return bool(first[1] > first[0] and second[1] < second[0])


if __name__ == "__main__":
    print(f"same={same()} told_apart={told_apart()}")
