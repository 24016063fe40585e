"""A text with people in it: filled from a seed or as a stranger wrote it, and whether a value still stands after cleaning."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import jieba

from tests.gates.planting import lists, numbers

SLOT = re.compile(r"\{(\w+)(?::([^}]*))?\}")
GROUPS = {
    "numbers": ("id", "phone", "tel", "cardno", "caseno", "bank", "medicare", "qq", "passport"),
    "names": ("name", "card", "doctor", "staff", "call", "nick"),
    "contacts": ("wx", "mail", "plate"),
    "places": ("addr", "village", "school", "firm", "hosp", "place", "bed"),
    "days": ("date",),
}
GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
NUMERALS = str.maketrans(
    "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖０１２３４５６７８９", "0012345678911234567890123456789"
)
LEFT = 5  # so many of a number's digits in a row must not stay
SHARED = 3  # … and so many characters of an address or of a name of a place


@dataclass(frozen=True)
class Value:
    """One planted value as it was written; `start` and `end` in the text."""

    kind: str
    said: str
    start: int
    end: int

    @property
    def group(self) -> str:
        return GROUP_OF[self.kind]


@dataclass(frozen=True)
class Planted:
    """A text with people; `cards` and `doctors` are what the hospital's own lists hold. `written` = nothing was filled in."""

    text: str
    values: tuple[Value, ...]
    cards: tuple[str, ...]
    doctors: tuple[str, ...]
    written: bool = False


def fill(carrier: str, dice: random.Random) -> Planted:
    """Put a value into every slot. The same card and doctor are the same person throughout a text."""
    known = {kind: _name(dice) for kind in ("card", "doctor")}
    text, values, last = "", [], 0
    for slot in SLOT.finditer(carrier):
        text += carrier[last : slot.start()]
        said = known.get(slot[1]) or (_given(dice, slot[1], slot[2]) if slot[2] else MADE[slot[1]](dice))
        values.append(Value(slot[1], said, len(text), len(text) + len(said)))
        text, last = text + said, slot.end()
    cards, doctors = (known["card"], _name(dice)), (known["doctor"], *(_name(dice) for _ in range(20)))
    return Planted(text + carrier[last:], tuple(values), cards, doctors)


def _given(dice: random.Random, kind: str, pattern: str) -> str:
    """`call` has a surname where its question mark stands; others say themselves what is planted."""
    return pattern.replace("?", _surname(dice)) if kind == "call" else pattern


def stands(value: Value, cleaned: str) -> bool:
    """Whether enough of a value stayed to be known by."""
    if value.group == "numbers" and value.kind != "passport":
        plain, left = _digits(value.said), _digits(cleaned)
        return any(plain[n : n + LEFT] in left for n in range(len(plain) - LEFT + 1))
    said, left = _close(value.said), _close(cleaned)
    if value.kind == "addr":
        return any(said[n : n + SHARED] in left for n in range(len(said) - SHARED + 1))
    if value.kind in {"hosp", "firm", "school"}:
        return said[:SHARED] in left  # what comes behind its own name is the same everywhere
    if value.kind in {"name", "card", "doctor", "staff"} and len(said) > 2:
        return said in left or said[-2:] in left
    return said in left


def clean_words(case: Planted) -> list[tuple[int, int, str]]:
    """The words of a text that touch no planted value: (start, end, word); marks are no words."""
    found = [(s, e, w) for w, s, e in jieba.tokenize(case.text) if re.search(r"\w", w)]
    return [(s, e, w) for s, e, w in found if not any(v.start < e and s < v.end for v in case.values)]


def _digits(text: str) -> str:
    """The digits of a text, marks and spaces between them left out; a word parts two numbers."""
    return re.sub(r"(?<=\d)[\s\-—–.]+(?=\d)", "", text.translate(NUMERALS))


def _close(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def _surname(dice: random.Random) -> str:
    return dice.choice(lists.DOUBLE) if dice.random() < 0.04 else dice.choice(lists.SURNAMES)


def _name(dice: random.Random) -> str:
    return dice.choice(lists.OTHER_PEOPLES) if dice.random() < 0.02 else _surname(dice) + dice.choice(lists.GIVEN)


def _address(dice: random.Random) -> str:
    road = f"{dice.choice(lists.ROADS)}{dice.randrange(1, 900)}号"
    estate = f"{dice.choice(lists.ESTATES)}{dice.randrange(1, 40)}{dice.choice('幢栋')}"
    home = f"{dice.choice(('', f'{dice.randrange(1, 5)}单元'))}{dice.randrange(1, 30)}0{dice.randrange(1, 9)}{dice.choice(('', '室'))}"
    town = f"{dice.choice(lists.CITIES)}市{dice.choice(lists.DISTRICTS)}"
    return dice.choice((f"{town}{road}", f"{road}{estate}{home}", f"{estate}{home}", f"{town}{estate}", road))


MADE: dict[str, Callable[[random.Random], str]] = {
    "name": _name,
    "staff": _name,
    "id": numbers.id_number,
    "phone": numbers.phone,
    "tel": numbers.landline,
    "bank": numbers.bank,
    "caseno": numbers.case_number,
    "cardno": lambda dice: dice.choice(("K", "", "A")) + numbers.digits(dice, 8),
    "medicare": lambda dice: numbers.digits(dice, 10),
    "qq": lambda dice: "3" + numbers.digits(dice, 8),
    "passport": lambda dice: "E" + numbers.digits(dice, 8),
    "wx": lambda dice: dice.choice(lists.WECHATS),
    "mail": lambda dice: dice.choice(lists.MAILS),
    "plate": lambda dice: (
        dice.choice("浙京苏鲁豫")
        + dice.choice("ABCF")
        + dice.choice(("", "·"))
        + dice.choice(("8K352", "D12345", "66A08"))
    ),
    "bed": lambda dice: dice.choice(lists.BEDS),
    "addr": _address,
    "village": lambda dice: dice.choice(lists.VILLAGES),
    "school": lambda dice: dice.choice(lists.SCHOOLS),
    "firm": lambda dice: dice.choice(lists.FIRMS),
    "hosp": lambda dice: dice.choice(lists.HOSPITALS),
    "place": lambda dice: dice.choice(lists.PLACES),
    "date": numbers.day,
}
