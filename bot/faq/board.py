"""A text from which parts are taken out one rule after another, each remembered with its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

GONE = "\ue000"  # stands for a character that a rule has taken; no rule sees it as a letter or a digit
NAMELESS = "某"  # whoever is written so is named no more: what was cleaned stays as it is when it is cleaned again
OF_PEOPLE = frozenset({"name", "nickname", "said_name", "address"})  # kinds of marks
Keep = Callable[[re.Match[str]], bool]


@dataclass(frozen=True)
class Mark:
    """One replacement: where it stood (characters of the text as it was laid on the board), what, and why."""

    start: int
    end: int
    before: str
    after: str
    kind: str


class Board:
    """`text` stays as it is; `view` is what is left of it for the next rule, character for character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.view = text
        self.marks: list[Mark] = []

    def take(self, start: int, end: int, word: str, kind: str) -> None:
        """Put a word in place of a part that no rule has taken yet."""
        if start >= end or GONE in self.view[start:end]:
            return
        if kind in OF_PEOPLE and NAMELESS in self.view[start:end]:
            return
        self.marks.append(Mark(start, end, self.text[start:end], word, kind))
        self.view = self.view[:start] + GONE * (end - start) + self.view[end:]

    def sweep(self, pattern: re.Pattern[str], word: str, kind: str, *, keep: Keep | None = None) -> None:
        """Take the group `value` (or the whole) of every match; `keep` = leave it after all."""
        named = "value" if "value" in pattern.groupindex else 0
        for found in list(pattern.finditer(self.view)):
            if keep is None or not keep(found):
                self.take(found.start(named), found.end(named), word, kind)

    def sweep_over(self, view: str, pattern: re.Pattern[str], word: str, kind: str) -> None:
        """As `sweep`, but the pattern reads another view of the same length."""
        named = "value" if "value" in pattern.groupindex else 0
        for found in list(pattern.finditer(view)):
            self.take(found.start(named), found.end(named), word, kind)

    def written(self) -> str:
        """Give the text with every replacement in it."""
        parts, last = [], 0
        for mark in sorted(self.marks, key=lambda mark: mark.start):
            parts += [self.text[last : mark.start], mark.after]
            last = mark.end
        return "".join(parts) + self.text[last:]
