"""What WeChat renders of a text: `<a>`, line ends and bare addresses; all else stays as it is.

Parts, in order, each with "t" and "text": text · reply with "content" and "id" (a tap sends `content`) ·
page with "path" (an own page, opens in the phone) · link with "url" · call with "number".
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from urllib.parse import parse_qs, urlsplit

from connectors.simulator.config import Json
from connectors.simulator.paths import own_path

ANCHOR = re.compile(r"<a\b([^<>]*)>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&*+,;=%]+")
PHONE = re.compile(r"[0-9+\-]{3,20}")
MENU = "weixin://bizmsgmenu"


def parts_of(text: str, hosts: Collection[str]) -> list[Json]:
    """A reply's text → parts; `hosts` are the product's own."""
    return list(_walk(text, hosts))


def plain_of(parts: list[Json]) -> str:
    """What a reader sees."""
    return "".join(part["text"] for part in parts)


def _walk(text: str, hosts: Collection[str]) -> Iterator[Json]:
    at = 0
    for match in ANCHOR.finditer(text):
        yield from _bare(text[at : match.start()], hosts)
        yield _anchor(match.group(1), html.unescape(match.group(2)), hosts)
        at = match.end()
    yield from _bare(text[at:], hosts)


def _bare(text: str, hosts: Collection[str]) -> Iterator[Json]:
    at = 0
    for match in ADDRESS.finditer(text):
        if match.start() > at:
            yield _text(text[at : match.start()])
        yield link_part(match.group(), match.group(), hosts)
        at = match.end()
    if at < len(text):
        yield _text(text[at:])


def _anchor(attributes: str, label: str, hosts: Collection[str]) -> Json:
    found = HREF.search(attributes)
    href = html.unescape(found.group(1) or found.group(2) or "").strip() if found else ""
    if href.lower().startswith(MENU):
        return _reply(href, label)
    return link_part(href, label, hosts)


def _reply(href: str, label: str) -> Json:
    query = parse_qs(urlsplit(href).query)
    content = query.get("msgmenucontent", [label])[0]
    return {"t": "reply", "text": label, "content": content, "id": query.get("msgmenuid", [""])[0]}


def link_part(href: str, label: str, hosts: Collection[str]) -> Json:
    """An address → the part that a tap on it deserves; what is unsafe becomes plain text."""
    path = own_path(href, hosts)
    if path is not None:
        return {"t": "page", "text": label, "path": path}
    if href.lower().startswith("tel:") and PHONE.fullmatch(href[4:]):
        return {"t": "call", "text": label, "number": href[4:]}
    if ADDRESS.fullmatch(href):
        return {"t": "link", "text": label, "url": href}
    return _text(label)


def _text(text: str) -> Json:
    return {"t": "text", "text": text}
