"""Published cases at our door: how each is posted, and what must become of it."""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import base64
import json
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.x509 import load_pem_x509_certificate
from flask.testing import FlaskClient

from bot.db.base import make_engine
from bot.db.messages import Inbox, Quarantine
from bot.db.migrate import upgrade
from bot.ports import Ports
from connectors import wechatpay
from connectors.simulator.envelope import Envelope, sign
from connectors.wechat import jssdk
from connectors.wechat.cipher import Cipher
from connectors.wechat.ports import Account
from tests.gates.scenes.doors import house
from tests.services.post import Script

OWN = Path(__file__).resolve().parents[2] / "vectors"
OTHER_KEY = "Zy1Xw2Vu3Ts4Rq5Po6Nm7Lk8Ji9Hg0FeDcBaQwErTyU"
SUCCESS = b"success"
KIND_OF = {kind: kind for kind in "text event image voice video location link file".split()} | {"shortvideo": "video"}
SPEAKS = frozenset({"text", "image", "voice", "video", "location", "link", "file", "unsupported"})  # … and is answered
SILENT = re.compile(r"location|view|view_miniprogram|unsubscribe|kf_\w+|\w+jobfinish|subscribe_msg_\w+|enter")


@dataclass
class Clock:
    """A clock that stands where a case was recorded."""

    now: int

    def seconds(self) -> int:
        return self.now

    @staticmethod
    def monotonic() -> float:
        return time.monotonic()

    @staticmethod
    def sleep(seconds: float) -> None:
        time.sleep(seconds)


class Doors:
    """Our web app around one database, for whichever account a case was made for."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)

    def open(self, account: Account, clock: Clock) -> tuple[FlaskClient, Ports]:
        app, ports = house(self._engine, dialogue=Script(), account=account, clock=clock)
        return app.test_client(), ports

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def house_copies() -> Iterator[Callable[[], AbstractContextManager[Doors]]]:
    """Gives `opened()`: doors on an empty database of their own."""
    with tempfile.TemporaryDirectory(prefix="peizhen-vectors-") as folder:
        empty, number = Path(folder) / "empty.db", count()
        upgrade(f"sqlite:///{empty}")

        @contextmanager
        def opened() -> Iterator[Doors]:
            mine = Path(folder) / f"{next(number)}.db"
            shutil.copy(empty, mine)
            doors = Doors(f"sqlite:///{mine}")
            try:
                yield doors
            finally:
                doors.close()

        yield opened


# -- cases -----------------------------------------------------------------------------------------------------------
def published(path: Path) -> dict[str, list[dict[str, Any]]]:
    """All cases of the data file under our names."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        "crypto": [_readable(case) for case in found["crypto_vectors"]],
        "negative": found["crypto_negative"],
        "url": found["url_signature_vectors"],
        "raw": found["raw_messages"],
        "jssdk": [{"id": case["url"], **case} for case in found["jssdk_signature_vectors"]],
        "pay": [{"id": "signed-notify", **found["pay_vectors"]["signed_notify"]}],
    }


def _readable(case: dict[str, Any]) -> dict[str, Any]:
    """A case whose published key does not fit its ciphertext is a negative one."""
    return {**case, "readable": "UNVERIFIABLE" not in case["id"]}


def committed() -> dict[str, list[dict[str, Any]]]:
    """What lies in tests/vectors."""
    files = [json.loads((OWN / f"wechat_{name}.json").read_text(encoding="utf-8")) for name in ("published", "own")]
    merged = {part: [case for found in files for case in found[part]] for part in ("crypto", "url", "raw")}
    merged |= {"jssdk": [], "pay": files[0]["pay"]}
    return {**merged, "negative": [{"id": name, "derive_from": "easywechat-xml"} for name in REFUSED]}


# -- beside the door ---------------------------------------------------------------------------------------------------
def page_holds(_doors: Doors, case: Mapping[str, Any]) -> bool:
    """The signature of a page that wants the JS-SDK."""
    parts = (case["jsapi_ticket"], case["noncestr"], case["timestamp"], case["url"])
    return jssdk.signature(*parts) == case["signature"]


def notice_holds(_doors: Doors, case: Mapping[str, Any]) -> bool:
    """A notice of WeChat Pay is proved and opened, and nothing of what its source says must fail passes."""
    public = load_pem_x509_certificate(case["certificate_pem"].encode()).public_key()
    headers, body, now = case["headers"], case["body"].encode(), case["now"]
    keys = wechatpay.Keys({headers["Wechatpay-Serial"]: public}, case["api_v3_key"].encode())
    opened = wechatpay.read(headers, body, keys=keys, now=now).resource == json.loads(case["resource_plaintext"])
    wrong = (
        ({**headers, "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + "a" * 40}, body, now),
        ({**headers, "Wechatpay-Serial": "7777AABB"}, body, now),
        (headers, json.dumps(json.loads(body)).encode(), now),
        (headers, body, now + wechatpay.OLDEST + 1),
        ({}, body, now),
    )
    return opened and not any(_believed(*one, keys) for one in wrong)


def _believed(headers: Mapping[str, str], body: bytes, now: int, keys: wechatpay.Keys) -> bool:
    try:
        wechatpay.read(headers, body, keys=keys, now=now)
    except wechatpay.Forged:
        return False
    return True


# -- signatures and ciphertexts --------------------------------------------------------------------------------------
def vector_holds(doors: Doors, case: Mapping[str, Any]) -> bool:
    """Signature, plain text and the exact ciphertext; and the door lets it in, or not, as it should."""
    account = Account(case["appid"], case["token"], case["encoding_aes_key"])
    if case.get("msg_signature"):
        right = sign(case["token"], case["timestamp"], case["nonce"], case["encrypt"]) == case["msg_signature"]
        if right != case["readable"] or _let_in(doors, case, account) != case["readable"]:
            return False
    if not case["readable"]:
        return True
    cipher = Cipher(case["encoding_aes_key"])
    plain = cipher.open(case["encrypt"], case["appid"])
    same = "plaintext" not in case or plain.decode() == case["plaintext"]
    return same and cipher.seal(plain, case["appid"], random=case["random"].encode()) == case["encrypt"]


def _let_in(doors: Doors, case: Mapping[str, Any], account: Account, **changed: Any) -> bool:
    return _post(doors, case, account, **changed).status_code == 200


def _post(doors: Doors, case: Mapping[str, Any], account: Account, **changed: Any) -> Any:
    """The case as it was recorded, but for what is changed; a query parameter that is None is left out."""
    case = {**case, **changed}
    client, _ports = doors.open(account, Clock(changed.get("now", int(case["timestamp"]))))
    names = ("signature", "msg_signature", "timestamp", "nonce")
    query = {name: case[name] for name in names if case.get(name)} | {"encrypt_type": case.get("encrypt_type", "aes")}
    body = changed.get("body") or _envelope(case)
    return client.post("/wechat", query_string={k: v for k, v in query.items() if v}, data=body)


def _envelope(case: Mapping[str, Any]) -> bytes:
    if str(case.get("envelope", "xml")).startswith("json"):
        return json.dumps({"ToUserName": "gh", "Encrypt": case["encrypt"]}).encode()
    return f"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{case['encrypt']}]]></Encrypt></xml>".encode()


def url_holds(doors: Doors, case: Mapping[str, Any]) -> bool:
    """The echo for whoever has the signature; nothing for another."""
    client, _ports = doors.open(Account("wx0", case["token"], OTHER_KEY), Clock(int(case["timestamp"])))
    query = {name: case[name] for name in ("signature", "timestamp", "nonce")}
    echo = case.get("echostr") or "1"
    given = client.get("/wechat", query_string={**query, "echostr": echo})
    forged = client.get("/wechat", query_string={**query, "echostr": echo, "signature": "0" * 40})
    return (given.status_code, given.data) == (200, echo.encode()) and forged.status_code == 403


# -- what must be refused --------------------------------------------------------------------------------------------
def _flipped(encrypt: str) -> str:
    return encrypt[:70] + ("A" if encrypt[70] != "A" else "B") + encrypt[71:]


PLAIN = b"<xml><ToUserName>g</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType></xml>"
REFUSED = {
    "wrong-appid": {"app_id": "wx0000000000000000"},
    "wrong-msg-signature": {"msg_signature": "0" * 40},
    "bit-flip": {"encrypt": _flipped},
    "plain-signature-in-safe-mode": {"msg_signature": None},
    "downgrade": {"encrypt_type": None, "msg_signature": None, "body": PLAIN},
    "stale": {"now": lambda case: int(case["timestamp"]) + 3600},
}


def negative_holds(doors: Doors, case: Mapping[str, Any], crypto_cases: Mapping[str, Any]) -> bool:
    base = crypto_cases[case["derive_from"]]
    account = Account(base["appid"], base["token"], base["encoding_aes_key"])
    if case["id"] == "replay-same-request":
        said = {_post(doors, base, account).data for _ in range(3)}
        return len(said) == 1 and said != {b""}
    if case["id"] == "previous-aes-key":
        changed = Account(base["appid"], base["token"], OTHER_KEY, base["encoding_aes_key"])
        return (
            Envelope(base["token"], base["encoding_aes_key"], base["appid"]).open_reply(
                _post(doors, {**base, **_signed(base)}, changed).data
            )
            is not None
        )
    change = dict(REFUSED[case["id"]])
    account = Account(change.pop("app_id", base["appid"]), base["token"], base["encoding_aes_key"])
    change = {name: _made(value, base, name) for name, value in change.items()}
    signature = sign(base["token"], base["timestamp"], base["nonce"])
    return not _let_in(doors, {**base, "signature": signature}, account, **change)


def _made(value: Any, base: Mapping[str, Any], name: str) -> Any:
    if not callable(value):
        return value
    return value(base["encrypt"]) if name == "encrypt" else value(base)


def _signed(base: Mapping[str, Any]) -> dict[str, str]:
    """The same message under another second: a retry of its own, so that the answer is made anew."""
    stamp = str(int(base["timestamp"]) + 1)
    return {"timestamp": stamp, "msg_signature": sign(base["token"], stamp, base["nonce"], base["encrypt"])}


# -- raw messages ----------------------------------------------------------------------------------------------------
def sample_holds(doors: Doors, case: Mapping[str, Any]) -> bool:
    """Sealed anew, posted, understood as what it is, answered as it should."""
    account = _fresh_account()
    client, ports = doors.open(account, Clock(1_790_000_000))
    answer = _sealed_post(client, account, case["raw_xml"].encode())
    if answer.status_code != 200:
        return False
    kind, event, was_put_aside = _what_it_became(ports)
    if case.get("expect", {}).get("kind") == "reject":
        return was_put_aside and answer.data == SUCCESS
    if was_put_aside or (kind, event) != _what_it_is(case):
        return False
    return _answered_rightly(kind, event, answer.data, account)


def _answered_rightly(kind: str, event: str, body: bytes, account: Account) -> bool:
    if kind == "unknown" or SILENT.fullmatch(event):
        return body == SUCCESS
    if body == SUCCESS:
        return kind not in SPEAKS
    envelope = Envelope(account.token, account.aes_key, account.app_id)
    return bool(envelope.open_reply(body).findtext("Content"))


def _fresh_account() -> Account:
    key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return Account(f"wx{secrets.token_hex(8)}", secrets.token_hex(8), key)


def _sealed_post(client: FlaskClient, account: Account, message: bytes) -> Any:
    envelope = Envelope(account.token, account.aes_key, account.app_id)
    sealed = envelope.seal(message)
    query = envelope.query(openid="o", sealed=sealed, timestamp=1_790_000_000, nonce=secrets.token_hex(8))
    return client.post("/wechat", query_string=query, data=f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode())


def _what_it_became(ports: Ports) -> tuple[str, str, bool]:
    """(kind, event, whether it was put aside) of what came last; whatever came is taken out again."""
    with ports.transaction() as session:
        row = session.scalar(sa.select(Inbox).order_by(Inbox.id.desc()).limit(1))
        aside = bool(session.execute(sa.delete(Quarantine)).rowcount)
        if aside or row is None:
            return "", "", aside
        return row.kind, str(json.loads(ports.crypto.open(row.body_sealed))["event"]), False


def _what_it_is(case: Mapping[str, Any]) -> tuple[str, str]:
    """From the raw text by plain search, so that the parser is not checked against itself."""
    wire, event = (_field(case["raw_xml"], name) for name in ("MsgType", "Event"))
    if "收到不支持的消息类型" in case["raw_xml"]:
        return "unsupported", ""
    return KIND_OF.get(wire, "unknown"), event.lower() if wire == "event" else ""


def _field(raw: str, name: str) -> str:
    found = re.search(rf"<{name}>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</{name}>", raw, re.DOTALL)
    return found.group(1).strip() if found else ""
