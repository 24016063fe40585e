"""Notices of WeChat Pay v3: a real one as published, and all that only looks like one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from connectors import wechatpay
from connectors.wechatpay import Forged, Keys, Unreadable

[REAL] = json.loads((Path(__file__).parents[1] / "vectors" / "wechat_published.json").read_text("utf-8"))["pay"]
SERIAL, NOW, KEY = "PUB_KEY_ID_0119", 1_795_000_000, b"0123456789abcdef0123456789abcdef"
OUR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS = Keys({SERIAL: OUR.public_key()}, KEY)
PAID = {"out_trade_no": "p_1", "trade_state": "SUCCESS", "amount": {"total": 5000, "currency": "CNY"}}


def real_keys() -> Keys:
    serial = REAL["headers"]["Wechatpay-Serial"]
    public = load_pem_x509_certificate(REAL["certificate_pem"].encode()).public_key()
    return Keys({serial: public}, REAL["api_v3_key"].encode())  # type: ignore[dict-item]


def body_of(resource: Any = PAID, *, key: bytes = KEY, **changes: Any) -> bytes:
    sealed = AESGCM(key).encrypt(b"nonce-twelve", json.dumps(resource).encode(), b"transaction")
    told = {"nonce": "nonce-twelve", "associated_data": "transaction", "ciphertext": base64.b64encode(sealed).decode()}
    notice = {"id": "n-1", "event_type": "TRANSACTION.SUCCESS", "resource": {**told, **changes}}
    return json.dumps(notice).encode()


def signed(body: bytes, *, at: int = NOW, nonce: str = "abc", serial: str = SERIAL) -> dict[str, str]:
    signature = OUR.sign(f"{at}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
    given = {"Timestamp": str(at), "Nonce": nonce, "Serial": serial, "Signature": base64.b64encode(signature).decode()}
    return {f"Wechatpay-{name}": value for name, value in given.items()}


def test_behaviour_19_a_published_notice_is_proved_and_opened() -> None:
    found = wechatpay.read(REAL["headers"], REAL["body"].encode(), keys=real_keys(), now=REAL["now"])
    assert found.resource == json.loads(REAL["resource_plaintext"])


@pytest.mark.parametrize("seconds", [-301, -300, 300, 301, 30 * 86400])
def test_behaviour_19_a_notice_counts_for_five_minutes(seconds: int) -> None:
    with pytest.raises(Forged):
        wechatpay.read(REAL["headers"], REAL["body"].encode(), keys=real_keys(), now=REAL["now"] + seconds)


def test_behaviour_19_the_raw_bytes_are_what_was_signed() -> None:
    again = json.dumps(json.loads(REAL["body"])).encode()
    assert again != REAL["body"].encode()
    with pytest.raises(Forged):
        wechatpay.read(REAL["headers"], again, keys=real_keys(), now=REAL["now"])


@pytest.mark.parametrize("name", ["Signature", "Timestamp", "Nonce", "Serial"])
@pytest.mark.parametrize("value", [None, "", "WECHATPAY/SIGNTEST/aaaa", "7777AABB", "1\n2", "１", "é"])
def test_behaviour_19_probes_and_unknown_serials_are_refused_without_asking_anybody(
    name: str, value: str | None
) -> None:
    """The wall around the network would catch a call; a key that we do not hold is simply not one."""
    body = body_of()
    headers = {k: v for k, v in signed(body).items() if k != f"Wechatpay-{name}"}
    if value is not None:
        headers[f"Wechatpay-{name}"] = value
    with pytest.raises(Forged):
        wechatpay.read(headers, body, keys=KEYS, now=NOW)


def test_headers_are_read_in_any_case_and_two_keys_are_held_while_one_changes() -> None:
    body = body_of()
    both = Keys({"5157F09E": rsa.generate_private_key(65537, 2048).public_key(), **KEYS.public}, KEY)
    headers = {name.upper(): value for name, value in signed(body).items()}
    found = wechatpay.read(headers, body, keys=both, now=NOW)
    assert (found.id, found.event, found.resource) == ("n-1", "TRANSACTION.SUCCESS", PAID)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"[" * 5000,
        body_of(key=b"x" * 32),
        body_of(nonce="another-nonce"),
        body_of(associated_data="refund"),
        body_of(ciphertext="?"),
        body_of(ciphertext=7),
        body_of([1]),
        body_of("text"),
    ],
    ids=range(12),
)
def test_what_is_signed_and_cannot_be_opened_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        wechatpay.read(signed(body), body, keys=KEYS, now=NOW)
