"""A message in WeChat's two formats, XML and JSON.

Fields keep their order. A text is a CDATA section in XML, a number stands bare; an object becomes an element with
children, a list repeats the element. Control characters go out as they came in: the platform does not take them away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from connectors.simulator.config import Json
from connectors.simulator.envelope import BadEnvelope, parse_xml


def as_xml(fields: Mapping[str, Any]) -> str:
    """`{"MsgType": "text", "MsgId": 1}` → `<xml><MsgType><![CDATA[text]]></MsgType><MsgId>1</MsgId></xml>`."""
    return f"<xml>{_children(fields)}</xml>"


def as_json(fields: Mapping[str, Any]) -> str:
    """The same fields as one JSON object, Chinese as it is."""
    return json.dumps(fields, ensure_ascii=False)


def read_xml(body: bytes) -> Json:
    """An `<xml>` document → its fields, nested. Raises BadEnvelope."""
    value = _value(parse_xml(body))
    return value if isinstance(value, dict) else {}


def read_json(body: bytes) -> Json:
    """A JSON object → its fields. Raises BadEnvelope."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # half characters fit into no signature
    except (ValueError, RecursionError):
        raise BadEnvelope("not JSON") from None
    if not isinstance(value, dict):
        raise BadEnvelope("not a message")
    return value


def _children(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, one) for name, value in fields.items() for one in _each(value))


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inner = _children(value)
    else:
        inner = str(value) if isinstance(value, (int, float)) else _cdata(str(value))
    return f"<{name}>{inner}</{name}>"


def _cdata(value: str) -> str:
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _value(element: ET.Element) -> Any:
    """A text, or the children as an object; a name that comes again makes a list."""
    if len(element) == 0:
        return element.text or ""
    found: Json = {}
    for child in element:
        value = _value(child)
        found[child.tag] = [*_each(found[child.tag]), value] if child.tag in found else value
    return found
