"""Who calls: HMAC-SHA256 over method, path with query, time, nonce, idempotency key and body."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from bot.errors import ConfigError

KEY_HEADER = "X-Peizhen-Key"
TIME_HEADER = "X-Peizhen-Timestamp"
NONCE_HEADER = "X-Peizhen-Nonce"
SIGNATURE_HEADER = "X-Peizhen-Signature"
IDEMPOTENCY_HEADER = "Idempotency-Key"
FRESH_SECONDS = 300
SECRET_LENGTH = 16  # characters; shorter secrets can be guessed


@dataclass(frozen=True)
class Key:
    """A key id that travels and a secret that does not."""

    id: str
    secret: str


def parse_key(text: str) -> Key:
    """`<key id>:<secret>` of PEIZHEN_HIS_KEY. Raises ConfigError."""
    key_id, _, secret = text.partition(":")
    if not key_id or not key_id.isascii() or len(secret) < SECRET_LENGTH:
        raise ConfigError(setting="PEIZHEN_HIS_KEY", why="must look like <key id>:<secret of 16 or more characters>")
    return Key(key_id, secret)


def sign(secret: str, *, method: str, target: str, seconds: str, nonce: str, idempotency_key: str, body: bytes) -> str:
    """The signature as 64 hex digits. `target` is path and query exactly as in the request line."""
    parts = (method.upper(), target, seconds, nonce, idempotency_key, hashlib.sha256(body).hexdigest())
    return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def headers(key: Key, *, method: str, target: str, idempotency_key: str, body: bytes) -> dict[str, str]:
    """The headers of one request; every attempt needs its own, because a nonce is good once."""
    seconds, nonce = str(int(time.time())), secrets.token_hex(16)
    signed = sign(
        key.secret,
        method=method,
        target=target,
        seconds=seconds,
        nonce=nonce,
        idempotency_key=idempotency_key,
        body=body,
    )
    named = {KEY_HEADER: key.id, TIME_HEADER: seconds, NONCE_HEADER: nonce, SIGNATURE_HEADER: signed}
    return {**named, IDEMPOTENCY_HEADER: idempotency_key} if idempotency_key else named
