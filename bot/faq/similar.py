"""How much alike two questions are: the share of character pairs and Latin words that they have in common. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.faq import text as words


def grams(text: str) -> frozenset[str]:
    """Pairs and words of a text; of a single character the character."""
    found = words.query(text)
    return frozenset(found.pairs + found.words) or frozenset(found.single)


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """0 = nothing in common, 1 = the same pairs."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0


def groups(texts: Sequence[str], *, least: float) -> list[list[int]]:
    """Places of texts that are alike, each text in one group: with the first group whose first text is like it."""
    found: list[tuple[frozenset[str], list[int]]] = []
    for place, text in enumerate(texts):
        own = grams(text)
        home = next((members for first, members in found if alike(first, own) >= least), None)
        if home is None:
            found.append((own, [place]))
        else:
            home.append(place)
    return [members for _, members in found]
