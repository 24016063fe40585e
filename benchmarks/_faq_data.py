"""The FAQ benchmark's data: the real questions of $PEIZHEN_DATA, and a million made by crossing them."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NOISE_TITLE, NOISE_ANSWER = 0.12, 0.05  # share of characters of a made entry that are any character of the corpus


@dataclass(frozen=True)
class Questions:
    """A corpus and what is asked of it: entries are (id, question, answer), queries (text, right ids)."""

    name: str
    entries: list[tuple[str, str, str]]
    queries: list[tuple[str, frozenset[str]]]


def folder() -> Path:
    return Path(os.environ.get("PEIZHEN_DATA", ROOT.parent / "shared" / "data"))


def load(name: str) -> Questions:
    """Read `NAME_corpus.jsonl` and `NAME_dev.jsonl`. Raises FileNotFoundError."""
    corpus, asked = _lines(f"{name}_corpus.jsonl"), _lines(f"{name}_dev.jsonl")
    entries = [(item["id"], item["question"], item.get("answer") or "-") for item in corpus]
    return Questions(name, entries, [(item["query"], frozenset(item["relevant"])) for item in asked])


def strangers() -> list[str]:
    """What real people say that no entry answers: talk and matters of other trades."""
    return [item["text"] for item in _lines("utterances_dev.jsonl") if item["intent"] in {"out_of_scope", "chitchat"}]


def _lines(name: str) -> list[dict[str, Any]]:
    path = folder() / name
    if not path.is_file():
        raise FileNotFoundError(path)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def crossed(real: Questions, total: int) -> Iterator[tuple[str, str, str]]:
    """Give the real entries and then made ones: half of one question and of another, some characters at random."""
    yield from real.entries
    dice = random.Random(7)
    letters = "".join(sorted({char for _, question, _ in real.entries for char in question}))
    for number in range(len(real.entries), total):
        (_, first, answer), (_, second, other) = dice.choice(real.entries), dice.choice(real.entries)
        title = _noisy(dice, first[: len(first) // 2] + second[len(second) // 2 :], NOISE_TITLE, letters)
        text = _noisy(dice, answer[: len(answer) // 2] + other[len(other) // 2 :], NOISE_ANSWER, letters)
        yield f"made{number}", title, text


def _noisy(dice: random.Random, text: str, share: float, letters: str) -> str:
    chars = list(text)
    for _ in range(int(len(chars) * share + 0.5)):
        chars[dice.randrange(len(chars))] = dice.choice(letters)
    return "".join(chars)
