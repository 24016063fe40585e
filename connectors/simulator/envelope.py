"""WeChat's message encryption: AES-256-CBC with a 32-byte pad, SHA-1 signatures, the XML envelope."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # WeChat pads to 32 bytes, twice the AES block
RANDOM = 16
LENGTH = 4
IV = 16
SEALED_FIELDS = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")


class BadEnvelope(Exception):
    """The sealed text is not what WeChat would accept; the argument says why."""


def sign(*words: str) -> str:
    """SHA-1 over the sorted words, 40 hex."""
    return hashlib.sha1("".join(sorted(words)).encode(), usedforsecurity=False).hexdigest()


def parse_xml(body: bytes) -> ET.Element:
    """An `<xml>` document, each field once. Raises BadEnvelope; document types are refused."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadEnvelope("document type")
    try:
        root = ET.fromstring(body)  # noqa: S314 - entities are refused above
    except (ET.ParseError, ValueError):
        raise BadEnvelope("not XML") from None
    names = [child.tag for child in root]
    if root.tag != "xml" or len(names) != len(set(names)):
        raise BadEnvelope("not a message")
    return root


def fields_of(root: ET.Element) -> dict[str, str]:
    """The texts of the direct children."""
    return {child.tag: child.text or "" for child in root}


class Envelope:
    """Seals and opens messages of one account."""

    def __init__(self, token: str, aes_key: str, app_id: str) -> None:
        self._token, self._app_id = token, app_id.encode()
        self._key = base64.b64decode(aes_key + "=")

    def seal(self, plain: bytes, *, random: bytes | None = None) -> str:
        """random(16) + length(4) + plain + app id, padded, encrypted, base64."""
        body = (random or os.urandom(RANDOM)) + struct.pack(">I", len(plain)) + plain + self._app_id
        pad = BLOCK - len(body) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(body + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def unseal(self, sealed: str) -> bytes:
        """The plain text. Raises BadEnvelope when padding, length or app id are wrong."""
        body = _unpad(self._decrypt(sealed))
        start = RANDOM + LENGTH
        end = start + struct.unpack(">I", body[RANDOM:start])[0]
        if end > len(body) or body[end:] != self._app_id:
            raise BadEnvelope("app id or length")
        return body[start:end]

    def query(self, *, openid: str, sealed: str, timestamp: int, nonce: str) -> dict[str, str]:
        """The parameters that WeChat puts into the address of a message in safe mode."""
        stamp = str(timestamp)
        mark = {"encrypt_type": "aes", "msg_signature": sign(self._token, stamp, nonce, sealed)}
        return {**self.open_query(openid=openid, timestamp=timestamp, nonce=nonce), **mark}

    def open_query(self, *, openid: str, timestamp: int, nonce: str) -> dict[str, str]:
        """The same for a message in plain mode: the signature says nothing about the body."""
        stamp = str(timestamp)
        return {"signature": sign(self._token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": openid}

    def open_reply(self, body: bytes) -> ET.Element:
        """An encrypted passive reply in XML → the document inside. Raises BadEnvelope."""
        return parse_xml(self.open_fields(fields_of(parse_xml(body))))

    def open_fields(self, outer: Mapping[str, Any]) -> bytes:
        """The fields of a sealed reply → what is inside. Raises BadEnvelope."""
        try:
            sealed, given, stamp, nonce = (str(outer[name]) for name in SEALED_FIELDS)
        except KeyError:
            raise BadEnvelope("reply is not encrypted") from None
        expected = sign(self._token, stamp, nonce, sealed)
        if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
            raise BadEnvelope("signature")
        return self.unseal(sealed)

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:IV]))

    def _decrypt(self, sealed: str) -> bytes:
        decryptor = self._cipher().decryptor()
        try:
            return decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        except ValueError:
            raise BadEnvelope("cipher text") from None


def _unpad(body: bytes) -> bytes:
    pad = body[-1] if body else 0
    if not 1 <= pad <= BLOCK or body[-pad:] != bytes([pad]) * pad or len(body) < RANDOM + LENGTH + pad:
        raise BadEnvelope("padding")
    return body[:-pad]
