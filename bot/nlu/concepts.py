"""Which groups of like-meaning words (concepts.yml) a folded text holds, and of which it consists."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import ahocorasick
import yaml

FILE = Path(__file__).with_suffix(".yml")
EMPTY = frozenset(
    "了吧啊呀呢吗嘛哦哈啦的呗哟喽咯么嘞哒滴诶欸唉哎哇就那我你您也都很真挺 "
)  # add nothing to a word of a group


@lru_cache(maxsize=1)
def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    groups: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    meanings: dict[str, list[str]] = {}
    for group, words in groups.items():
        for word in words:
            meanings.setdefault(word, []).append(group)
    for word, names in meanings.items():
        automaton.add_word(word, (len(word), names))
    automaton.make_automaton()
    return automaton


def find(folded: str) -> dict[str, bool]:
    """The groups in alphabetical order; True where the text holds nothing beside words of that group.

    >>> find("做个胃镜多少钱"), find("多少钱呀")
    ({'price': False}, {'price': True})
    """
    covered: dict[str, set[int]] = defaultdict(set)
    for end, (length, groups) in _automaton().iter(folded):
        for group in groups:
            covered[group].update(range(end - length + 1, end + 1))
    words = {i for i, char in enumerate(folded) if char not in EMPTY}
    return {group: words <= places for group, places in sorted(covered.items())}
