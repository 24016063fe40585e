"""How a sentence sounds: toneless syllables, so that 推号, 退嚎 and tuihao are like 退号."""

from __future__ import annotations

import re
from functools import lru_cache

_SYLLABLE = re.compile(
    "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uan|uai|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve|a|e|i|o|u|v)"
)
_LATIN = re.compile("[a-z]+")
_PART = re.compile("[a-z]+|[㐀-鿿]|[^a-z㐀-鿿]")


@lru_cache(maxsize=20_000)
def _of(char: str) -> str:
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(char)[0])


@lru_cache(maxsize=4_000)
def _split(word: str) -> tuple[str, ...]:
    """Pinyin without blanks as its syllables; a word that is no pinyin stays whole."""
    found = _SYLLABLE.findall(word)
    return tuple(found) if "".join(found) == word and len(word) <= _LONGEST else (word,)


_LONGEST = 60  # letters in a row that can still be a typed sentence


def syllables(text: str) -> list[str]:
    """One entry a syllable of a folded text; anything else is a gap.

    >>> syllables("退号 tuihao")
    ['tui', 'hao', ' ', 'tui', 'hao']
    """
    out: list[str] = []
    for part in _PART.findall(text):
        if "㐀" <= part[0] <= "鿿":
            out.append(_of(part))
        else:
            out += _split(part) if _LATIN.fullmatch(part) else part
    return out
