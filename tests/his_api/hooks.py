"""What schemathesis needs to know of this API: how a call is signed, and things that really exist.

Written from docs/his-api.yaml alone; read by schemathesis as its hooks (SCHEMATHESIS_HOOKS).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import secrets
import time
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase

KEY_ID, _, SECRET = os.environ["HIS_KEY"].partition(":")
# operation id → parts of calls that can succeed: [{"path_parameters": {...}, "query": {...}, "body": {...}}, …]
KNOWN: dict[str, list[dict[str, dict[str, Any]]]] = json.loads(Path(os.environ["HIS_KNOWN"]).read_text("utf-8"))
SHARE = 0.7  # of the valid calls are about things that exist, the first two surely; the rest stay as they were made
_dice = random.Random(20261123)
_seen: Counter[str] = Counter()


class Signed(AuthBase):
    """The last to touch a request: path, query, key and body are what will be sent."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        seconds, nonce = str(int(time.time())), secrets.token_hex(16)
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        key = request.headers.get("Idempotency-Key", b"")
        key = key if isinstance(key, bytes) else key.encode("latin-1")
        head = f"{request.method}\n{request.path_url}\n{seconds}\n{nonce}".encode()
        lines = b"\n".join((head, key, hashlib.sha256(body).hexdigest().encode()))
        signature = hmac.new(SECRET.encode(), lines, hashlib.sha256).hexdigest()
        for name, value in (("Key", KEY_ID), ("Timestamp", seconds), ("Nonce", nonce), ("Signature", signature)):
            request.headers[f"X-Peizhen-{name}"] = value
        return request


schemathesis.auth.set_from_requests(Signed())


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case, _kwargs: dict[str, Any]) -> None:
    """Point most of the valid calls at something that exists, so that they get past "not found"."""
    operation = case.operation.definition.raw["operationId"]
    known = KNOWN.get(operation)
    if not known or not case.meta.generation.mode.is_positive:
        return
    _seen[operation] += 1
    if _seen[operation] > 2 and _dice.random() > SHARE:
        return
    for where, values in _dice.choice(known).items():
        made = getattr(case, where)
        setattr(case, where, {**made, **values} if hasattr(made, "items") else values)
