"""Numbers of people in the ways in which they are typed and spoken."""

from __future__ import annotations

import random
from datetime import date, timedelta

from stdnum.cn import ric

REGIONS = ("110101", "330106", "420102", "510104", "610113", "371302", "441900")
SPOKEN = ("零一二三四五六七八九", "〇一二三四五六七八九", "零幺二三四五六七八九", "零壹贰叁肆伍陆柒捌玖")
WIDE = str.maketrans("0123456789X", "".join(chr(ord(c) + 0xFEE0) for c in "0123456789X"))
NETWORKS = ("130", "138", "139", "150", "158", "166", "177", "186", "189", "199")


def digits(dice: random.Random, length: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(length))


def said(dice: random.Random, plain: str, groups: tuple[int, ...]) -> str:
    """One way to write a number: as it is, in groups, wide, or in words."""
    way = dice.choice(("plain", "plain", "plain", "grouped", "wide", "words", "words in groups"))
    if way == "wide":
        return plain.translate(WIDE)
    spoken = plain.translate(str.maketrans("0123456789", dice.choice(SPOKEN)))
    if way == "words":
        return spoken
    if way == "plain":
        return plain
    return dice.choice((" ", "-", " - ", "  ", "—")).join(_cut(spoken if way == "words in groups" else plain, groups))


def _cut(text: str, groups: tuple[int, ...]) -> list[str]:
    parts, at = [], 0
    for size in groups:
        parts.append(text[at : at + size])
        at += size
    return [part for part in (*parts, text[at:]) if part]


def id_number(dice: random.Random) -> str:
    born = date(1935, 1, 1) + timedelta(days=dice.randrange(30_000))
    body = f"{dice.choice(REGIONS)}{born:%Y%m%d}{digits(dice, 3)}"
    return said(dice, body + ric.calc_check_digit(body + "0"), (6, 8, 4))


def phone(dice: random.Random) -> str:
    return dice.choice(("", "", "", "+86 ", "86-")) + said(dice, dice.choice(NETWORKS) + digits(dice, 8), (3, 4, 4))


def landline(dice: random.Random) -> str:
    area = dice.choice(("0571", "010", "028", "0379"))
    return area + dice.choice(("-", "", " ", "—")) + dice.choice("2356788") + digits(dice, 7)


def bank(dice: random.Random) -> str:
    plain = dice.choice(("6222", "6217", "6228")) + digits(dice, 15)
    return dice.choice((plain, " ".join(plain[n : n + 4] for n in range(0, 19, 4))))


def case_number(dice: random.Random) -> str:
    return dice.choice(("", "", "M", "ZY", "P")) + digits(dice, dice.choice((7, 8, 10, 12)))


def day(dice: random.Random) -> str:
    at = date(2015, 1, 1) + timedelta(days=dice.randrange(4000))
    y, m, d = at.year, at.month, at.day
    words = "〇一二三四五六七八九"
    spoken = "".join(words[int(c)] for c in str(y))
    month, number = _count(m), _count(d)
    return dice.choice(
        (
            f"{y}年{m}月{d}日",
            f"{y}年{m}月{d}号",
            f"{m}月{d}号",
            f"{m}月{d}日",
            f"{y}-{m:02d}-{d:02d}",
            f"{y}/{m}/{d}",
            f"{y}.{m}.{d}",
            f"{str(y)[2:]}年{m}月{d}日",
            f"{spoken}年{month}月{number}日",
            f"{month}月{number}号",
        )
    )


def _count(number: int) -> str:
    """1 to 31 in words."""
    words = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{words[tens]}十") + (words[ones] if ones else "")
