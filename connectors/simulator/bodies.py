"""Reads posted JSON objects: of the product's calls, and of our own page."""

from __future__ import annotations

import json

from flask import request

from connectors.simulator.config import Json
from connectors.simulator.errors import PlatformError, Rejected

LARGEST_OF_PAGE = 16 * 1024
LARGEST_CALL = 64 * 1024


def json_object(largest: int) -> Json:
    """The object in the body, at most `largest` bytes. Raises ValueError for everything else."""
    raw = request.stream.read(largest + 1)
    if len(raw) > largest:
        raise ValueError("too large")
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()  # half characters: no XML and no database takes them
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(body, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one error for one fault
    return body


def posted(largest: int = LARGEST_CALL) -> Json:
    """The object of one call to the platform. Raises PlatformError 43002 or 47001."""
    if request.method != "POST":
        raise PlatformError(43002)
    try:
        return json_object(largest)
    except ValueError:
        raise PlatformError(47001) from None


def from_page() -> Json:
    """What our own page posted. Raises Rejected 403 without its header, 400 or 413 for a bad body."""
    if request.headers.get("X-Sim") != "1":
        raise Rejected(403, "header_missing")
    if (request.content_length or 0) > LARGEST_OF_PAGE:
        raise Rejected(413, "too_large")
    try:
        return json_object(LARGEST_OF_PAGE)
    except ValueError:
        raise Rejected(400, "bad_json") from None
