"""Texts that somebody else wrote with people already in them: nothing is filled in, every piece stands where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.faq.board import Mark
from tests.gates.planting.planted import Planted, Value, stands

# Their words for what is planted, and ours.
KINDS = {"mrn": "caseno", "other_no": "caseno", "wechat": "wx", "email": "mail", "address": "addr", "work": "firm"}
SHORT = 2  # characters of a name that may be a word elsewhere
# What one is called beside his name; alone it leads to nobody.
TITLE = re.compile(
    "(?<=.)(?:主治|主任|副主任)?(?:医生|大夫|医师|主任|教授|护士长?|老师|院长|科长|技师|药师|"
    "女士|先生|太太|小姐|家属|奶奶|爷爷|阿姨|叔叔|"
    "婆婆|阿婆|公公|伯伯|大爷|大伯|爷|叔)$"
)


def read(path: Path) -> list[Planted]:
    """The texts of a file of `{"text", "planted": [{"kind", "piece"}]}`; no list holds anybody in them."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Planted(row["text"], tuple(_values(row)), (), (), written=True) for row in rows]


def _values(row: dict[str, Any]) -> Iterator[Value]:
    """Every piece at its own place: a piece that is listed twice stands twice."""
    seen: dict[str, int] = {}
    for piece in row["planted"]:
        said = piece["piece"]
        start = row["text"].index(said, seen.get(said, 0))
        seen[said] = start + len(said)
        yield Value(KINDS.get(piece["kind"], piece["kind"]), said, start, seen[said])


def leaked(value: Value, cleaned: str, marks: Iterable[Mark]) -> bool:
    """Whether enough of a value stayed to be known by.

    A person's name counts without the title, at its own place; a long one wherever it stands.
    """
    if value.group != "names":
        return stands(value, cleaned)
    own = TITLE.sub("", value.said)
    left = _left(own, value.start, list(marks))
    return own in left or (len(own) > SHORT and (own[-SHORT:] in left or own in cleaned))


def _left(own: str, start: int, marks: Sequence[Mark]) -> str:
    """What no mark took of the words that begin there; a gap where one did."""
    gone = {at for mark in marks for at in range(mark.start, mark.end)}
    return "".join("\0" if start + n in gone else letter for n, letter in enumerate(own))
