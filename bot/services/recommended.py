"""Experts recommended by their department, month by month: bot/experts.yaml, read and checked once at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot import clock
from bot.errors import ConfigError
from bot.ports import Ports

FILE = Path(__file__).resolve().parents[1] / "experts.yaml"
MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
LONGEST_WHY = 40  # characters
List = Mapping[str, Mapping[str, str]]  # month → doctor's id → why, in the order in which they are shown


def now(ports: Ports) -> Mapping[str, str]:
    """The recommended doctors of this month: id → why."""
    return known().get(f"{clock.local(ports.now()):%Y-%m}", {})


@lru_cache(maxsize=1)
def known() -> List:
    """All months of the file. Raises ConfigError."""
    return read(FILE)


def read(path: Path) -> List:
    """Raises ConfigError, naming the month, for a file that says something else than months of doctors."""
    found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(found, dict):
        raise _wrong("must be a mapping of months")
    return {str(month): _month(str(month), doctors) for month, doctors in found.items()}


def _month(month: str, doctors: Any) -> dict[str, str]:
    if not MONTH.fullmatch(month) or not isinstance(doctors, list):
        raise _wrong(f"{month}: not a month with a list of doctors")
    found: dict[str, str] = {}
    for line in doctors:
        doctor, why = _line(month, line)
        if doctor in found:
            raise _wrong(f"{month}: {doctor} twice")
        found[doctor] = why
    return found


def _line(month: str, line: Any) -> tuple[str, str]:
    named = line if isinstance(line, dict) else {}
    doctor, why = named.get("doctor"), named.get("why")
    if set(named) != {"doctor", "why"} or not isinstance(doctor, str) or not isinstance(why, str):
        raise _wrong(f"{month}: each line is doctor and why")
    if not why.strip() or len(why) > LONGEST_WHY:
        raise _wrong(f"{month}: {doctor} needs a why of at most {LONGEST_WHY} characters")
    return doctor, why


def _wrong(why: str) -> ConfigError:
    return ConfigError(setting="bot/experts.yaml", why=why)
