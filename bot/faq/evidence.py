"""What speaks for a person's name at a place: its letters, the words it is or tears, what is beside it. Pure.

Each piece of evidence has a name and an amount; what each weighs was learnt and stands in evidence.yml.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import log
from pathlib import Path

import yaml

from bot.faq import beside
from bot.faq.board import GONE
from bot.faq.guesses import Guess
from bot.faq.likeness import like
from bot.faq.segments import Word, frequency, surname_odds
from bot.faq.surnames import NEVER, RARE, SELDOM

PATH = Path(__file__).with_name("evidence.yml")
JOINS = re.compile(f"{GONE}[和跟与及]$")  # somebody and 田蜜: 和田 is no word there
Evidence = Mapping[str, float]


def evidence(view: str, guess: Guess, cut: Sequence[Word]) -> Evidence:
    """Give all evidence at one place; `cut` are the words of the view."""
    found = dict.fromkeys(_said(view, guess, cut), 1.0)
    found |= _letters(view, guess)
    return found


def _letters(view: str, guess: Guess) -> dict[str, float]:
    """How well the letters would stand in a name, and how usual the whole is as a word."""
    given = view[guess.given : guess.end]
    likes = [like(letter) for letter in given]
    return {
        f"given_{len(given)}_mean": sum(likes) / len(likes),
        f"{guess.make}_least": min(likes),
        "surname": surname_odds(view[guess.start]) if guess.given == guess.start + 1 else 0.0,
        "never": float(len((NEVER - SELDOM) & set(given))),
        "seldom": float(len(SELDOM & set(given))),
        "usual": log(1 + frequency(view[guess.start : guess.end])) / 5,
        "usual_given": log(1 + frequency(given)) / 5 if len(given) > 1 and guess.given > guess.start else 0.0,
    }


def _said(view: str, guess: Guess, cut: Sequence[Word]) -> Iterator[str]:
    """Everything that is there or is not."""
    yield f"make:{guess.make}{guess.end - guess.given}{'+' if guess.given > guess.start + 1 else ''}"
    if guess.given == guess.start + 1 and view[guess.start] in RARE:
        yield "rare"
    touched = _touched(guess, cut)
    word = _whole(guess, touched)
    yield f"seen:{_seen(view[guess.start : guess.end])}"
    yield f"word:{word}"
    if guess.make == "twin":
        yield f"twin_of:{beside.tag(view[guess.start], 0)}"
    yield from _torn(view, guess, touched)
    left, right = beside.left(view, guess), beside.right(view, guess)
    yield from (f"left:{kind}" for kind in left)
    yield from (f"right:{kind}" for kind in right)
    yield from beside.tags(view, guess)
    yield f"{word}:{beside.strength(left, right)}"
    yield f"{guess.make}:{beside.strength(left, right)}"
    yield f"{guess.make}:{word}"


def _seen(text: str) -> int:
    """How often the dictionary has seen the whole: the power of ten, 0 = never."""
    return len(str(frequency(text))) * bool(frequency(text))


def _touched(guess: Guess, cut: Sequence[Word]) -> Sequence[Word]:
    """The words that have a letter in it."""
    first = bisect_right(cut, guess.start, key=lambda word: word.start) - 1
    return cut[first : bisect_left(cut, guess.end, key=lambda word: word.start)]


def _whole(guess: Guess, touched: Sequence[Word]) -> str:
    """What the words take the whole for: a name, a word of every day, a place, nothing."""
    for word in touched:
        if (word.start, word.end) == (guess.start, guess.end):
            if word.flag in {"nr", "nrt", "nrfg"}:
                return "name" if word.known else "unknown_name"
            if not word.known:
                return "unknown"
            return word.flag[:2] if word.flag[:2] in {"ns", "nz", "nt"} else word.flag[:1]
    return "several"


def _torn(view: str, guess: Guess, touched: Sequence[Word]) -> Iterator[str]:
    """Known words that a name there would tear, and whether the given name is a word or a name to the dictionary."""
    for word in touched:
        kind = ("name" if word.flag.startswith("nr") else "word") if word.known else "unknown"
        if word.start < guess.start and not JOINS.search(view, 0, guess.start):
            yield f"tears_before:{kind}"
        if word.end > guess.end:
            yield f"tears_behind:{kind}"
        if (word.start, word.end) == (guess.given, guess.end) and guess.given > guess.start and len(word.text) > 1:
            yield f"given:{'name' if word.flag.startswith('nr') else word.flag[:1] if word.known else 'unknown'}"


@lru_cache(maxsize=1)
def weights() -> dict[str, float]:
    """What each piece of evidence weighs (evidence.yml)."""
    read: dict[str, float] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return read


def weigh(found: Evidence) -> float:
    """The sum: above 0 it is rather a name than not (log odds)."""
    known = weights()
    return known["always"] + sum(known.get(kind, 0.0) * amount for kind, amount in found.items())
