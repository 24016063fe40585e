"""AES as WeChat uses it: CBC under one EncodingAESKey, padded to 32, with the account's id at the end.

wechatpy's `WeChatCrypto` is not used whole: it compares signatures in variable time, knows one key, ignores the
timestamp, cannot return non-UTF-8 bytes, and lets seven kinds of exception out.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import struct

from wechatpy.crypto.base import WeChatCipher
from wechatpy.crypto.pkcs7 import PKCS7Encoder

from connectors.wechat.errors import Rejected

BLOCK = 32  # WeChat pads to 32, not to AES' 16
RANDOM = 16
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


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
