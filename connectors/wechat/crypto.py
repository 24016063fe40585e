"""Does a request come from WeChat, for us, now? And the envelope of a reply.

One error: Rejected.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass

from connectors.wechat.cipher import Cipher
from connectors.wechat.document import Notation, read, write
from connectors.wechat.errors import Malformed, Rejected
from connectors.wechat.ports import Account

FRESH_SECONDS = 300
TIMESTAMP = re.compile(r"[1-9][0-9]{9}")  # exactly ten digits: signed parts are joined without separators
NONCE = re.compile(r"[A-Za-z0-9_-]{1,63}")  # 64 signs of base64 would be three whole blocks
SIGNATURE = re.compile(r"[0-9a-f]{40}")


def sign(*parts: str) -> str:
    """WeChat's signature: SHA-1 (hex) over the sorted parts, joined."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - the protocol's choice


def envelope(body: bytes) -> str:
    """The `Encrypt` of a posted body, XML or JSON. Raises Rejected: a body without it proves nothing."""
    try:
        encrypt = read(body).one("Encrypt").strip()
    except Malformed as error:
        raise Rejected(f"envelope: {error.reason}") from None
    if not encrypt:
        raise Rejected("envelope: no Encrypt")
    if not encrypt.isascii():
        raise Rejected("envelope: no base64")
    return encrypt


@dataclass(frozen=True)
class Way:
    """How a post came, so that its reply goes back the same way: data format, nonce, cipher (None = in plain)."""

    notation: Notation
    nonce: str
    cipher: Cipher | None


class Crypto:
    """All checks and envelopes of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        keys = [account.aes_key, account.previous_aes_key]
        self._ciphers = [Cipher(key) for key in keys if key]
        if not account.token or (account.safe and not self._ciphers):
            raise ValueError("a token is needed, and an EncodingAESKey unless the account is in plain mode")

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
        refusal = Rejected("no key")
        for cipher in self._ciphers:
            try:
                return cipher.open(encrypt, self._account.app_id), cipher
            except Rejected as error:
                refusal = error
        raise refusal

    def reply(self, xml: str, way: Way, *, at: int) -> bytes:
        """A reply, drawn up in XML, as WeChat wants it for a post that came this way; `at` is our time."""
        message = write(xml, way.notation)
        return message if way.cipher is None else self._seal(message, way.cipher, way, at)

    def _seal(self, message: bytes, cipher: Cipher, way: Way, at: int) -> bytes:
        encrypt = cipher.seal(message, self._account.app_id)
        signature = sign(self._account.token, str(at), way.nonce, encrypt)
        if way.notation == "json":
            parts = {"Encrypt": encrypt, "MsgSignature": signature, "TimeStamp": at, "Nonce": way.nonce}
            return json.dumps(parts, separators=(",", ":")).encode()
        return (
            f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{at}</TimeStamp><Nonce><![CDATA[{way.nonce}]]></Nonce></xml>"
        ).encode()
