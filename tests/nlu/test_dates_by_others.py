"""Day phrases that somebody wrote who did not write the reader: `tests/gates/corpora/dates.jsonl`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from actions.booking_when import CORRECTING
from bot.nlu import dates, respell
from bot.nlu.text import fold

CORPUS = Path(__file__).parents[1] / "gates" / "corpora" / "dates.jsonl"
ENOUGH = 0.95


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def wanted(row: dict[str, Any]) -> str | None:
    """The day that a booking takes from a message: the first said, after a correction the last."""
    found = dates.find(fold(row["text"]), datetime.fromisoformat(row["now"]).date())
    if not found:
        return None
    return str(found[-1 if CORRECTING.search(row["text"]) else 0].value)


def share_right() -> float:
    expected = [row["from"] if row["from"] == row["to"] else f"{row['from']}/{row['to']}" for row in rows()]
    return sum(wanted(row) == days for row, days in zip(rows(), expected, strict=True)) / len(expected)


def test_nearly_all_phrases_of_somebody_else_mean_the_day_he_meant() -> None:
    assert len(rows()) >= 200
    assert share_right() >= ENOUGH


def test_it_would_not_without_the_words_as_people_say_them(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = lambda text: respell.Respelled(text, [*range(len(text))], [*range(1, len(text) + 1)])  # noqa: E731
    monkeypatch.setattr(dates, "respell", plain)
    assert share_right() < ENOUGH


def test_no_phrase_means_a_past_day() -> None:
    for row in rows():
        today = datetime.fromisoformat(row["now"]).date()
        assert all(str(span.value)[:10] >= today.isoformat() for span in dates.find(fold(row["text"]), today)), row
