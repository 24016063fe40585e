"""What each wish of a patient is called among staff; read from `bot/intents.yaml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).parents[1] / "intents.yaml"


@lru_cache(maxsize=1)
def groups() -> dict[str, dict[str, str]]:
    """Group → intent → its name in Chinese, in the order of the file."""
    found: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Intent → its name in Chinese."""
    return {intent: name for group in groups().values() for intent, name in group.items()}
