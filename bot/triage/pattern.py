"""A tiny grammar for many wordings in one line: `(胸口|心口)(好|很)?(疼|痛)`."""

from __future__ import annotations

from bot.errors import ConfigError
from bot.triage.text import normalise

LIMIT = 3_000  # wordings of one pattern; more is a slip of the pen: make it of bricks instead
SIGNS = "(|)?"


def expand(pattern: str) -> list[str]:
    """Every wording of a pattern, folded as messages are. Raises ConfigError on a broken one."""
    folded = "".join(char if char in SIGNS else normalise(char).text for char in pattern)
    wordings, rest = _group(folded + ")", 0)
    if rest != len(folded) + 1:
        raise ConfigError("bad_pattern", pattern=pattern)
    return sorted(set(wordings) - {""})


def _sequence(pattern: str, at: int) -> tuple[list[str], int]:
    """Parts one after another, up to `|`, `)` or the end."""
    wordings = [""]
    while at < len(pattern) and pattern[at] not in "|)":
        options, at = _part(pattern, at)
        wordings = [head + tail for head in wordings for tail in options]
        if len(wordings) > LIMIT:
            raise ConfigError("bad_pattern", pattern=pattern)
    return wordings, at


def _part(pattern: str, at: int) -> tuple[list[str], int]:
    """One character or one group, with an optional `?`."""
    if pattern[at] == "(":
        options, at = _group(pattern, at + 1)
    else:
        options, at = [pattern[at]], at + 1
    if at < len(pattern) and pattern[at] == "?":
        return ["", *options], at + 1
    return options, at


def _group(pattern: str, at: int) -> tuple[list[str], int]:
    """Alternatives up to the closing bracket."""
    options: list[str] = []
    while True:
        wordings, at = _sequence(pattern, at)
        options += wordings
        if at >= len(pattern):
            raise ConfigError("bad_pattern", pattern=pattern)
        at += 1
        if pattern[at - 1] == ")":
            return options, at
