"""Passwords of staff: what is good enough, and those that an operator hands over."""

from __future__ import annotations

import secrets
import unicodedata

from bot.errors import BadInput
from bot.ports import Ports
from bot.services import staff

WORDS, WORD = 4, 4  # a first password: four groups of four signs, 79 bits
DIFFERENT = 5  # characters of a password that are not the same one again


def demand(ports: Ports, *, username: str, password: str) -> None:
    """Raises BadInput('weak_password'): too short, too long, one sign over and over, or with the user name in it.

    No rules about capitals and signs: they make passwords worse, and a second factor stands beside
    (NIST SP 800-63B, 5.1.1.2).
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    long_enough = ports.rules["password_least"] <= len(password) <= staff.LONGEST_PASSWORD
    if not long_enough or len(set(text)) < DIFFERENT or username.casefold() in text:
        raise BadInput("weak_password")


def first() -> str:
    """One that is handed over once and changed at the first signing in."""
    signs = "23456789abcdefghjkmnpqrstuvwxyz"  # without what is misread
    return "-".join("".join(secrets.choice(signs) for _ in range(WORD)) for _ in range(WORDS))


def hashed(password: str) -> str:
    return staff.hasher.hash(password)
