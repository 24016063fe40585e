"""Many words for one thing: 发热, 高烧 → 发烧. Pure; the list is ours (synonyms.yml)."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

PATH = Path(__file__).with_name("synonyms.yml")


def plain(folded: str) -> str:
    """Say the text in the one word for each thing, longest wordings first."""
    pattern, words = _table()
    return pattern.sub(lambda found: words[found[0]], folded)


def spans(folded: str) -> list[tuple[int, int, str]]:
    """Where a word of the list stands, as (start, end, the one word for it)."""
    pattern, words = _table()
    return [(found.start(), found.end(), words[found[0]]) for found in pattern.finditer(folded)]


@lru_cache(maxsize=1)
def _table() -> tuple[re.Pattern[str], dict[str, str]]:
    groups: dict[str, str] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    first: dict[str, str] = {}
    for word, others in groups.items():
        for other in others.split():
            first.setdefault(other, word)
    words = {word: _last(word, first) for word in first}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first))), words


def _last(word: str, first: dict[str, str]) -> str:
    """Follow the list from group to group; a ring stops where it began."""
    seen: set[str] = set()
    while word in first and word not in seen:
        seen.add(word)
        word = first[word]
    return word


def words_in(folded: str) -> list[str]:
    """Which of the one words for a thing a text says itself."""
    _, words = _table()
    return sorted({word for word in words.values() if word in folded})
