"""Where in a text a person's name may stand, by its make alone: surname and given name, given name alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.faq import remedies
from bot.faq.likeness import like
from bot.faq.nicknames import WORDS
from bot.faq.surnames import DOUBLE, KIN, NO_NAME, RARE, SINGLE, TITLES

HAN = "\u3400-\u9fff"
SURNAME = rf"(?:{DOUBLE}|[{SINGLE}{RARE}])"
FULL = re.compile(rf"(?={SURNAME}[{HAN}])")
TWO_LETTERS = re.compile(DOUBLE)
GIVEN = re.compile(rf"(?=[{HAN}]{{2}})")
KINSFOLK = frozenset("哥弟姐妹爸妈爷奶叔伯姑姨舅婶嫂公婆爹娘母父孩儿子女姥")  # 小叔, 阿弟: anybody's
SPELLS = re.compile(rf"的(?P<letter>[{HAN}])(?![{HAN}])")
TITLED = re.compile(rf"(?:{TITLES})(?!室|办|们)")
OTHER_WORD = re.compile(NO_NAME)
SAID_TWICE = re.compile(WORDS)
ROLES = frozenset(f"{TITLES}|{KIN}".replace("?", "").split("|"))
LEAST_GIVEN = 0.1  # of `like`, for the less likely of two letters that no surname leads


class Guess(NamedTuple):
    """A place: `given` = where the given name begins; `make` = full, given, twin, small."""

    start: int
    given: int
    end: int
    make: str


def guesses(view: str) -> Iterator[Guess]:
    """Every place with each of its possible ends."""
    for found in FULL.finditer(view):
        start = found.start()
        given = start + (2 if TWO_LETTERS.match(view, start) else 1)
        for end in (given + 2, given + 1):
            if _possible(view, start, given, end):
                yield Guess(start, given, end, "full")
    for found in GIVEN.finditer(view):
        start = found.start()
        make = _make(view[start : start + 2])
        if make and not TWO_LETTERS.match(view, start) and _possible(view, start, start, start + 2):
            yield Guess(start, start, start + 2, make)


def _make(pair: str) -> str | None:
    """What two letters without a surname may be."""
    if pair[0] == pair[1]:
        return None if SAID_TWICE.fullmatch(pair) else "twin"
    if pair[0] in "小阿":
        return None if pair[1] in KINSFOLK else "small"
    return "given" if min(map(like, pair)) > LEAST_GIVEN else None


def _possible(view: str, start: int, given: int, end: int) -> bool:
    name = view[given:end]
    if len(view) < end or not re.fullmatch(f"[{HAN}]+", name) or name in ROLES or view[start:end] in ROLES:
        return False
    if name.endswith("副") or (TITLED.match(view, end - 1) and not TITLED.match(view, end)):
        return False  # 张阿姨: 阿 is no name
    spells = SPELLS.match(view, end)
    if spells and spells["letter"] in view[start:end]:
        return False  # 蓝天的蓝: it says how a name is written
    return not remedies.MEDICAL.search(view[given : end + 1]) and not OTHER_WORD.match(view, start)
