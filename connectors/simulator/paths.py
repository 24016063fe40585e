"""Which addresses are the product's own: the only ones that a redirect or an overlay may lead to."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit, urlunsplit

LONGEST = 2048


def own_path(url: str, hosts: Collection[str]) -> str | None:
    """`/path?query#fragment` on our own origin, or None for everything else.

    >>> own_path("http://localhost:8000/h5/?a=1", {"localhost:8000"})
    '/h5/?a=1'
    >>> own_path("//elsewhere.example/", set()) is None
    True
    """
    if (
        not 0 < len(url) <= LONGEST
        or "\\" in url
        or url.startswith("//")
        or any(ord(c) <= ord(" ") or c == "\x7f" for c in url)
    ):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    foreign = parts.scheme not in {"http", "https"} or parts.netloc.lower() not in hosts
    if (parts.scheme or parts.netloc) and foreign:
        return None
    path = urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment))
    return path if path.startswith("/") and not path.startswith("//") else None
