"""Posts to a WeChat door as nobody should send them, drawn by a seed: bodies, envelopes, queries, headers."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from connectors.simulator.envelope import sign
from tests.gates.scenes.doors import ENVELOPE, OPENID, ORIGINAL, TOKEN

HEAD = {"ToUserName": ORIGINAL, "FromUserName": OPENID, "CreateTime": "1790000000"}
BASES = (
    {"MsgType": "text", "Content": "膝盖疼挂哪个科", "MsgId": "7001"},
    {"MsgType": "image", "PicUrl": "http://x/y", "MediaId": "m", "MsgId": "7002"},
    {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "", "MsgId": "7003"},
    {"MsgType": "location", "Location_X": "31.2", "Location_Y": "121.4", "Label": "门口", "MsgId": "7004"},
    {"MsgType": "event", "Event": "CLICK", "EventKey": "book"},
    {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_1", "Ticket": "t"},
    {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": "1", "Status": "success"},
)
NASTY = (
    *("", " ", "0", "-1", "1e999", "9" * 400, "null", "NaN", "true", "中" * 3000, "\x00", "\x0b", "\x1b[31m", "\ufeff"),
    *("\ufffe", "\u202e", "]]>", "<![CDATA[", "<a>", "&amp;", "&#0;", "&#x110000;", "&x;", "%00", "../../etc/passwd"),
    *("'; DROP TABLE inbox;--", "{{7*7}}", "${jndi:ldap://x}", "/restart", '/book{"a":1}', "\r\nSet-Cookie: a=b"),
    *("<!DOCTYPE x [<!ENTITY a 'b'>]>", "<?xml version='1.0' encoding='utf-7'?>", "<xml>" * 300, "[" * 20000),
    *('{"a":' * 5000, "a" * 60000, "💀" * 500, "\ud7ff", "e\u0301" * 200, "9-9-9", "²", "١٢٣", "𝟏"),
)
FIELDS = (
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "MsgId",
    "Event",
    "EventKey",
    "Content",
    "bizmsgmenuid",
)


@dataclass(frozen=True)
class Case:
    """One request: `raw` is sent as it stands, on a line of its own."""

    kind: str
    url: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""


class Malformed:
    """An endless, repeatable supply."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def cases(self, many: int) -> Iterator[Case]:
        makers: tuple[Callable[[], Case], ...] = (
            *([self._message] * 11),
            *([self._envelope] * 3),
            *([self._ciphertext] * 2),
            *([self._query] * 2),
            *([self._headers] * 2),
        )
        for _ in range(many):
            yield self._random.choice(makers)()

    # -- signed and sealed, but what is inside?
    def _message(self) -> Case:
        as_json = self._random.random() < 0.4
        fields = {**HEAD, **self._random.choice(BASES), "MsgId": str(self._random.randrange(10**9))}
        for _ in range(self._random.randrange(4)):
            self._bend(fields)
        whole = json.dumps(fields, ensure_ascii=self._random.random() < 0.5) if as_json else _xml(fields)
        message = whole.encode("utf-8", "surrogatepass")
        for _ in range(self._random.choice((0, 0, 1, 1, 2, 5))):
            message = self._break(message)
        encrypt = ENVELOPE.seal(message[:60_000])
        return Case("message", self._url(encrypt), self._outer(encrypt, as_json=as_json))

    def _bend(self, fields: dict[str, object]) -> None:
        name = self._random.choice(FIELDS)
        how = self._random.randrange(4)
        if how == 0:
            fields.pop(name, None)
        elif how == 1:
            fields[self._random.choice(NASTY)[:80] or "x"] = self._random.choice(NASTY)
        else:
            fields[name] = self._random.choice((*NASTY, None, 7, 1.5, True, [1, [2]], {"a": {"b": "c"}}, []))

    def _break(self, raw: bytes) -> bytes:
        """One bite: cut, flip, double, insert, shift."""
        if not raw:
            return self._random.randbytes(20)
        at, length = self._random.randrange(len(raw)), self._random.randrange(1, 40)
        how = self._random.randrange(7)
        nasty = self._random.choice(NASTY).encode("utf-8", "surrogatepass")
        return (
            raw[:at],
            raw[:at] + raw[at + length :],
            raw[:at] + bytes([self._random.randrange(256)]) + raw[at + 1 :],
            raw[:at] + raw[at : at + length] * 3 + raw[at + length :],
            raw[:at] + nasty + raw[at:],
            raw[at:] + raw[:at],
            raw.decode("utf-8", "ignore").encode(self._random.choice(("gbk", "utf-16", "utf-7")), "ignore"),
        )[how]

    # -- the envelope, its ciphertext, the query
    def _envelope(self) -> Case:
        as_json = self._random.random() < 0.5
        encrypt = ENVELOPE.seal(_xml({**HEAD, **BASES[0]}).encode())
        body = self._outer(encrypt, as_json=as_json)
        for _ in range(self._random.randrange(1, 6)):
            body = self._break(body)
        return Case("envelope", self._url(encrypt), body)

    def _ciphertext(self) -> Case:
        encrypt = base64.b64encode(self._random.randbytes(self._random.choice((0, 1, 15, 16, 32, 64, 1000)))).decode()
        if self._random.random() < 0.5:
            encrypt = self._random.choice(NASTY)[:2000]
        return Case("ciphertext", self._url(encrypt), self._outer(encrypt, as_json=self._random.random() < 0.5))

    def _query(self) -> Case:
        encrypt = ENVELOPE.seal(_xml({**HEAD, **BASES[0]}).encode())
        url = self._url(encrypt)
        pairs = [pair.split("=", 1) for pair in url.partition("?")[2].split("&")]
        for _ in range(self._random.randrange(1, 4)):
            pair = self._random.choice(pairs)
            pair[self._random.randrange(2)] = self._random.choice(NASTY)[:2000]
        if self._random.random() < 0.3:
            pairs.append(self._random.choice(pairs))
        query = urlencode([tuple(pair) for pair in pairs], errors="replace")
        return Case("query", f"/wechat?{query}", self._outer(encrypt, as_json=False))

    def _url(self, encrypt: str) -> str:
        stamp, nonce = str(int(time.time())), str(self._random.randrange(10**9))
        values = {"signature": sign(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": OPENID}
        signed = sign(TOKEN, stamp, nonce, encrypt.strip())
        return "/wechat?" + urlencode({**values, "encrypt_type": "aes", "msg_signature": signed})

    @staticmethod
    def _outer(encrypt: str, *, as_json: bool) -> bytes:
        if as_json:
            return json.dumps({"ToUserName": ORIGINAL, "Encrypt": encrypt}).encode()
        return f"<xml><ToUserName>{ORIGINAL}</ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode(
            "utf-8", "surrogatepass"
        )

    # -- below HTTP's own rules
    def _headers(self) -> Case:
        encrypt = ENVELOPE.seal(_xml({**HEAD, **BASES[0]}).encode())
        body, url = self._outer(encrypt, as_json=False), self._url(encrypt)
        length = self._random.choice((str(len(body)), "-1", "0", "1", "9" * 30, "abc", "", "1e3", f"{len(body)}, 3"))
        lines = [
            self._random.choice(
                (f"POST {url} HTTP/1.1", f"POST {url} HTTP/9.9", f"P\x00ST {url} HTTP/1.1", "\x16\x03\x01")
            ),
            "Host: x",
            f"Content-Length: {length}",
            "Connection: close",
        ]
        for _ in range(self._random.randrange(3)):
            lines.insert(self._random.randrange(1, len(lines) + 1), self._line())
        head = "\r\n".join(lines).encode("utf-8", "surrogatepass")
        ending = self._random.choice((b"\r\n\r\n", b"\r\n\r\n", b"\n\n"))
        return Case("headers", raw=head + ending + self._random.choice((body, body[:30], body * 3)))

    def _line(self) -> str:
        names = ("Transfer-Encoding", "Content-Type", "Content-Encoding", "Expect", "X-Forwarded-For", "Cookie", "Host")
        values = (
            "chunked",
            "gzip",
            "100-continue",
            "text/xml; charset=utf-16",
            "multipart/form-data; boundary=x",
            "\x00",
        )
        return (
            f"{self._random.choice((*names, '', 'A b', 'X' * 9000))}: {self._random.choice((*values, *NASTY))[:9000]}"
        )


def _xml(fields: dict[str, object]) -> str:
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>"
