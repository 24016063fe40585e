"""The other side of the line, written independently, and in-memory hosts that count what they are asked."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import struct
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import Flask

from connectors.wechat.platform import Platform
from connectors.wechat.ports import Account
from connectors.wechat.tokens import MemoryTokens
from connectors.wechat.webhook import wechat_blueprint
from tests.connectors.wechat import playing
from tests.connectors.wechat.playing import SECRET, FakeWeChat

VECTORS = Path(__file__).parents[2] / "vectors"
NOW = 1_790_000_000
TOKEN = "gentle7spring2line"
AES_KEY = "kD3vPq8sTz1XwYb5NcRfGh2JmLa9UeVo4Si7QtWxEyZ"
OLD_KEY = "Zy1Xw2Vu3Ts4Rq5Po6Nm7Lk8Ji9Hg0FeDcBaQwErTyU"
APP_ID = "wx5e1f0a7c93b2d846"


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


class Wire:
    """WeChat's own end of the protocol."""

    def __init__(self, token=TOKEN, aes_key=AES_KEY, app_id=APP_ID):
        self.token, self.app_id = token, app_id
        self.key = base64.b64decode(aes_key + "=")
        self.nonces = itertools.count(100_000_001)

    def _cipher(self):
        return Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))

    def encrypt(self, message: bytes, *, app_id=None, random=b"0123456789abcdef") -> str:
        plain = random + struct.pack(">I", len(message)) + message + (app_id or self.app_id).encode()
        pad = 32 - len(plain) % 32
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, text: str) -> bytes:
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
        plain = plain[: -plain[-1]]
        (length,) = struct.unpack(">I", plain[16:20])
        assert plain[20 + length :] == self.app_id.encode()
        return plain[20 : 20 + length]

    def url(self, encrypt: str | None = None, *, at=NOW, **changed) -> str:
        query = {"timestamp": str(at), "nonce": str(next(self.nonces))}
        query["signature"] = sha1(self.token, query["timestamp"], query["nonce"])
        if encrypt is not None:
            query["encrypt_type"] = "aes"
            query["msg_signature"] = sha1(self.token, query["timestamp"], query["nonce"], encrypt)
        query.update(changed)
        return "/wechat?" + urlencode({name: value for name, value in query.items() if value is not None}, True)

    def envelope(self, encrypt: str) -> bytes:
        return f"<xml><ToUserName>gh_own</ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode()

    def post(self, client, message: bytes | str, *, at=NOW, **changed):
        """One encrypted post as WeChat makes it."""
        encrypt = self.encrypt(message.encode() if isinstance(message, str) else message)
        return client.post(self.url(encrypt, at=at, **changed), data=self.envelope(encrypt), content_type="text/xml")

    def post_json(self, client, message: dict, *, at=NOW, **changed):
        """One encrypted post of an account whose data format is JSON."""
        encrypt = self.encrypt(json.dumps(message, ensure_ascii=False).encode())
        return client.post(self.url(encrypt, at=at, **changed), json={"ToUserName": "gh_own", "Encrypt": encrypt})

    def read(self, body: bytes) -> str:
        """The document inside a reply, after the checks that WeChat makes on it."""
        if body.startswith(b"{"):
            fields = {name: str(value) for name, value in json.loads(body).items()}
        else:
            found = re.findall(rb"<(\w+)>(?:<!\[CDATA\[)?([^<\]]*)(?:\]\]>)?</\1>", body)
            fields = {name.decode(): value.decode() for name, value in found}
        expected = sha1(self.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
        assert fields["MsgSignature"] == expected
        return self.decrypt(fields["Encrypt"]).decode()


class FakeClock:
    def __init__(self):
        self.now, self.ticks = NOW, 50.0

    def seconds(self):
        return self.now

    def monotonic(self):
        return self.ticks

    def sleep(self, seconds):
        self.ticks += seconds


class FakeStore:
    """An inbox in memory that keeps the promises of ports.Store."""

    def __init__(self):
        self.messages, self.rows, self.bodies, self.rest = [], {}, {}, {}
        self.late, self.quarantined, self.calls, self.signatures = set(), [], [], {}
        self.kept = {}
        self.broken: set[str] = set()
        self._lock = threading.Lock()

    def _called(self, name):
        self.calls.append(name)
        if name in self.broken:
            raise RuntimeError("the store is down and says 张三 about it")

    def vouched(self, signature, content):
        if "vouched" in self.broken:
            raise RuntimeError("the store is down")
        return self.signatures.setdefault(signature, content) == content

    def accept(self, message):
        self._called("accept")
        with self._lock:
            new = message.key not in self.rows
            row = self.rows.setdefault(message.key, len(self.rows) + 1)
            if new:
                self.messages.append(message)
            return row, new

    def given(self, row):
        self._called("given")
        return self.bodies.get(row)

    def settle(self, row, body, rest, kept=()):
        self._called("settle")
        with self._lock:
            if row in self.late or row in self.bodies:
                return False
            self.bodies[row], self.rest[row] = body, list(rest)
            if kept:
                self.kept[row] = list(kept)
            return True

    def too_late(self, row):
        self._called("too_late")
        self.late.add(row)

    def keep(self, row, body):
        self._called("keep")
        with self._lock:
            if row in self.bodies:
                return False
            self.bodies[row] = body
            self.kept.setdefault(row, [])
            return True

    def quarantine(self, reason, raw):
        self._called("quarantine")
        self.quarantined.append((reason, raw))


class FakeHandler:
    """Runs the work of a row once; `says` is what it answers, None = not ready in time."""

    def __init__(self, store):
        self.store = store
        self.says = [{"text": "您好"}]
        self.started, self.timeouts, self.fails = [], [], False

    def answer(self, row, *, timeout):
        assert self.store.rows, "handled before it was stored"
        self.timeouts.append(timeout)
        if self.fails:
            raise KeyError("李四 oSecretOpenid")
        if row not in self.started:
            self.started.append(row)
        return self.says(row) if callable(self.says) else self.says


class House:
    """A web application with one account."""

    def __init__(self, **options):
        given = {"app_id": APP_ID, "token": TOKEN, "aes_key": AES_KEY}
        settings = {**given, **options.pop("account", {})}
        self.wire, self.clock, self.store = Wire(), FakeClock(), FakeStore()
        self.handler = FakeHandler(self.store)
        app = Flask("house")
        app.register_blueprint(wechat_blueprint(Account(**settings), self.store, self.handler, self.clock, **options))
        self.client = app.test_client()

    def post(self, message, **changed):
        return self.wire.post(self.client, message, **changed)


def xml(kind="text", *, message_id="7001", created=NOW, openid="oUserOne", **fields):
    """One message as WeChat writes it; a field given as None is left out."""
    common = {"ToUserName": "gh_own", "FromUserName": openid, "CreateTime": str(created), "MsgType": kind}
    if message_id and kind != "event":
        fields["MsgId"] = message_id
    inner = "".join(
        f"<{name}><![CDATA[{value}]]></{name}>" for name, value in {**common, **fields}.items() if value is not None
    )
    return f"<xml>{inner}</xml>"


def load(name):
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


@pytest.fixture
def vectors():
    return load


@pytest.fixture
def house():
    return House()


@pytest.fixture
def make_house():
    return House


@pytest.fixture
def make_wire():
    return Wire


@pytest.fixture
def message_xml():
    return xml


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def keys():
    return {"current": AES_KEY, "old": OLD_KEY, "token": TOKEN, "app_id": APP_ID}


def pytest_generate_tests(metafunc):
    """`published_crypto`, `own_raw` and the like: one test for each case of the vector files."""
    for source in ("published", "own"):
        for part in ("crypto", "url", "raw"):
            name = f"{source}_{part}"
            if name in metafunc.fixturenames:
                cases = load(f"wechat_{source}.json")[part]
                metafunc.parametrize(name, cases, ids=[case["id"] for case in cases])


# -- api.weixin.qq.com ---------------------------------------------------------------------------------------------
@pytest.fixture
def wechat():
    fake = FakeWeChat()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def clock():
    return playing.FakeClock()


@pytest.fixture
def tokens():
    return MemoryTokens()


@pytest.fixture
def slept():
    """The seconds that the client under test would have slept."""
    return []


@pytest.fixture
def api(wechat, tokens, clock, slept):
    return Platform("wxapp", SECRET, wechat.base, tokens, clock, sleep=slept.append)
