"""Targets of redirects: own paths alone."""

from __future__ import annotations

import re

LONGEST = 512  # characters
# No `//`, no backslash, no control character, no `.`-segments: what browsers may read as another host.
SAFE = re.compile(r"(/[A-Za-z0-9_~%-][A-Za-z0-9_.~%-]*)+/?(\?[A-Za-z0-9_.~%=&+,:-]*)?")


def own(target: str | None, *, room: str, otherwise: str) -> str:
    """The target when it is a plain path under `/<room>/`, else `otherwise`.

    >>> own("/h5/queue", room="h5", otherwise="/h5/me")
    '/h5/queue'
    >>> own("//evil.example/h5/", room="h5", otherwise="/h5/me")
    '/h5/me'
    """
    plain = target and len(target) <= LONGEST and target.startswith(f"/{room}/") and SAFE.fullmatch(target)
    return target if target and plain else otherwise
