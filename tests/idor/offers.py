"""What a page of the console leads to, held against who may go there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask

from bot.web import doors

TAG = re.compile(r"<[a-z][^>]*>")
ADDRESS = re.compile(r'\s(href|action|formaction|data-live)="(/console/[^"]*)"')
ANYBODYS = frozenset({"console.signin"})


def offered(app: Flask, page: str) -> set[str]:
    """Endpoints of the links, forms and buttons of a page."""
    adapter = app.url_map.bind("localhost")
    ways = {way for tag in TAG.findall(page) for way in _ways(tag)}
    return {str(adapter.match(path, method)[0]) for path, method in ways if adapter.test(path, method)}


def _ways(tag: str) -> set[tuple[str, str]]:
    """(path, method) of one tag; a button may send its form either way."""
    found = set()
    for name, address in ADDRESS.findall(tag):
        methods = {"action": ["POST" if 'method="post"' in tag else "GET"], "formaction": ["GET", "POST"]}
        found |= {(urlsplit(address.replace("&amp;", "&")).path, one) for one in methods.get(name, ["GET"])}
    return found


def beyond(app: Flask, role: str, page: str) -> set[str]:
    """What a page offers to a role that may not do it."""
    return {one for one in offered(app, page) - ANYBODYS if not doors.may(role, one)}
