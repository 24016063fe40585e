"""Which groups of like-meaning words (concepts.yml) a folded text holds, consists of, and sounds like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import ahocorasick
import yaml

from bot.nlu.sounds import syllables

FILE = Path(__file__).with_suffix(".yml")
EMPTY = frozenset(
    "了吧啊呀呢吗嘛哦哈啦的呗哟喽咯么嘞哒滴诶欸唉哎哇就那我你您也都很真挺 "
)  # add nothing to a word of a group
TALK = frozenset("agree bye hello praise refuse thanks you".split())  # said about the talk, not about the hospital


def _groups() -> Iterable[tuple[str, str]]:
    """Each word with its group."""
    groups: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return ((word, group) for group, words in groups.items() for word in words)


@lru_cache(maxsize=1)
def _automaton() -> Any:
    return _compiled(_groups())


@lru_cache(maxsize=1)
def _sounds() -> Any:
    """Words of one syllable sound like too much to mean anything."""
    spoken = ((syllables(word), group) for word, group in _groups() if not word.isascii())
    return _compiled((_line(parts), group) for parts, group in spoken if len(parts) > 1)


def _compiled(words: Iterable[tuple[str, str]]) -> Any:
    automaton = ahocorasick.Automaton()
    meanings: dict[str, list[str]] = {}
    for word, group in words:
        meanings.setdefault(word, []).append(group)
    for word, groups in meanings.items():
        automaton.add_word(word, (len(word), groups))
    automaton.make_automaton()
    return automaton


def _line(parts: Sequence[str]) -> str:
    return f"_{'_'.join(parts)}_"


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


def heard(parts: Sequence[str]) -> list[str]:
    """The groups of which a word is heard in the syllables of a text, however they are written.

    >>> heard(["tui", "hao"])
    ['cancel']
    """
    return sorted({group for _, (_, groups) in _sounds().iter(_line(parts)) for group in groups})
