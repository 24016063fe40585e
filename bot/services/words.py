"""The bot's words outside rasa: the same responses of domain.yml and bot/domain/*.yml, read as data."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot import clock
from bot.ports import Reply

WEEKDAYS = "一二三四五六日"
ROOT = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def _responses() -> dict[str, list[dict[str, Any]]]:
    files = [ROOT / "domain.yml", *sorted((ROOT / "bot" / "domain").glob("*.yml"))]
    found: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        found |= (yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}).get("responses") or {}
    return found


def say(name: str, /, **facts: object) -> Reply:
    """One response by its name, filled with facts; a fact that is missing stays out silently."""
    response = _responses()[name][0]
    reply: Reply = {"text": response["text"].format_map(_Blank(facts)).strip()}
    if response.get("buttons"):
        reply["choices"] = [{"label": b["title"], "payload": b["payload"]} for b in response["buttons"]]
    return reply


def half_hour(day: date, start: datetime, end: datetime) -> str:
    """11月23日 周一 08:30-09:00 of naive UTC moments."""
    first, last = clock.local(start), clock.local(end)
    return f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]} {first:%H:%M}-{last:%H:%M}"


def choice(label: str, intent: str, value: str) -> dict[str, str]:
    """A choice that says an intent with one value."""
    return {"label": label, "payload": f"/{intent}{json.dumps({'value': value})}"}


def known(name: str) -> bool:
    return name in _responses()


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""
