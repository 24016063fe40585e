"""Text made comparable before it is cut into tokens: width, case and traditional characters. Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

LONGEST = 2000  # characters of a text that are looked at; a question is never longer
HAN = ("\u3400", "\u9fff")
LAST_KEPT = 0xFFFF


def fold(text: str) -> str:
    """Narrow, lower-case, simplified; what is longer than LONGEST characters is cut."""
    return unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST].lower().translate(_TABLE)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


class _Simplified(dict[int, str]):
    """`str.translate` table that learns each character on first sight; the first plane alone, which keeps it finite."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        simple = str(_converter().convert(char)) if HAN[0] <= char <= HAN[1] else char
        known = simple if len(simple) == 1 else char
        if code <= LAST_KEPT:
            self[code] = known
        return known


_TABLE = _Simplified()
