"""Untrusted JSON → the same tree that XML gives, and a tree of ours → JSON. One error: Malformed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from connectors.wechat.element import ILLEGAL, MAX_DEPTH, MAX_ELEMENTS, Element
from connectors.wechat.errors import Malformed

FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
NUMBERS = frozenset({"CreateTime", "ArticleCount"})  # which fields of a reply are numbers in JSON
CONSTANTS = {None: "", True: "true", False: "false"}


def from_json(text: str) -> Element:
    """Parse one object: a list stands for repeated elements, a number for its digits. Raises Malformed."""
    try:
        found = json.loads(
            text, strict=False, parse_int=str, parse_float=str, parse_constant=_refuse, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        raise Malformed("json") from None
    if not isinstance(found, dict):
        raise Malformed("root")
    root = Element("xml", children=list(_children(found, 1)))
    if sum(1 for _ in _all(root)) > MAX_ELEMENTS:
        raise Malformed("too deep or too large")
    return root


def to_json(root: Element) -> str:
    """A passive reply of ours as WeChat's JSON spells it; `item` elements make a list."""
    return json.dumps(_value(root), ensure_ascii=False, separators=(",", ":"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("duplicate")
    return found


def _children(fields: dict[str, Any], depth: int) -> Iterator[Element]:
    for name, value in fields.items():
        if not FIELD.fullmatch(name):
            raise Malformed("name")
        yield from _elements(name, value, depth)


def _elements(name: str, value: Any, depth: int) -> Iterator[Element]:
    if depth > MAX_DEPTH:
        raise Malformed("too deep or too large")
    if isinstance(value, list):
        for one in value:
            yield from _elements(name, one, depth + 1)
    elif isinstance(value, dict):
        yield Element(name, children=list(_children(value, depth + 1)))
    else:
        yield Element(name, [_text(value)])


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else CONSTANTS[value]
    if "\0" in text:
        raise Malformed("nul")
    return ILLEGAL.sub("", text)


def _all(element: Element) -> Iterator[Element]:
    for child in element.children:
        yield child
        yield from _all(child)


def _value(element: Element) -> Any:
    if not element.children:
        return int(element.text) if element.name in NUMBERS else element.text
    if all(child.name == "item" for child in element.children):
        return [_value(child) for child in element.children]
    return {child.name: _value(child) for child in element.children}


def _refuse(_constant: str) -> NoReturn:
    raise Malformed("json")
