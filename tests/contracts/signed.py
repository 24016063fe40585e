"""A test client of a served hospital that signs its calls."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.his.http.signature import headers, parse_key


def call(
    client: FlaskClient, key: str, method: str, target: str, *, body: Any = None, idempotency_key: str = ""
) -> TestResponse:
    """One call; `body` is JSON, or bytes as they are."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    target = quote(target, safe="/?=&%:.-_~")
    signed = headers(parse_key(key), method=method, target=target, idempotency_key=idempotency_key, body=content)
    return client.open(target, method=method, data=content, headers=signed, content_type="application/json")
