"""Which results a doctor tells first: critical ones, and those that the hospital's rules call sensitive."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from bot.his.port import Report

Rules = Mapping[str, Any]


def held(rules: Rules, report: Report) -> bool:
    """Whether the patient must not see it yet. A list's head without items may still turn out to be held."""
    return report.released_at is None and (critical(rules, report) or sensitive(rules, report))


def critical(rules: Rules, report: Report) -> bool:
    """By the hospital's own mark, or by the flag of any item."""
    flags = frozenset(rules["held_flags"])
    return bool(rules["held_critical"] and report.critical) or any(item.flag in flags for item in report.items)


def sensitive(rules: Rules, report: Report) -> bool:
    """By a code, or by a word in the name of the report or of one of its items."""
    codes = {_plain(str(code)) for code in rules["held_codes"]}
    if any(_plain(item.code) in codes for item in report.items):
        return True
    return _says(rules["held_words"], [report.name, *(item.name for item in report.items)])


def _says(words: Iterable[object], names: Iterable[str]) -> bool:
    wanted = [_plain(str(word)) for word in words]
    return any(word in name for name in map(_plain, names) for word in wanted)


def _plain(text: str) -> str:
    """ＨＩＶ, hiv and HIV are one word."""
    return unicodedata.normalize("NFKC", text).casefold()
