"""Checks of what a browser or a program sends us. Everything wrong becomes a 4xx with a code."""

from __future__ import annotations

from typing import Any

from connectors.simulator.config import Json
from connectors.simulator.errors import Rejected

LARGEST_INTEGER = 2**53
CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


def clean(value: Any, longest: int, code: str, *, empty: bool = False) -> str:
    """A text without control characters, at most `longest` characters. Raises Rejected 400."""
    if not isinstance(value, str):
        raise Rejected(400, code)
    text = value.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS).strip()
    surrogate = any("\ud800" <= c <= "\udfff" or c in "\ufffe\uffff" for c in text)
    if surrogate or len(text) > longest or not (text or empty):
        raise Rejected(400, code)
    return text


def optional(body: Json, name: str, longest: int) -> str:
    """A text that may be missing or empty."""
    return clean(body.get(name) or "", longest, f"bad_{name}", empty=True)


def number(value: Any, low: float, high: float, code: str) -> float:
    """A finite number within limits. Raises Rejected 400."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Rejected(400, code)
    return float(value)


def position(text: str | None) -> int:
    """A bubble id or revision from a query. Raises Rejected 400."""
    if text is None or text == "":
        return 0
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > LARGEST_INTEGER:
        raise Rejected(400, "bad_position")
    return int(text)
