"""The network is read as it was learnt, from a file as from memory, and whatever the text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot import train
from bot.charcnn import learning, reading
from tests.charcnn import learning as learns


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """Of a network that nobody taught: two signs a character, three figures, first layer over two, second over three."""
    pick = np.random.default_rng(1)
    sizes = {"signs": (6, 2), "narrow": (4, 3), "narrow_offset": (3,), "wide": (9, 3), "wide_offset": (3,)}
    sizes |= {"out": (6, 4), "out_offset": (4,)}
    figures = {name: pick.normal(size=size).astype(np.float16) for name, size in sizes.items()}
    return {"characters": np.array(["疼", "胸", "口"]), **figures}


def test_it_is_read_as_it_was_learnt_tells_apart_and_is_learnt_the_same_twice() -> None:
    called = subprocess.run(
        [sys.executable, "-m", learns.__name__],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **train.PLAIN},
    )
    assert called.stdout.split() == ["same=True", "same=True", "told_apart=True", "again=True"]


def test_a_file_says_what_memory_says_and_holds_no_pickle(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    learning.write(tmp_path / "net.npz", arrays)
    kept, known = reading.load(tmp_path / "net.npz"), reading.of(arrays)
    assert kept.numbers == known.numbers
    assert np.array_equal(kept.speaks([3, 4, 5]), known.speaks([3, 4, 5]))
    with np.load(tmp_path / "net.npz", allow_pickle=False) as stored:
        assert {stored[name].dtype.kind for name in stored.files} == {"f", "U"}


@pytest.mark.parametrize("said", [[1], [3, 1], [3, 4, 5, 3, 4, 5, 1, 1]])
def test_the_shortest_text_is_read_too(arrays: dict[str, np.ndarray], said: list[int]) -> None:
    assert reading.of(arrays).speaks(said).shape == (4,)


def test_clauses_are_parted_unknown_characters_stand_for_themselves_and_the_end_is_cut() -> None:
    numbers = {"胸": 3, "疼": 4}
    assert reading.spelt(numbers, ["胸疼", "怎"], 9) == [3, 4, reading.BETWEEN, reading.UNKNOWN]
    assert reading.spelt(numbers, ["胸疼", "怎"], 3) == [3, 4, reading.BETWEEN]
    assert reading.spelt(numbers, [], 9) == []
