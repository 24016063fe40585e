"""Does a request come from WeChat, for us, now? And the AES envelope in both directions.

One error: Rejected. wechatpy's `WeChatCrypto` is not used whole: it compares signatures in variable time,
knows one key, ignores the timestamp, cannot return non-UTF-8 bytes, and lets seven kinds of exception out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import struct

from wechatpy.crypto.base import WeChatCipher
from wechatpy.crypto.pkcs7 import PKCS7Encoder

from connectors.wechat.element import read
from connectors.wechat.errors import Malformed, Rejected
from connectors.wechat.ports import Account

FRESH_SECONDS = 300
BLOCK = 32  # WeChat pads to 32, not to AES' 16
RANDOM = 16
TIMESTAMP = re.compile(r"[1-9][0-9]{9}")  # exactly ten digits: signed parts are joined without separators
NONCE = re.compile(r"[A-Za-z0-9_-]{1,128}")
SIGNATURE = re.compile(r"[0-9a-f]{40}")
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


def sign(*parts: str) -> str:
    """WeChat's signature: SHA-1 (hex) over the sorted parts, joined."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - the protocol's choice


def envelope(body: bytes) -> str:
    """The `Encrypt` of a posted body, XML or JSON. Raises Rejected: a body without it proves nothing."""
    try:
        encrypt = _json_envelope(body) if body.lstrip()[:1] == b"{" else read(body).one("Encrypt")
    except Malformed as error:
        raise Rejected(f"envelope: {error.reason}") from None
    if not encrypt.strip():
        raise Rejected("envelope: no Encrypt")
    if not encrypt.isascii():  # base64 is; half a surrogate pair out of JSON would break the signature's check
        raise Rejected("envelope: no base64")
    return encrypt.strip()


def _json_envelope(body: bytes) -> str:
    try:
        encrypt = json.loads(body)["Encrypt"]
    except (ValueError, KeyError, RecursionError):
        raise Malformed("json") from None
    if not isinstance(encrypt, str):
        raise Malformed("json")
    return encrypt


class Cipher:
    """AES under one EncodingAESKey."""

    def __init__(self, aes_key: str) -> None:
        if not AES_KEY.fullmatch(aes_key):
            raise ValueError("an EncodingAESKey has 43 characters")
        self._cipher = WeChatCipher(base64.b64decode(aes_key + "="))

    def open(self, encrypt: str, app_id: str) -> bytes:
        """The message inside. Raises Rejected for another key, another account or a broken ciphertext."""
        try:
            plain = self._cipher.decrypt(base64.b64decode(encrypt, validate=True))
            (length,) = struct.unpack(">I", plain[RANDOM : RANDOM + 4])
        except (ValueError, struct.error):
            raise Rejected("ciphertext") from None
        padding = plain[-1]
        if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise Rejected("padding")
        content = plain[RANDOM + 4 : -padding]
        if len(content) < length or not hmac.compare_digest(content[length:], app_id.encode()):
            raise Rejected("appid")
        return bytes(content[:length])

    def seal(self, message: bytes, app_id: str, *, random: bytes | None = None) -> str:
        """The base64 ciphertext; `random` (16 bytes) only for test vectors."""
        salt = random or secrets.token_hex(RANDOM // 2).encode()
        plain = salt + struct.pack(">I", len(message)) + message + app_id.encode()
        return base64.b64encode(self._cipher.encrypt(PKCS7Encoder.encode(plain))).decode()


class Crypto:
    """All checks and envelopes of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        keys = [account.aes_key, account.previous_aes_key]
        self._ciphers = [Cipher(key) for key in keys if key]
        if not account.token or not self._ciphers:
            raise ValueError("token and EncodingAESKey are needed")

    def check(self, signature: str, *, timestamp: str, nonce: str, now: int, encrypt: str = "") -> None:
        """Raises Rejected unless the signature is right and the timestamp within 300 s of `now`."""
        self.check_fresh(timestamp, nonce, now)
        if not SIGNATURE.fullmatch(signature):
            raise Rejected("signature")
        expected = sign(self._account.token, timestamp, nonce, encrypt)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise Rejected("signature")

    def check_fresh(self, timestamp: str, nonce: str, now: int) -> None:
        """Raises Rejected; needs no body, so it goes first."""
        if not TIMESTAMP.fullmatch(timestamp) or not NONCE.fullmatch(nonce):
            raise Rejected("parameters")
        if abs(now - int(timestamp)) > FRESH_SECONDS:
            raise Rejected("stale")

    def open(self, encrypt: str) -> tuple[bytes, Cipher]:
        """Decrypt with the current, then the previous key; the reply must use the cipher that worked."""
        current, *previous = self._ciphers
        try:
            return current.open(encrypt, self._account.app_id), current
        except Rejected:
            if not previous:
                raise
        return previous[0].open(encrypt, self._account.app_id), previous[0]

    def seal(self, message: str, *, cipher: Cipher, nonce: str, timestamp: int) -> bytes:
        """A reply as WeChat wants it: `nonce` is that of the request, `timestamp` ours."""
        encrypt = cipher.seal(message.encode(), self._account.app_id)
        signature = sign(self._account.token, str(timestamp), nonce, encrypt)
        return (
            f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()
