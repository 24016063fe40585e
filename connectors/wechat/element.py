"""The small tree that every post becomes, whichever data format it came in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.wechat.errors import Malformed

MAX_DEPTH = 32
MAX_ELEMENTS = 1000
# Characters that XML 1.0 forbids, and halves of surrogate pairs, which JSON can spell and UTF-8 cannot. Users'
# keyboards do send the former; they must not cost anybody his message.
ILLEGAL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Element:
    """One element: its own character data and its children in document order."""

    name: str
    parts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The character data directly inside."""
        return "".join(self.parts)

    def one(self, name: str) -> str:
        """The text of the one child of that name, '' when absent. Malformed when doubled or nested."""
        return self.texts((name,))[name]

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """The same for each of the names."""
        found: dict[str, str | None] = dict.fromkeys(names)
        for child in self.children:
            if child.name not in found:
                continue
            if found[child.name] is not None:
                raise Malformed(f"duplicate {child.name}")
            if child.children:
                raise Malformed(f"nested {child.name}")
            found[child.name] = child.text
        return {name: text or "" for name, text in found.items()}
