"""How an entry sounds and how its pinyin begins, so that 感帽, ganmao and gxy find what was meant. Pure."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bot.faq.codes import FIRST_HAN, GAP, LAST_HAN, Codes
from bot.triage import sounds

INITIALS = (2, 6)  # letters of a query that may stand for the beginnings of syllables: gm, gxy
GRAMS = (2, 3)  # letters of one indexed piece of the beginnings
LONGEST_PINYIN = 40  # letters that are read as syllables


def of(codes: Codes) -> Codes:
    """Give the sound of each character; what is no Han character is GAP."""
    heard: Codes = _sounds()[codes]
    return heard


def letters(codes: Codes) -> str:
    """Give the first letter of each syllable; a blank for what has none."""
    return _first()[codes].tobytes().decode("ascii")


def grams(first: str) -> list[str]:
    """Cut beginnings of syllables into the pieces that the index holds."""
    pieces = {first[at : at + size] for size in GRAMS for at in range(len(first) - size + 1)}
    return sorted(piece for piece in pieces if " " not in piece)


def read(run: str) -> str | None:
    """Read a Latin run as pinyin (ganmao → the codes of its sounds, one character each); None = it is none."""
    if not run.isalpha() or len(run) > LONGEST_PINYIN:
        return None
    best: list[str | None] = ["", *[None] * len(run)]
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - 6), end):
            code, before = _spoken().get(run[start:end]), best[start]
            if code and before is not None and best[end] is None:
                best[end] = before + code
    return best[-1]


@lru_cache(maxsize=1)
def _sounds() -> Codes:
    table = np.full(1 << 16, GAP, dtype=np.uint16)
    heard = sounds.sound("".join(map(chr, range(FIRST_HAN, LAST_HAN + 1))))
    table[FIRST_HAN : LAST_HAN + 1] = [ord(char) for char in heard]
    return table


@lru_cache(maxsize=1)
def _first() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    table = np.full(1 << 16, ord(" "), dtype=np.uint8)
    for code in range(FIRST_HAN, LAST_HAN + 1):
        if syllable := sounds.syllable(chr(code)):
            table[code] = ord(syllable[0])
    return table


@lru_cache(maxsize=1)
def _spoken() -> dict[str, str]:
    """Syllable → the character of its sound, also as people type it who leave a letter out (zh → z is sounds.py's)."""
    han = map(chr, range(FIRST_HAN, LAST_HAN + 1))
    return {syllable: sounds.sound(char) for char in han if (syllable := sounds.syllable(char))}
