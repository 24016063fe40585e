"""Numbers as patients write them: 38.5, 38度5, 三十八度五, 二百, 三十多."""

from __future__ import annotations

import re

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "俩": 2,
    "仨": 3,
    "半": 0.5,
}
_UNITS = {"十": 10, "百": 100}
HAN = "零一二两三四五六七八九十百"
PAIRS = "俩仨"  # 两个, 三个 in one character; a number only before months and the like (我们俩三点来 is none)
NUMBER = rf"(?:[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?|[{HAN}]{{1,9}})"  # bounded: a page of digits costs no more than words


def parse_number(text: str) -> float | None:
    """Arabic or Chinese numeral below 1000 → its value; None when it is none."""
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text):
        return float(text)
    if text == "半":
        return 0.5
    if not text or (set(text) - set(HAN) and text not in PAIRS):
        return None
    return _han(text)


def _han(text: str) -> float:
    """`三十八` → 38, `一百二` → 120, `二零` → 20."""
    if not set(text) & set(_UNITS):
        return float(int("".join(str(_DIGITS[char]) for char in text)))
    total, digit, unit = 0.0, 0.0, 1
    for char in text:
        if char in _UNITS:
            unit = _UNITS[char]
            total += (digit or 1) * unit
            digit = 0
        else:
            digit = _DIGITS[char]
            unit = 1 if char == "零" else unit
    return total + digit * (unit // 10 if unit > 10 else 1)  # noqa: PLR2004 - 一百二 is 120
