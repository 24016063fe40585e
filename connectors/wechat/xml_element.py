"""Untrusted XML → an Element. No DTD, no entities, bounded depth and size; one error: Malformed."""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from connectors.wechat.element import MAX_DEPTH, MAX_ELEMENTS, Element
from connectors.wechat.errors import Malformed


def from_xml(text: str) -> Element:
    """Parse a document whose root is `<xml>`. Raises Malformed."""
    reader = _Reader()
    try:
        reader.feed(text.encode())
    except expat.ExpatError:
        raise Malformed("xml") from None
    if reader.root.name != "xml":
        raise Malformed("root")
    return reader.root


class _Reader:
    def __init__(self) -> None:
        self.root = Element("")
        self._stack: list[Element] = []
        self._count = 0

    def feed(self, document: bytes) -> None:
        parser = expat.ParserCreate("utf-8")  # wins over what the document declares
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(document, True)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._stack) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Malformed("too deep or too large")
        element = Element(name)
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self.root = element
        self._stack.append(element)

    def _end(self, _name: str) -> None:
        self._stack.pop()

    def _data(self, text: str) -> None:
        if self._stack:
            self._stack[-1].parts.append(text)


def _refuse(*_declaration: object) -> NoReturn:
    raise Malformed("dtd")
