"""A document in one of the two data formats that an account may choose: XML or JSON."""

from __future__ import annotations

from typing import Literal

from connectors.wechat.element import ILLEGAL, Element
from connectors.wechat.errors import Malformed
from connectors.wechat.json_element import from_json, to_json
from connectors.wechat.xml_element import from_xml

Notation = Literal["xml", "json"]

BLANK = b"\xef\xbb\xbf \t\r\n"  # a byte order mark and white space


def notation(raw: bytes) -> Notation:
    """Which of the two it tries to be."""
    return "json" if raw.lstrip(BLANK)[:1] in {b"{", b"["} else "xml"


def read(raw: bytes) -> Element:
    """An untrusted document. Raises Malformed."""
    text = _text(raw)
    return from_json(text) if notation(raw) == "json" else from_xml(ILLEGAL.sub("", text))


def write(xml: str, form: Notation) -> bytes:
    """A reply of ours, drawn up in XML, in the format of the post that it answers."""
    return (to_json(from_xml(xml)) if form == "json" else xml).encode()


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8").lstrip("\ufeff").strip()
    except UnicodeDecodeError:
        raise Malformed("encoding") from None
    if not text:
        raise Malformed("empty")
    if "\0" in text:
        raise Malformed("nul")
    return text
