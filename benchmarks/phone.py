"""A phone for benchmarks and gates: signed, encrypted posts to /wechat over one kept connection, replies decrypted."""

from __future__ import annotations

import itertools
import secrets
import time
from xml.sax.saxutils import escape

import httpx

from connectors.simulator.envelope import Envelope

_ids = itertools.count(int(time.time() * 1000) << 8)


class Phone:
    """One patient of a running installation."""

    def __init__(self, url: str, envelope: Envelope, openid: str | None = None) -> None:
        self.openid = openid or f"o-bench-{secrets.token_hex(6)}"
        self._url, self._envelope = f"{url}/wechat", envelope
        self._client = httpx.Client(timeout=10, trust_env=False)

    def text(self, words: str, *, message_id: int | None = None, menu_id: str = "") -> bytes:
        """Post one text; returns the raw body of the answer (`success` or an envelope)."""
        content = f"<MsgType>text</MsgType><Content>{escape(words)}</Content><MsgId>{message_id or next(_ids)}</MsgId>"
        return self._post(content + (f"<bizmsgmenuid>{menu_id}</bizmsgmenuid>" if menu_id else ""))

    def say(self, words: str) -> str:
        """Post one text; returns the decrypted text of the answer, '' for `success`."""
        return self.read(self.text(words))

    def read(self, body: bytes) -> str:
        if body in {b"", b"success"}:
            return ""
        return self._envelope.open_reply(body).findtext("Content") or ""

    def _post(self, inner: str) -> bytes:
        plain = (
            f"<xml><ToUserName>gh_peizhendemo01</ToUserName><FromUserName>{self.openid}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime>{inner}</xml>"
        )
        sealed = self._envelope.seal(plain.encode())
        query = self._envelope.query(
            openid=self.openid, sealed=sealed, timestamp=int(time.time()), nonce=secrets.token_hex(8)
        )
        body = f"<xml><ToUserName>gh_peizhendemo01</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
        answer = self._client.post(self._url, params=query, content=body.encode())
        answer.raise_for_status()
        return answer.content

    def close(self) -> None:
        self._client.close()
