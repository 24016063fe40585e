"""The account's menu from YAML, checked against WeChat's limits before WeChat sees it.

- name: 看病
  sub:
    - {name: 预约挂号, key: book}
    - {name: 我的报告, url: /h5/reports}
- {name: 帮助, key: help}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

TOP, SUB = 3, 5  # buttons on the bar, under each
TOP_BYTES, SUB_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024  # UTF-8
KEYED = frozenset(
    {"click", "scancode_push", "scancode_waitmsg"}
    | {"pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"}
)
FIELDS = frozenset({"name", "key", "url", "type", "sub"})


class BadMenu(ValueError):
    """`where` is the path of the button, `why` one of our words."""

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"{where}: {why}")


def load(text: str, base_url: str = "") -> dict[str, Any]:
    """YAML → the body of `menu/create`. URLs that begin with `/` get `base_url` in front. Raises BadMenu."""
    try:
        buttons = yaml.safe_load(text)
    except yaml.YAMLError:
        raise BadMenu("menu", "not YAML") from None
    return {"button": _list(buttons, "menu", TOP, base_url, TOP_BYTES)}


def _list(buttons: Any, where: str, most: int, base_url: str, name_bytes: int) -> list[dict[str, Any]]:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= most:
        raise BadMenu(where, f"needs 1 to {most} buttons")
    return [_button(button, f"{where}[{at}]", base_url, name_bytes) for at, button in enumerate(buttons, start=1)]


def _button(button: Any, where: str, base_url: str, name_bytes: int) -> dict[str, Any]:
    if not isinstance(button, Mapping) or not set(button) <= FIELDS:
        raise BadMenu(where, "unknown field")
    name = {"name": _text(button, "name", where, name_bytes)}
    kinds = [field for field in ("sub", "url", "key") if field in button]
    if len(kinds) != 1:
        raise BadMenu(where, "needs one of sub, url, key")
    if kinds == ["sub"]:
        if name_bytes != TOP_BYTES:
            raise BadMenu(where, "only two levels")
        return {**name, "sub_button": _list(button["sub"], where, SUB, base_url, SUB_BYTES)}
    return {**name, **(_view(button, where, base_url) if kinds == ["url"] else _click(button, where))}


def _view(button: Mapping[str, Any], where: str, base_url: str) -> dict[str, str]:
    if button.get("type", "view") != "view":
        raise BadMenu(where, "a url is of type view")
    url = _text(button, "url", where, URL_BYTES)
    url = f"{base_url.rstrip('/')}{url}" if url.startswith("/") else url
    if not url.startswith(("https://", "http://")) or len(url.encode()) > URL_BYTES:
        raise BadMenu(where, "bad url")
    return {"type": "view", "url": url}


def _click(button: Mapping[str, Any], where: str) -> dict[str, str]:
    kind = button.get("type", "click")
    if kind not in KEYED:
        raise BadMenu(where, "unknown type")
    return {"type": kind, "key": _text(button, "key", where, KEY_BYTES)}


def _text(button: Mapping[str, Any], field: str, where: str, most: int) -> str:
    value = button.get(field)
    if not isinstance(value, str) or not value.strip():
        raise BadMenu(where, f"{field} is missing")
    if len(value.encode()) > most:
        raise BadMenu(where, f"{field} is longer than {most} bytes")
    return value
