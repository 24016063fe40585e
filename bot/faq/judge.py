"""Whether anything fits at all: a wrong answer shown is worse than the honest word that there is none."""

from __future__ import annotations

import numpy as np

from bot.faq import codes
from bot.faq.codes import Codes
from bot.faq.wanted import Frequency, Wanted, rarity

# The two shares together must reach this, by the length of the query; how it was measured: docs/faq.md. A bare word is
# looked up, a few words say what they mean, a story says much beside it.
LENGTHS, FLOORS = (6, 7, 12, 30), (0.5, 0.6, 0.6, 0.25)  # characters, and what lies between is on a straight line
WORD_SHARE = 0.01  # of the entries, that a Latin run in a question is taken to stand in


def fits(wanted: Wanted, title: Codes, found: float, frequency: Frequency, total: int) -> bool:
    """Tell whether what was asked and an entry are about the same thing.

    `title`: the entry's question in one word for each thing; `found`: how much of the query the entry holds, 0 to 1.
    The other share is how much of the entry's question the query holds, by rarity.
    """
    return float(found) + _covered(wanted, title, frequency, total) >= float(np.interp(wanted.length, LENGTHS, FLOORS))


def _covered(wanted: Wanted, title: Codes, frequency: Frequency, total: int) -> float:
    keys, _ = codes.strong(title, np.zeros(len(title), dtype=np.int64))
    weights = {key: _weight(key, frequency, total) for key in set(keys.tolist())}
    whole = sum(weights.values())
    return sum(weight for key, weight in weights.items() if key in wanted.numbers) / whole if whole else 0.0


def _weight(key: int, frequency: Frequency, total: int) -> float:
    pair = key >> 16
    held = frequency("plain", chr(pair) + chr(key & 0xFFFF)) if pair else int(WORD_SHARE * total)
    return rarity(held, total)
