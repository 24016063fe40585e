"""The menu file, read with what this product knows of it: a key that nobody answers to is a mistake in the file."""

from __future__ import annotations

from pathlib import Path

from bot.errors import ConfigError
from bot.services.gestures import MENU_KEYS
from connectors.wechat.menu import BadMenu, Menus, load

FILE = Path(__file__).resolve().parents[1] / "menu.yaml"


def read(public_url: str, file: Path = FILE) -> Menus:
    """Raises ConfigError that names the button."""
    try:
        found = load(file.read_text(encoding="utf-8"), public_url)
    except BadMenu as bad:
        raise ConfigError(setting=str(file), why=str(bad)) from None
    strange = sorted(found.keys() - MENU_KEYS)
    if strange:
        raise ConfigError(setting=str(file), why=f"nobody answers to the key {strange[0]}")
    return found
