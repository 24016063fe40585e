"""The crypto against public vectors, own vectors and an implementation of somebody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from wechatpy.crypto import WeChatCrypto

from connectors.simulator.envelope import BadEnvelope, Envelope, parse_xml, sign

VECTORS = Path(__file__).parents[2] / "vectors"
CASES = [
    case
    for name in ("wechat_published.json", "wechat_own.json")
    for case in json.loads((VECTORS / name).read_text(encoding="utf-8"))["crypto"]
]
GOOD = [case for case in CASES if case["readable"]]
BAD = [case for case in CASES if not case["readable"]]
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def envelope_of(case: dict[str, Any]) -> Envelope:
    return Envelope(case["token"], case["encoding_aes_key"], case["appid"])


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_a_vector_opens_and_seals_to_the_same_bytes(case: dict[str, Any]) -> None:
    envelope = envelope_of(case)
    assert envelope.unseal(case["encrypt"]).decode() == case["plaintext"]
    assert envelope.seal(case["plaintext"].encode(), random=case["random"].encode()) == case["encrypt"]


@pytest.mark.parametrize("case", [c for c in GOOD if "msg_signature" in c], ids=lambda case: case["id"])
def test_a_vector_has_our_signatures(case: dict[str, Any]) -> None:
    query = envelope_of(case).query(
        openid="o", sealed=case["encrypt"], timestamp=int(case["timestamp"]), nonce=case["nonce"]
    )
    assert query["msg_signature"] == case["msg_signature"]
    assert query["signature"] == case.get("signature", query["signature"])


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["id"])
def test_a_capture_of_another_key_does_not_open(case: dict[str, Any]) -> None:
    with pytest.raises(BadEnvelope):
        envelope_of(case).unseal(case["encrypt"])


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 4000])
def test_another_implementation_opens_what_we_seal(length: int) -> None:
    plain, ours = "号" * length, Envelope("tok", KEY, "wx1")
    sealed = ours.seal(f"<xml>{plain}</xml>".encode())
    query = ours.query(openid="o", sealed=sealed, timestamp=1_800_000_000, nonce="7")
    body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    theirs = WeChatCrypto("tok", KEY, "wx1").decrypt_message(body, query["msg_signature"], query["timestamp"], "7")
    assert theirs == f"<xml>{plain}</xml>"


def reply(app_id: str = "wx1", token: str = "tok") -> bytes:
    xml: str = WeChatCrypto(token, KEY, app_id).encrypt_message(
        "<xml><MsgType>text</MsgType></xml>", "7", 1_800_000_000
    )
    return xml.encode()


def test_a_reply_of_another_implementation_opens() -> None:
    assert Envelope("tok", KEY, "wx1").open_reply(reply()).findtext("MsgType") == "text"


@pytest.mark.parametrize(
    "body",
    [
        reply(app_id="wx2"),
        reply(token="other"),
        reply().replace(b"<Nonce><![CDATA[7", b"<Nonce><![CDATA[8"),
        b"<xml><MsgType>text</MsgType></xml>",
        b"<html></html>",
        b"{}",
        b"",
        b"\xff\xfe",
        b"<!DOCTYPE xml [<!ENTITY a 'b'>]><xml>&a;</xml>",
        b"<xml><a>1</a><a>2</a></xml>",
    ],
    ids=["app", "token", "nonce", "plain", "html", "json", "empty", "bytes", "entity", "doubled"],
)
def test_what_is_not_a_sealed_reply_is_refused(body: bytes) -> None:
    with pytest.raises(BadEnvelope):
        Envelope("tok", KEY, "wx1").open_reply(body)


@pytest.mark.parametrize("sealed", ["", "!", "AAAA", "QUJD" * 8, "A" * 43])
def test_junk_does_not_open(sealed: str) -> None:
    with pytest.raises(BadEnvelope):
        Envelope("tok", KEY, "wx1").unseal(sealed)


def test_any_changed_byte_is_noticed() -> None:
    envelope = Envelope("tok", KEY, "wx1")
    body = reply().decode()
    start = body.index("<Encrypt><![CDATA[") + len("<Encrypt><![CDATA[")
    for place in range(start, start + 40, 7):
        other = "A" if body[place] != "A" else "B"
        with pytest.raises(BadEnvelope):
            envelope.open_reply((body[:place] + other + body[place + 1 :]).encode())


def test_words_are_sorted_before_signing() -> None:
    assert sign("b", "a") == sign("a", "b") == "da23614e02469a0d7c7bd1bdab5c9c474b1904dc"


def test_xml_keeps_texts_as_they_are() -> None:
    assert parse_xml(b"<xml><a><![CDATA[<b>]]]]><![CDATA[>]]></a></xml>").findtext("a") == "<b>]]>"
