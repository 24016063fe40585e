"""Field encryption (AES-256-GCM), keyed hashes for look-up, and signed tokens. One secret, one key per purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class Crypto:
    """Everything that is derived from `PEIZHEN_SECRET_KEY`.

    >>> box = Crypto("x" * 32)
    >>> box.open(box.seal("李"))
    '李'
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._fields = AESGCM(self._key("fields"))
        self._hash = self._key("hashes")
        self._tokens = self._key("tokens")
        self._links = self._key("audit chain")

    def _key(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=f"peizhen/{purpose}".encode()).derive(self._secret)

    def seal(self, text: str) -> bytes:
        """Encrypt one field; the result is `nonce || ciphertext`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._fields.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str:
        """Decrypt one field; raises `cryptography.exceptions.InvalidTag` when it was changed."""
        return self._fields.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()

    def digest(self, kind: str, value: str) -> str:
        """Keyed hash for equality look-ups (64 hex); `kind` keeps spaces apart (`openid`, `id_number`)."""
        return hmac.new(self._hash, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()

    def link(self, text: str) -> str:
        """Keyed seal of one link of the audit chain (64 hex): nobody without the secret can forge the next."""
        return hmac.new(self._links, text.encode(), hashlib.sha256).hexdigest()

    def sign(self, value: str, *, length: int = 16) -> str:
        """Short URL-safe MAC of a value that we issued ourselves."""
        mac = hmac.new(self._tokens, value.encode(), hashlib.sha256).digest()[:length]
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def verify(self, value: str, mac: str, *, length: int = 16) -> bool:
        """Constant-time check of `sign`."""
        return hmac.compare_digest(self.sign(value, length=length).encode(), mac.encode())
