"""How a word sounds, tone left out, so that what was typed or heard wrong is still found."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

PATH = Path(__file__).parent / "sounds.txt"
FIRST = 0xE000  # private use area: one code point per syllable, so that a text of sounds stays as long as the text
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))  # not told apart in much of the country


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    """Character → its sound in Latin letters."""
    lines = (line.split(" ", 1) for line in PATH.read_text(encoding="utf-8").splitlines())
    return {char: spelling for spelling, chars in lines for char in chars}


def latin(word: str) -> list[str]:
    """A word spelled out, whole and one character at a time: 农药 → nongyao, nong药, 农yao."""
    spelled = [_spellings().get(char, char) for char in word]
    single = [word[:at] + spelled[at] + word[at + 1 :] for at in range(len(word))]
    return ["".join(spelled), *single]


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Character → code point of its sound."""
    codes: dict[str, str] = {}
    table: dict[int, str] = {}
    for line in PATH.read_text(encoding="utf-8").splitlines():
        sound, chars = line.split(" ", 1)
        code = codes.setdefault(_plain(sound), chr(FIRST + len(codes)))
        table.update((ord(char), code) for char in chars)
    return table


def _plain(sound: str) -> str:
    """Without the differences that many speakers do not make."""
    for long, short in _ALIKE:
        if sound.startswith(long):
            return short + sound[len(long) :]
    return sound


def sound(text: str) -> str:
    """Folded text → one code point per character; what has no known sound stays."""
    return text.translate(_table())
