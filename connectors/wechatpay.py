"""Notices of WeChat Pay v3: proved over their raw bytes with the keys at hand, then opened; nobody outside is asked.

A forged notice must not cost a call: an unknown serial is refused, it fetches no certificate. While a merchant moves
from platform certificates to WeChat Pay's public key, notices come under either serial, so both are held.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

OLDEST = 300  # seconds that a notice may be old or early; WeChat Pay's own limit
STAMP = re.compile(r"[1-9][0-9]{9}")
LINE = re.compile(r"[\x21-\x7e]{1,128}")  # a nonce with a line feed in it would sign other lines
NAMES = ("timestamp", "nonce", "signature", "serial")


class Forged(Exception):
    """Nobody proved that WeChat Pay wrote this, now; also its own probes (WECHATPAY/SIGNTEST/…). Answer: 401."""


class Unreadable(Exception):
    """Proved, and not a notice that can be opened. Answer: 400, and an alarm: a key may be wrong."""


@dataclass(frozen=True)
class Keys:
    """A merchant's: `public` by Wechatpay-Serial (serials of certificates, PUB_KEY_ID_…), `api_v3` to open with."""

    public: Mapping[str, RSAPublicKey]
    api_v3: bytes = field(repr=False)


@dataclass(frozen=True)
class Notice:
    """One opened notice: the platform's `id`, the event (`TRANSACTION.SUCCESS`), and what it says of the order."""

    id: str
    event: str
    resource: Mapping[str, Any] = field(repr=False)


def read(headers: Mapping[str, str], body: bytes, *, keys: Keys, now: int) -> Notice:
    """One notice: headers in any case, the bytes as they came, `now` in Unix seconds. Raises Forged, Unreadable."""
    prove(headers, body, public=keys.public, now=now)
    try:
        told = json.loads(body)
        return Notice(str(told["id"]), str(told["event_type"]), _opened(told["resource"], keys.api_v3))
    except (ValueError, KeyError, TypeError, RecursionError, InvalidTag):
        raise Unreadable from None


def prove(headers: Mapping[str, str], body: bytes, *, public: Mapping[str, RSAPublicKey], now: int) -> None:
    """Raises Forged unless one of our keys signed time, nonce and these very bytes within five minutes of `now`."""
    given = {name.lower(): value for name, value in headers.items()}
    stamp, nonce, signature, serial = (given.get(f"wechatpay-{name}", "") for name in NAMES)
    if not STAMP.fullmatch(stamp) or abs(now - int(stamp)) >= OLDEST or not LINE.fullmatch(nonce):
        raise Forged
    if serial not in public:
        raise Forged
    signed = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    try:
        public[serial].verify(base64.b64decode(signature, validate=True), signed, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        raise Forged from None


def _opened(resource: Mapping[str, str], key: bytes) -> Mapping[str, Any]:
    """AEAD_AES_256_GCM; raises InvalidTag, ValueError, KeyError, TypeError."""
    sealed, associated = base64.b64decode(resource["ciphertext"], validate=True), resource.get("associated_data") or ""
    opened = json.loads(AESGCM(key).decrypt(resource["nonce"].encode(), sealed, associated.encode()))
    if not isinstance(opened, dict):
        raise TypeError
    return opened
