"""National identity numbers (GB 11643): 6 digits of place, birth date, 3 of order (odd = male), check."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from bot.errors import HisRefused

WEIGHTS = tuple(2**power % 11 for power in range(17, 0, -1))
CHECKS = "10X98765432"
SHAPE = re.compile(r"[1-9]\d{16}[0-9X]", re.ASCII)


def check_digit(first: str) -> str:
    """The 18th character that belongs to the first 17 digits.

    >>> check_digit("11010519491231002")
    'X'
    """
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first, strict=True)) % 11]


def read(number: str, *, today: date) -> tuple[str, Literal["m", "f"], date]:
    """Clean number, sex and birth date. Raises HisRefused('bad_id_number')."""
    clean = number.strip().upper()
    if not SHAPE.fullmatch(clean) or check_digit(clean[:17]) != clean[17]:
        raise HisRefused("bad_id_number")
    try:
        born = date(int(clean[6:10]), int(clean[10:12]), int(clean[12:14]))
    except ValueError:
        raise HisRefused("bad_id_number") from None
    if not date(1900, 1, 1) <= born <= today:
        raise HisRefused("bad_id_number")
    return clean, "m" if int(clean[16]) % 2 else "f", born
