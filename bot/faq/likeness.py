"""How much a letter looks like a surname or like a part of a given name, by the dictionary's own names. Pure."""

from __future__ import annotations

from bot.faq.segments import given_odds, surname_odds
from bot.faq.surnames import GIVEN

SURELY, HARDLY, LEAST = -1.0, -3.95, -4.6  # of `surname_odds`


def like(letter: str) -> float:
    """How well a letter stands in a given name (-1 to 1)."""
    return max(float(letter in GIVEN), min(max(given_odds(letter) / 2, -1.0), 1.0))


def family(letter: str, *, led: bool) -> float:
    """How surely a letter is a surname where a word begins; 方, 于, 全 are words too. `led` = somebody's relative."""
    odds = surname_odds(letter)
    if odds > SURELY:
        return 0.25
    return -(0.25 if led else 0.5) * (odds < HARDLY) - (0.25 if led else 0.75) * (odds < LEAST)
