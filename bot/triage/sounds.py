"""How a word sounds, tone left out, so that what was typed or heard wrong is still found.

A text becomes one sign a syllable: characters by their reading, Latin letters where they are pinyin (xiongkou, bao宝).
Syllables that much of the country does not tell apart are one sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PATH = Path(__file__).parent / "sounds.txt"
FIRST = 0xE000  # private use area: one code point per syllable
LETTERS = 2  # a syllable of one letter (e, a) says nothing inside a word
LONGEST = 6  # letters of a syllable (zhuang)
MOST = 2_000  # Latin letters of a text that are read as pinyin: a page of them is no patient's
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))  # n/l, h/f, in/ing alike found nothing more, and 心情 for 性侵
_LATIN = re.compile(r"[a-z]{2,60}")


@dataclass(frozen=True)
class Sounds:
    """The signs of a text and, where letters became fewer signs, at which position of the text each begins."""

    signs: str
    places: tuple[int, ...] | None = None  # one more than signs: the last is the text's length


@lru_cache(maxsize=1)
def _syllables() -> dict[str, str]:
    """Character → its syllable in Latin letters."""
    lines = (line.split(" ", 1) for line in PATH.read_text(encoding="utf-8").splitlines())
    return {char: syllable for syllable, chars in lines for char in chars}


@lru_cache(maxsize=1)
def _signs() -> dict[str, str]:
    """Syllable as written → its sign."""
    codes: dict[str, str] = {}
    return {
        syllable: codes.setdefault(_plain(syllable), chr(FIRST + len(codes)))
        for syllable in sorted(set(_syllables().values()))
    }


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Character → sign of its sound."""
    return {ord(char): _signs()[syllable] for char, syllable in _syllables().items()}


def _plain(sound: str) -> str:
    """Without the differences that many speakers do not make."""
    for long, short in _ALIKE:
        if sound.startswith(long):
            return short + sound[len(long) :]
    return sound


def syllable(char: str) -> str:
    """The syllable of one character in Latin letters; empty = none is known."""
    return _syllables().get(char, "")


def spelt(word: str) -> list[str]:
    """The word typed in pinyin: all of it, or one character only (xiongkou, xiong口)."""
    syllables = [_syllables().get(char, char) for char in word]
    one = [word[:at] + syllable + word[at + 1 :] for at, syllable in enumerate(syllables) if len(syllable) >= LETTERS]
    return [*one, "".join(syllables)] if len(word) > 1 else []


def sound(text: str) -> str:
    """Folded text → one sign per character; what has no known sound stays."""
    return text.translate(_table())


def named(signs: str) -> str:
    """Signs in letters, a syllable each, for a file; `signs_of` takes it back."""
    names = {sign: syllable for syllable, sign in _signs().items()}
    return " ".join(names.get(sign, sign) for sign in signs)


def signs_of(names: str) -> str:
    """The signs that `named` wrote."""
    return "".join(_signs().get(name, name) for name in names.split(" "))


def sounds(text: str) -> Sounds:
    """Folded text → its signs, with pinyin in Latin letters read as well."""
    read = _typed(text)
    if not read:
        return Sounds(sound(text))
    parts: list[str] = []
    places: list[int] = []
    seen = 0
    for start, syllables in read:
        parts.append(sound(text[seen:start]))
        places += range(seen, start)
        seen = start
        for syllable in syllables:
            parts.append(_signs()[syllable])
            places.append(seen)
            seen += len(syllable)
    return Sounds("".join([*parts, sound(text[seen:])]), (*places, *range(seen, len(text) + 1)))


def _typed(text: str) -> list[tuple[int, list[str]]]:
    """Where pinyin stands in Latin letters, with its syllables."""
    read, letters = [], 0
    for found in _LATIN.finditer(text):
        letters += len(found.group())
        if letters > MOST:
            break
        syllables = _split(found.group())
        if syllables:
            read.append((found.start(), syllables))
    return read


@lru_cache(maxsize=4096)
def _split(letters: str) -> list[str]:
    """Letters as the fewest syllables; [] when they are no pinyin."""
    known = _signs()
    best: dict[int, list[str]] = {0: []}
    for end in range(LETTERS, len(letters) + 1):
        for start in range(max(0, end - LONGEST), end - LETTERS + 1):
            syllable = letters[start:end]
            if start in best and syllable in known:
                best[end] = min(best.get(end, [*best[start], syllable]), [*best[start], syllable], key=len)
    return best.get(len(letters), [])
