"""What goes over a way to a patient, and how a way says that it failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Card:
    """A short pointer that leaves the chat: it names no illness, no drug, no result, no sensitive department.

    `key` is the same at every repetition of one notice (at most 32 characters), `order` names what it is about.
    `facts` fill the fields of a template by name (`name`, `department`, `when`, `says`, …); `url` is our own page.
    """

    kind: str
    key: str
    order: str
    facts: Mapping[str, str] = field(repr=False)
    url: str = field(repr=False)


class PushFailed(Exception):
    """Base of the three; `reason` is a short word for the staff's list, never a text or an openid.

    `rests`: seconds for which this way takes nothing; `asked` False = it rested already, and nobody was asked.
    """

    def __init__(self, reason: str, *, rests: int = 0, asked: bool = True) -> None:
        self.reason, self.rests, self.asked = reason, rests, asked
        super().__init__(reason)


class PushRefused(PushFailed):
    """Say that this way will never work for this notice."""


class PushLater(PushFailed):
    """Say that nothing was sent, and that this way may work later."""


class PushUnknown(PushFailed):
    """Say that the request left and no answer came: it may have arrived, wholly or in part."""
