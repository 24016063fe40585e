"""gate-metamorphic: what a patient adds to an emergency, or how he writes it, never lowers the alarm.

Texts that fire (the open half of the corpus, the rules' own examples) are made polite, played down, put into a booking,
written with emoji, wide signs, traditional characters, spaces between the characters, other punctuation, after a story; one
change or several. Each must still fire, with a rule whose advice is as pressing. The control reads the text as it was
typed, without normalising it: it must find violations.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from unittest.mock import patch

import opencc

from bot.triage import redflags
from bot.triage.redflags.rulebook import rulebook
from bot.triage.text import Normal
from tests.gates import redflags as gate

Change = Callable[[random.Random, str], str]
MOST_AT_ONCE = 4  # changes of one text
SINGLE = 0.6  # share of pairs with one change alone

POLITE = ("您好，", "医生您好，", "不好意思打扰了，", "麻烦问一下，", "请问大夫在吗，", "辛苦您看看，", "老师好，")
THANKS = ("，谢谢您", "，麻烦了", "，辛苦了医生", "，感谢", "，盼回复", "，打扰您了")
SMALL = (
    "我妈说没事，就是",
    "可能是我想多了，",
    "应该没什么，",
    "也不是什么大事，",
    "别人都说不要紧，",
    "估计没啥大问题，",
)
SMALL_AFTER = ("，应该没什么大事吧", "，是不是不要紧", "，我觉得还好", "，可能休息一下就行", "，不急", "，不想麻烦大家")
BOOKING = (
    "帮我约周五消化科的号，对了，",
    "我想挂个号，",
    "能改到明天下午吗，另外，",
    "预约成功了吗，还有，",
    "先挂号再说，",
)
BOOKING_AFTER = ("，帮我约明天上午的号", "，挂哪个科", "，专家号多少钱", "，还有号吗", "，顺便问下几点上班")
STORY = (
    "我家住五楼，昨天刚从老家坐车回来。",
    "早上起来跟平时一样，吃了稀饭和鸡蛋，送孩子去上学。",
    "我在你们公众号上看了半天也没找着在哪儿填。",
    "手机是儿子给买的，字打得慢，您多担待。",
    "我们离医院有二十公里，路上要一个小时。",
)
FACES = ("😭", "🙏", "😢", "❤️", "😰", "🆘", "👨‍👩‍👧", "✨")
UNSEEN = ("\u200b", "\u2060", "\ufeff")
IN_NUMBER = re.compile(r"[0-9０-９./／．]{2}")
TO_TRADITIONAL = tuple(opencc.OpenCC(way) for way in ("s2t", "s2tw", "s2hk"))
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
COMMAS = ("，", ",", "；", " ", "…", "！", "\n", "～")
ENDS = ("！！！", "‼️", "❗❗", "。。。", "……", "？？", "~~", "!!!", "。", "\n\n")


def polite(pick: random.Random, text: str) -> str:
    return pick.choice(POLITE) + text + pick.choice(("", *THANKS))


def played_down(pick: random.Random, text: str) -> str:
    return pick.choice(SMALL) + text if pick.random() < 0.5 else text + pick.choice(SMALL_AFTER)


def booking(pick: random.Random, text: str) -> str:
    return pick.choice(BOOKING) + text if pick.random() < 0.5 else text + pick.choice(BOOKING_AFTER)


def faces(pick: random.Random, text: str) -> str:
    """Emoji anywhere, inside words too, though not inside a number; marks of no width there as well."""
    for _ in range(pick.randint(1, 4)):
        at, face = pick.randint(0, len(text)), pick.choice(FACES + UNSEEN)
        before, after = (part.strip("".join(UNSEEN)) for part in (text[:at], text[at:]))
        if face in UNSEEN or not IN_NUMBER.fullmatch(before[-1:] + after[:1]):
            text = text[:at] + face + text[at:]
    return text


def wide(_pick: random.Random, text: str) -> str:
    return text.translate(WIDE)


def traditional(pick: random.Random, text: str) -> str:
    return str(pick.choice(TO_TRADITIONAL).convert(text))


def spaced(pick: random.Random, text: str) -> str:
    return pick.choice((" ", "  ", "\u3000", "\xa0")).join(text)


def punctuated(pick: random.Random, text: str) -> str:
    """Other marks where marks stand, and more at the end."""
    mark = pick.choice(COMMAS)
    return text.replace("，", mark) + pick.choice(ENDS)


def story(pick: random.Random, text: str) -> str:
    return "".join(pick.sample(STORY, pick.randint(1, 3))) + text


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (polite, played_down, booking, faces, wide, traditional, spaced, punctuated, story)
}
WRITING = ("wide", "traditional", "punctuated", "faces", "spaced")  # how it is written comes after what is said


class Pair(NamedTuple):
    """A text that fires, the changes, and the text that they make of it."""

    text: str
    changes: tuple[str, ...]
    changed: str


@dataclass(frozen=True)
class Found:
    """The pairs in which the alarm was lost or became less pressing."""

    lost: tuple[Pair, ...]
    softer: tuple[Pair, ...]
    many: int

    @property
    def violations(self) -> int:
        return len(self.lost) + len(self.softer)


def pressing(text: str) -> int | None:
    """Rank of the most pressing advice that fires, lower is more pressing; None = nothing fires."""
    book, fired = rulebook(), set(redflags.check(text).rules)
    return min((book.advice[rule.advice].rank for rule in book.rules if rule.id in fired), default=None)


def texts(every: int = 1) -> list[str]:
    """Every text that fires, of the open half and of the rules' own examples, or one of so many."""
    written = [str(row["text"]) for row in gate.texts("open", "positives")]
    own = [text for rule in rulebook().rules for text in rule.fires]
    return [text for text in [*dict.fromkeys([*written, *own])][::every] if pressing(text) is not None]


def pairs(sources: Sequence[str], many: int, seed: int) -> Iterator[Pair]:
    """Every source in turn, one change or several, drawn by lot."""
    pick = random.Random(seed)
    order = pick.sample(sources, len(sources))
    for number in range(many):
        text = order[number % len(order)]
        count = 1 if pick.random() < SINGLE else pick.randint(2, MOST_AT_ONCE)
        chosen = sorted(
            pick.sample(sorted(CHANGES), count),
            key=lambda name: (name in WRITING, WRITING.index(name) if name in WRITING else 0),
        )
        changed = text
        for name in chosen:
            changed = CHANGES[name](pick, changed)
        yield Pair(text, tuple(chosen), changed)


def check(sources: Sequence[str], many: int, seed: int) -> Found:
    """Compare both texts of every pair."""
    rank = {text: pressing(text) for text in sources}
    lost, softer = [], []
    for pair in pairs(sources, many, seed):
        before, after = rank[pair.text], pressing(pair.changed)
        if after is None:
            lost.append(pair)
        elif before is not None and after > before:
            softer.append(pair)
    return Found(tuple(lost), tuple(softer), many)


def as_typed(text: str) -> Normal:
    """The control: nothing folded, nothing dropped, all of it one clause."""
    none: frozenset[int] = frozenset()
    return Normal(text, text, starts=(0,), origins=(0,), joints=none, stops=none, clauses=(0,), sentences=(0,))


def controlled(sources: Sequence[str], many: int, seed: int) -> Found:
    """The same pairs read as they were typed."""
    with patch.object(redflags, "normalise", as_typed):
        heard = [text for text in sources if pressing(text) is not None]
        return check(heard, many, seed)


def table(found: Found) -> Iterable[str]:
    """Violations by change."""
    for name, broken in (("lost", found.lost), ("softer", found.softer)):
        for changes, many in Counter(pair.changes for pair in broken).most_common():
            yield f"{name:>7} {many:>5}  {'+'.join(changes)}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=10_000)
    options.add_argument("--control", type=int, default=500, help="pairs of the control")
    options.add_argument("--seed", type=int, default=20261122)
    options.add_argument("--violations", type=int, default=0, help="print so many of them")
    chosen = options.parse_args()
    sources = texts()
    found, control = check(sources, chosen.pairs, chosen.seed), controlled(sources, chosen.control, chosen.seed)
    print("\n".join(table(found)))
    for pair in (*found.lost, *found.softer)[: chosen.violations]:
        print(json.dumps(pair._asdict(), ensure_ascii=False))
    good = not found.violations and control.violations > 0
    print(
        f"metamorphic: pairs={found.many} texts={len(sources)} seed={chosen.seed} lost={len(found.lost)}"
        f" softer={len(found.softer)} violations={found.violations}"
        f" control={control.violations}/{chosen.control}_violations {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
