"""Chinese and Arabic whole numbers from 0 to 9999 as patients write them (text must be folded)."""

from __future__ import annotations

NUMBER = r"(?:\d{1,4}|[零〇一二两三四五六七八九十百千]{1,7})"
DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}


def number(text: str) -> int | None:
    """The number, or None when the characters form none.

    >>> number("二十五"), number("十"), number("两百零五"), number("28"), number("二八")
    (25, 10, 205, 28, 28)
    """
    if text.isdecimal():
        return int(text)
    if text and all(c in DIGITS for c in text):
        return int("".join(str(DIGITS[c]) for c in text))
    return _with_units(text)


def _with_units(text: str) -> int | None:
    total, digit, last = 0, None, 10_000
    for char in text:
        if char in UNITS:
            if UNITS[char] >= last or digit == 0:
                return None
            last = UNITS[char]
            total += (1 if digit is None else digit) * last
            digit = None
        elif char in DIGITS and not digit:
            digit = DIGITS[char]
        else:
            return None
    return total + (digit or 0) if text else None
