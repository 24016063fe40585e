"""PEIZHEN_HIS=federated: which hospitals, read from PEIZHEN_HIS_URL and PEIZHEN_HIS_KEY."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ConfigError
from bot.his.embedded import EmbeddedHis
from bot.his.http import HttpHis
from bot.his.port import HisPort
from bot.settings import Settings

URL, KEY = "PEIZHEN_HIS_URL", "PEIZHEN_HIS_KEY"
PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)  # what stands before the full stop of every id
SHAPE = "`<id>=<url>;<id>=<url>` or a YAML file with `hospitals: [{id, url, key}]`"


@dataclass(frozen=True)
class Entry:
    """One hospital: its prefix, where it is (http, https, or a database), and the key of our calls."""

    id: str
    url: str
    key: str = field(repr=False)

    @property
    def served(self) -> bool:
        return self.url.startswith(("http://", "https://"))


def entries(settings: Settings) -> list[Entry]:
    """The hospitals in their order. Raises ConfigError."""
    told = settings[URL]
    rows = _from_file(Path(told)) if told.endswith((".yaml", ".yml")) else _from_text(told)
    keys = _keys(settings[KEY], {row["id"] for row in rows})
    found = [Entry(row["id"], row["url"], row.get("key") or keys.get(row["id"], "")) for row in rows]
    _check(found)
    return found


def port(entry: Entry) -> HisPort:
    """The adapter of one hospital. Raises ConfigError for a served one without a good key."""
    return HttpHis(entry.url, entry.key) if entry.served else EmbeddedHis(entry.url)


def _from_text(told: str) -> list[dict[str, str]]:
    pairs = [part.partition("=") for part in told.split(";") if part.strip()]
    return [{"id": name.strip(), "url": url.strip()} for name, _, url in pairs]


def _from_file(path: Path) -> list[dict[str, str]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(setting=URL, why=f"{path}: {type(error).__name__}") from None
    rows = content.get("hospitals") if isinstance(content, Mapping) else None
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise ConfigError(setting=URL, why=f"{path} must hold {SHAPE.split(' with ')[1]}")
    return [dict(row) for row in rows]


def _is_row(row: Any) -> bool:
    texts = isinstance(row, dict) and all(isinstance(value, str) for value in row.values())
    return texts and {"id", "url"} <= set(row) <= {"id", "url", "key"}


def _keys(told: str, ids: set[str]) -> dict[str, str]:
    """`<id>=<key>;<id>=<key>`, or one key for all."""
    if not any(told.startswith(f"{each}=") for each in ids):
        return dict.fromkeys(ids, told)
    pairs = [part.partition("=") for part in told.split(";") if part.strip()]
    return {name.strip(): key.strip() for name, _, key in pairs}


def _check(found: list[Entry]) -> None:
    ids = [entry.id for entry in found]
    if not found or not all(PREFIX.fullmatch(entry.id) and "://" in entry.url for entry in found):
        raise ConfigError(setting=URL, why=f"must be {SHAPE}")
    if len(set(ids)) < len(ids):
        raise ConfigError(setting=URL, why="names a hospital twice")
    for entry in found:
        if entry.served and not entry.key:
            raise ConfigError(setting=KEY, why=f"has no key for {entry.id}")
