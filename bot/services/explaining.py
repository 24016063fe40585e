"""What an item measures and what an arrow can go with, in plain words; never what this patient has."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.his.port import Observation

FILE = Path(__file__).resolve().parents[1] / "report_items.yaml"


@dataclass(frozen=True)
class Item:
    """General knowledge of one item; `names` from the laboratory's own to the everyday one."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    measures: str
    high: str
    low: str

    @property
    def name(self) -> str:
        return self.names[0]


def said(text: str) -> Item | None:
    """The item that a patient's words name; the longest name counts: 尿白细胞 is not 白细胞."""
    plain = _plain(text)
    named = [(len(name), item) for item in _items() for name in _keys(item) if name in plain]
    return max(named, key=lambda found: found[0])[1] if named else None


def of(line: Observation) -> Item | None:
    """What is known of a line of a report: by its code where the name agrees, else by the name of what has a unit.

    In stool, 白细胞 is looked for and not counted: another thing under the same name.
    """
    for item in _items():
        if line.code.upper() in item.codes and any(name in line.name for name in item.names):
            return item
    return said(line.name) if line.unit else None


def arrow(line: Observation) -> str:
    """One sentence for a line outside its range; empty where nothing general can be said."""
    item = of(line)
    if item is None or line.flag in {"N", ""}:
        return ""
    return item.high if line.flag.startswith("H") else item.low


@lru_cache(maxsize=1)
def _items() -> tuple[Item, ...]:
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))["items"]
    return tuple(
        Item(tuple(row["codes"]), tuple(row["names"]), row["measures"], row["high"], row["low"]) for row in rows
    )


def _keys(item: Item) -> tuple[str, ...]:
    """Names that can be looked for in a sentence; a code only where no other word holds it."""
    codes = (code for code in item.codes if len(code) > 2)  # noqa: PLR2004 - K, CA, CK stand inside other words
    names = (name for name in item.names if len(name) > 1)
    return tuple(map(_plain, (*names, *codes)))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
