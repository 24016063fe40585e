"""Which groups of like-meaning words (concepts.yml) a folded text holds."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import ahocorasick
import yaml

FILE = Path(__file__).with_suffix(".yml")


@lru_cache(maxsize=1)
def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    groups: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    meanings: dict[str, list[str]] = {}
    for group, words in groups.items():
        for word in words:
            meanings.setdefault(word, []).append(group)
    for word, names in meanings.items():
        automaton.add_word(word, names)
    automaton.make_automaton()
    return automaton


def find(folded: str) -> list[str]:
    """The groups in alphabetical order, each once.

    >>> find("做个胃镜多少钱")
    ['price']
    """
    return sorted({group for _, groups in _automaton().iter(folded) for group in groups})
