"""The account's menu: three buttons, five below each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from connectors.simulator.config import Json
from connectors.simulator.database import Database, tick
from connectors.simulator.errors import PlatformError

TOP, BELOW = 3, 5
TOP_NAME_BYTES, BELOW_NAME_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024
KEYED = frozenset(
    [
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    ]
)


class Menus:
    """Stores what menu/create sent; before that, and after menu/delete, there is the default or none."""

    def __init__(self, database: Database, default: Sequence[Json]) -> None:
        self._database, self._default = database, list(default)

    def create(self, buttons: Any) -> None:
        """Raises PlatformError 40016–40023."""
        check(buttons)
        self._store(json.dumps(buttons, ensure_ascii=False))

    def delete(self) -> None:
        self._store(None)

    def stored(self) -> list[Json]:
        """What menu/get returns. Raises PlatformError 46003."""
        buttons, _ = self._row()
        if buttons is None:
            raise PlatformError(46003)
        return buttons

    def shown(self) -> tuple[list[Json], int]:
        """(buttons on the phone, revision)."""
        buttons, rev = self._row()
        return (self._default if rev == 0 else buttons or []), rev

    def _row(self) -> tuple[list[Json] | None, int]:
        with self._database.read() as connection:
            row = connection.execute("SELECT buttons, rev FROM menu").fetchone()
        if row is None:
            return None, 0
        return (json.loads(row["buttons"]) if row["buttons"] else None), row["rev"]

    def _store(self, buttons: str | None) -> None:
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO menu VALUES (1, ?, ?)", (buttons, tick(connection)))


def check(buttons: Any) -> None:
    """The platform's rules. Raises PlatformError."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP:
        raise PlatformError(40016)
    for button in buttons:
        _check_name(button, TOP_NAME_BYTES)
        below = button.get("sub_button") or []
        if not isinstance(below, list) or len(below) > BELOW:
            raise PlatformError(40023)
        for leaf in below or [button]:
            _check_name(leaf, BELOW_NAME_BYTES)
            _check_leaf(leaf)


def _check_name(button: Any, longest: int) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not 0 < len(name.encode(errors="replace")) <= longest:
        raise PlatformError(40018)


def _check_leaf(button: Json) -> None:
    kind = button.get("type")
    if kind in KEYED:
        _check_word(button.get("key"), KEY_BYTES, 40019)
    elif kind in {"view", "miniprogram"}:
        _check_word(button.get("url"), URL_BYTES, 40020)
    else:
        raise PlatformError(40017)


def _check_word(word: Any, longest: int, errcode: int) -> None:
    if not isinstance(word, str) or not 0 < len(word.encode(errors="replace")) <= longest:
        raise PlatformError(errcode)
