"""What a pointer outside the chat says of one notice; services fill it (bot/services/briefs.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Brief:
    """`facts` by name, masked and without anything sensitive; `path` of our page; `text` and `phone` for the gateway.

    `phone` '' = nobody's phone is known. `body` is for his own page alone and may say everything.
    """

    facts: Mapping[str, str] = field(repr=False)
    path: str
    ref: str = ""
    text: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    body: str = field(default="", repr=False)
