"""How a word sounds, tone left out, so that what was typed or heard wrong is still found."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

PATH = Path(__file__).parent / "sounds.txt"
FIRST = 0xE000  # private use area: one code point per syllable, so that a text of sounds stays as long as the text
LETTERS = 2  # a syllable of one letter (e, a) says nothing inside a word
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))  # not told apart in much of the country


@lru_cache(maxsize=1)
def _syllables() -> dict[str, str]:
    """Character → its syllable in Latin letters."""
    lines = (line.split(" ", 1) for line in PATH.read_text(encoding="utf-8").splitlines())
    return {char: syllable for syllable, chars in lines for char in chars}


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Character → code point of its sound."""
    codes: dict[str, str] = {}
    return {
        ord(char): codes.setdefault(_plain(syllable), chr(FIRST + len(codes)))
        for char, syllable in _syllables().items()
    }


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
    """Folded text → one code point per character; what has no known sound stays."""
    return text.translate(_table())
