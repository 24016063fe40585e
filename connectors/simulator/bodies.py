"""Reads a posted JSON object."""

from __future__ import annotations

import json

from flask import request

from connectors.simulator.config import Json


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
