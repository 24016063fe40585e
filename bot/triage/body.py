"""The body map's parts and what is said of each: data beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ADULT, CHILD = "adult", "child"


@dataclass(frozen=True)
class Part:
    """One part. `who`: adult or child, "" = both."""

    name: str
    says: tuple[str, ...]
    who: str = ""


@lru_cache(maxsize=1)
def parts() -> Mapping[str, Part]:
    """Name → part, in the file's order."""
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    bodies: dict[str, dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    return {name: Part(name, tuple(body["says"]), body.get("who", "")) for name, body in bodies.items()}


def complaint(said: str, who: str) -> str:
    """The words of a tap as the interview reads them: of a child it says so."""
    return f"孩子{said}" if who == CHILD else said
