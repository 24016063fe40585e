"""Untrusted XML → a small tree. No DTD, no entities, bounded depth and size; one error: Malformed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from connectors.wechat.errors import Malformed

MAX_DEPTH = 32
MAX_ELEMENTS = 1000
# Characters that XML 1.0 forbids. Patients' keyboards do send them, and expat refuses the whole message.
ILLEGAL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass
class Element:
    """One element: its own character data and its children in document order."""

    name: str
    parts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The character data directly inside."""
        return "".join(self.parts)

    def all(self, name: str) -> list[Element]:
        """The children of that name."""
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> str:
        """The text of the one child of that name, '' when absent. Malformed when doubled or nested."""
        found = self.all(name)
        if len(found) > 1:
            raise Malformed(f"duplicate {name}")
        if found and found[0].children:
            raise Malformed(f"nested {name}")
        return found[0].text if found else ""


def read(raw: bytes) -> Element:
    """Parse a document whose root is `<xml>`. Raises Malformed."""
    reader = _Reader()
    try:
        reader.feed(_clean(raw).encode())
    except expat.ExpatError:
        raise Malformed("xml") from None
    if reader.root.name != "xml":
        raise Malformed("root")
    return reader.root


def _clean(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8").lstrip("\ufeff").strip()
    except UnicodeDecodeError:
        raise Malformed("encoding") from None
    if not text:
        raise Malformed("empty")
    if text[0] in "{[":
        raise Malformed("json")
    if "\0" in text:
        raise Malformed("nul")
    return ILLEGAL.sub("", text)


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
