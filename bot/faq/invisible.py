"""Characters that change how a text looks without being seen, taken out. Pure."""

from __future__ import annotations

import re
import unicodedata

JOINER = "\u200d"  # joins emoji into one; elsewhere it only hides
# Zero width, soft hyphen, marks and overrides of direction, fillers, tags, and controls but tab and line end.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ue000\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
ENDS = re.compile("\r\n?|\u2028|\u2029")


def visible(text: str) -> str:
    """Give the text with one kind of line end and nothing that is not seen; joined emoji stay joined."""
    text = ENDS.sub("\n", text.encode("utf-8", "ignore").decode())
    return HIDDEN.sub(lambda found: found[0] if _joins(text, found) else "", text)


def _joins(text: str, found: re.Match[str]) -> bool:
    around = (text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1])
    return found[0] == JOINER and all(side and unicodedata.category(side) in {"So", "Sk", "Mn"} for side in around)
