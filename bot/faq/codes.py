"""Folded text as numbers, so that hundreds of entries are compared with a query in a few array steps. Pure.

One uint16 a character: a Han character is its code point, a Latin run one number of a range of its own, all else
GAP. A pair of adjacent Han characters is one uint32: left << 16 | right.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]
GAP = 0
FIRST_HAN, LAST_HAN = 0x3400, 0x9FFF
FIRST_SOUND = 0xE000  # bot/triage/sounds.py begins there
FIRST_WORD, WORDS = 0xA000, 0x3800  # below the surrogates; two runs share a number once in 14,000 pairs
_OTHER = re.compile(r"[^\u3400-\u9fffa-z0-9.+\-]+")
_WORD = re.compile(r"[a-z0-9][a-z0-9.+\-]*")
_LEFT_OVER = re.compile(r"[.+\-\s]+")


def encode(folded: str) -> Codes:
    """Give the codes of one text; as tokens of bot/faq/text.py, character for character."""
    spaced = _WORD.sub(lambda found: f" {word(found[0])} ", _OTHER.sub(" ", folded))
    dense = _LEFT_OVER.sub("\0", spaced).strip("\0")
    return np.frombuffer(dense.encode("utf-16-le"), dtype="<u2").astype(np.uint16)


def word(run: str) -> str:
    """The one character that stands for a Latin run."""
    return chr(FIRST_WORD + zlib.crc32(run.encode()) % WORDS)


def number(token: str) -> int:
    """One token of bot/faq/text.py → its code: below 65,536 for a character or Latin run, a pair above."""
    if token[0] < "\u3400":
        return ord(word(token))
    return ord(token) if len(token) == 1 else ord(token[0]) << 16 | ord(token[1])


def pairs(codes: NDArray[Any]) -> NDArray[np.uint32]:
    """Adjacent codes as one number each, aligned with the left one (length - 1)."""
    wide = codes.astype(np.uint32)
    return np.bitwise_or(np.left_shift(wide[:-1], np.uint32(16)), wide[1:])


def strong(coded: Codes, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Give the pairs and the Latin runs of texts that lie side by side, and the row each one stands in."""
    full, worded = coded != GAP, (coded >= FIRST_WORD) & (coded < FIRST_SOUND)
    both = full[:-1] & full[1:]
    keys = np.concatenate([pairs(coded)[both], coded[worded].astype(np.uint32)])
    return keys, np.concatenate([rows[:-1][both], rows[worded]])


def weak(coded: Codes, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Give the single characters and Latin runs, and the row each one stands in."""
    full = coded != GAP
    return coded[full].astype(np.uint32), rows[full]


def sizes(coded: Codes) -> tuple[int, int]:
    """How many tokens `weak` and `strong` find in one text."""
    full = coded != GAP
    return int(np.count_nonzero(full)), int(
        np.count_nonzero(full[:-1] & full[1:]) + np.count_nonzero(coded >= FIRST_WORD)
    )
