"""The account's menu from YAML, checked against WeChat's limits before WeChat sees it.

buttons:
  - name: 服务
    sub:
      - {name: 预约, key: book}
      - {name: 我的订单, url: /orders}
  - {name: 帮助, key: help}
conditional:             # menus for those who have a tag, at most 5
  - tag: 家属
    buttons: [{name: 家属专区, key: family}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from connectors.wechat.errors import PlatformRefused
from connectors.wechat.followers import Tags
from connectors.wechat.platform import Platform

TOP, SUB = 3, 5  # buttons on the bar, under each
TOP_BYTES, SUB_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1024  # UTF-8
KEYED = frozenset(
    {"click", "scancode_push", "scancode_waitmsg"}
    | {"pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"}
)
FIELDS = frozenset({"name", "key", "url", "type", "sub"})
PARTS = frozenset({"buttons", "conditional"})
CONDITIONAL = 5  # of our own making; every one of them has to be kept true
NO_MENU = 46003  # WeChat's code where none was made yet
Body = dict[str, Any]  # of menu/create: {"button": […]}


class BadMenu(ValueError):
    """`where` is the path of the button, `why` one of our words."""

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"{where}: {why}")


@dataclass(frozen=True)
class Menus:
    """The menu of everybody, and those of whoever has a tag, by its name."""

    everybody: Body
    tagged: Mapping[str, Body] = field(default_factory=dict)

    def keys(self) -> set[str]:
        """What its buttons send."""
        return {key for body in (self.everybody, *self.tagged.values()) for key in _keys(body["button"])}


def load(text: str, base_url: str = "") -> Menus:
    """YAML → menus. URLs that begin with `/` get `base_url` in front. Raises BadMenu."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        raise BadMenu("menu", "not YAML") from None
    if not isinstance(found, Mapping) or not set(found) <= PARTS:
        raise BadMenu("menu", "needs `buttons`, and may have `conditional`")
    return Menus(_body(found, "buttons", base_url), dict(_tagged(found.get("conditional") or [], base_url)))


def push(platform: Platform, menus: Menus) -> None:
    """Replace all menus at WeChat; clients show them within five minutes. Raises PlatformRefused for an unknown tag."""
    known = Tags(platform).all() if menus.tagged else {}
    unknown = [name for name in menus.tagged if name not in known]
    if unknown:
        raise PlatformRefused(0, "unknown_tag")
    old = _conditional(shown(platform))
    platform.call("menu/create", menus.everybody)
    for menu_id in old:
        platform.call("menu/delconditional", {"menuid": menu_id})
    for name, body in menus.tagged.items():
        platform.call("menu/addconditional", {**body, "matchrule": {"tag_id": str(known[name])}})


def shown(platform: Platform) -> dict[str, Any]:
    """What WeChat has: `menu` and, where there are some, `conditionalmenu`; {} = none yet."""
    try:
        return platform.ask("menu/get")
    except PlatformRefused as refused:
        if refused.code != NO_MENU:
            raise
        return {}


def _conditional(found: Mapping[str, Any]) -> list[str]:
    menus = found.get("conditionalmenu") or []
    return [str(each["menuid"]) for each in menus if isinstance(each, Mapping) and "menuid" in each]


def _tagged(found: Any, base_url: str) -> Iterator[tuple[str, Body]]:
    if not isinstance(found, list) or len(found) > CONDITIONAL:
        raise BadMenu("conditional", f"needs 0 to {CONDITIONAL} menus")
    seen: set[str] = set()
    for at, each in enumerate(found, start=1):
        where = f"conditional[{at}]"
        tag = each.get("tag") if isinstance(each, Mapping) and set(each) <= {"tag", "buttons"} else None
        if not isinstance(tag, str) or not tag or tag in seen:
            raise BadMenu(where, "needs a tag of its own, and buttons")
        seen.add(tag)
        yield tag, _body(each, f"{where}.buttons", base_url)


def _body(found: Mapping[str, Any], where: str, base_url: str) -> Body:
    return {"button": _list(found.get("buttons"), where, TOP, base_url, TOP_BYTES)}


def _keys(buttons: list[Body]) -> Iterator[str]:
    for button in buttons:
        yield from _keys(button.get("sub_button", []))
        if "key" in button:
            yield button["key"]


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
