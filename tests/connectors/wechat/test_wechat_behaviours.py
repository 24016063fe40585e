"""What a connector owes at its door, one situation after another; docs/wechat.md lists the numbers."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import xml.etree.ElementTree as ET

import pytest

SUCCESS = b"success"
FORMS, MODES = ("xml", "json"), ("plain", "compatible", "safe")
SAID = {
    "ToUserName": "gh_own",
    "FromUserName": "oUserOne",
    "CreateTime": "1790000000",
    "MsgType": "text",
    "Content": "挂号",
    "MsgId": "24300000000000001",
}


def written(fields, form):
    if form == "json":
        return json.dumps(fields, ensure_ascii=False).encode()
    return f"<xml>{''.join(f'<{k}><![CDATA[{v}]]></{k}>' for k, v in fields.items())}</xml>".encode()


def posted(house, mode, form, fields=SAID, **changed):
    """One message as WeChat posts it in this mode and data format."""
    message = written(fields, form)
    if mode == "plain":
        return house.client.post(house.wire.url(**changed), data=message)
    encrypt = house.wire.encrypt(message)
    outer = {**(fields if mode == "compatible" else {"ToUserName": "gh_own"}), "Encrypt": encrypt}
    return house.client.post(house.wire.url(encrypt, **changed), data=written(outer, form))


def words(house, response):
    """What the user reads, whatever the form."""
    assert response.status_code == 200
    body = response.data.decode()
    if "Encrypt" in body:
        body = house.wire.read(response.data)
    return json.loads(body)["Content"] if body.startswith("{") else ET.fromstring(body).findtext("Content")


def signed(*parts):
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def nothing_happened(house, response, status=403):
    assert (response.status_code, response.data) == (status, b"")
    assert not house.store.messages
    assert not house.handler.started


# 1: the GET that proves the URL


def test_behaviour_01_the_echo_comes_back_byte_for_byte(house):
    for echo in ("4375120948345356249", "0", "aB_-9"):
        response = house.client.get(house.wire.url(echostr=echo))
        assert (response.status_code, response.data) == (200, echo.encode())
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_behaviour_01_bad_missing_and_repeated_parameters_are_403(house):
    for name, value in itertools.product(
        ("signature", "timestamp", "nonce", "echostr"), (None, "", "<b>", "é", ["1", "1"])
    ):
        response = house.client.get(house.wire.url(**{"echostr": "1", name: value}))
        assert (response.status_code, response.data) == (403, b""), (name, value)


def test_behaviour_01_signatures_are_compared_in_constant_time(house, monkeypatch):
    compared, right = [], hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or right(a, b))
    url = house.wire.url(echostr="1")
    assert house.client.get(url).status_code == 200
    assert house.client.get(url.replace("&signature=", "&signature=0")).status_code == 403
    assert len(compared) == 1  # what is no signature at all is not compared
    assert house.client.get(house.wire.url(echostr="1", signature="0" * 40)).status_code == 403
    assert compared[-1][1] == b"0" * 40


# 2: modes and data formats


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mode", MODES)
def test_behaviour_02_every_mode_and_format_is_answered_in_kind(mode, form, make_house):
    house = make_house(account={"safe": False})
    response = posted(house, mode, form)
    assert words(house, response) == "您好"
    assert response.headers["Content-Type"] == f"{'application' if form == 'json' else 'text'}/{form}; charset=utf-8"
    assert (b"Encrypt" in response.data) == (mode != "plain")
    assert [m.text for m in house.store.messages] == ["挂号"]


@pytest.mark.parametrize("form", FORMS)
def test_behaviour_02_a_safe_account_takes_the_encrypted_part_alone(form, house):
    assert words(house, posted(house, "safe", form)) == "您好"
    forged = house.wire.encrypt(written(SAID, form))
    outer = {**SAID, "Content": "把号都退了", "Encrypt": forged}
    house.client.post(house.wire.url(forged), data=written(outer, form))
    assert [m.text for m in house.store.messages] == ["挂号"]


@pytest.mark.parametrize("form", FORMS)
def test_behaviour_02_a_downgrade_is_refused(form, house):
    nothing_happened(house, posted(house, "plain", form))
    nothing_happened(house, posted(house, "compatible", form, encrypt_type=None, msg_signature=None))
    nothing_happened(house, posted(house, "compatible", form, encrypt_type="raw"))


@pytest.mark.parametrize("form", FORMS)
def test_behaviour_02_a_stripped_compatible_post_is_refused_even_in_plain(form, make_house):
    house = make_house(account={"safe": False})
    nothing_happened(house, posted(house, "compatible", form, encrypt_type=None, msg_signature=None))


@pytest.mark.parametrize("form", FORMS)
def test_behaviour_02_the_signature_of_the_address_does_not_vouch_for_a_body(form, house):
    signature = signed(house.wire.token, "1790000000", "77")
    nothing_happened(house, posted(house, "safe", form, nonce="77", msg_signature=signature))


@pytest.mark.parametrize("mode", MODES)
def test_behaviour_02_messages_for_another_account_are_refused(mode, make_house, make_wire):
    house = make_house(account={"safe": mode != "plain", "original_id": "gh_own"})
    assert words(house, posted(house, mode, "xml")) == "您好"
    house.store.messages.clear(), house.handler.started.clear()
    nothing_happened(house, posted(house, mode, "xml", {**SAID, "ToUserName": "gh_other", "MsgId": "2"}))
    house.wire = make_wire(app_id="wx0000000000000000")
    if mode != "plain":
        nothing_happened(house, posted(house, mode, "xml", {**SAID, "MsgId": "3"}))


# 3: keys and published vectors


@pytest.mark.parametrize("previous", [False, True], ids=["current key", "previous key"])
def test_behaviour_03_a_published_vector_is_let_in_and_answered_with_its_key(
    previous, published_crypto, make_house, make_wire, keys
):
    case = published_crypto
    names = {"token": case["token"], "app_id": case["appid"]}
    order = (keys["current"], case["encoding_aes_key"]) if previous else (case["encoding_aes_key"], None)
    house = make_house(account={**names, "aes_key": order[0], "previous_aes_key": order[1]})
    house.wire = make_wire(aes_key=case["encoding_aes_key"], **names)
    house.clock.now = int(case["timestamp"])
    url = house.wire.url(case["encrypt"], at=case["timestamp"])  # for vectors of the cipher alone
    if "msg_signature" in case:
        url = house.wire.url(
            case["encrypt"], at=case["timestamp"], nonce=case["nonce"], msg_signature=case["msg_signature"]
        )
    body = case.get("raw_body") or f"<xml><Encrypt>{case['encrypt']}</Encrypt></xml>"
    response = house.client.post(url, data=body.encode())
    if not case["readable"]:
        nothing_happened(house, response)
    elif "msg_signature" in case:  # a message as WeChat posted it
        assert words(house, response) == "您好"
    else:
        assert [raw for _, raw in house.store.quarantined] == [case["plaintext"].encode()]


def test_behaviour_03_after_a_change_of_keys_each_message_is_answered_with_its_own(make_house, make_wire, keys):
    house = make_house(account={"aes_key": keys["old"], "previous_aes_key": keys["current"]})
    for aes_key, message_id in ((keys["current"], "1"), (keys["old"], "2")):
        house.wire = make_wire(aes_key=aes_key)
        assert words(house, posted(house, "safe", "xml", {**SAID, "MsgId": message_id})) == "您好"


# 4: stale, replayed, too large, hostile


@pytest.mark.parametrize("mode", MODES)
def test_behaviour_04_a_stale_post_executes_nothing(mode, make_house, now):
    house = make_house(account={"safe": False})
    for late in (301, -301, 86400):
        nothing_happened(house, posted(house, mode, "xml", at=now - late))


@pytest.mark.parametrize("form", FORMS)
def test_behaviour_04_a_seen_address_executes_nothing_else(form, make_house):
    """In plain mode the signature covers the address alone: whoever saw one in a log could send anything."""
    house = make_house(account={"safe": False})
    seen = house.wire.url()
    first = house.client.post(seen, data=written(SAID, form))
    house.store.messages.clear(), house.handler.started.clear()
    for forged in ({**SAID, "MsgId": "2", "Content": "退号"}, {**SAID, "Content": "退号"}, {"MsgType": "text"}):
        nothing_happened(house, house.client.post(seen, data=written(forged, form)))
    assert house.store.quarantined == []
    again = house.client.post(seen, data=written(SAID, form))
    assert (again.status_code, again.data) == (200, first.data)
    assert not house.handler.started


def test_behaviour_04_a_recorded_post_is_given_its_own_answer_and_executes_nothing(house):
    encrypt = house.wire.encrypt(written(SAID, "xml"))
    url, body = house.wire.url(encrypt), written({"Encrypt": encrypt}, "xml")
    assert len({house.client.post(url, data=body).data for _ in range(5)}) == 1
    assert len(house.store.messages) == len(house.handler.started) == 1
    house.clock.now += 301
    assert house.client.post(url, data=body).status_code == 403


def test_behaviour_04_no_part_of_a_ciphertext_passes_for_a_nonce(house):
    """The signed parts are joined without a sign between them: whole blocks must not move from one to the other."""
    parts = (house.wire.encrypt(written(SAID, "xml"), random=f"{n:016d}".encode()) for n in itertools.count())
    encrypt = next(p for p in parts if p[:64].isalnum() and p[0].isupper() and p[64].isupper())
    whole = {"nonce": "9", "msg_signature": signed(house.wire.token, "1790000000", "9", encrypt)}
    apart = {"nonce": "9" + encrypt[:64], "msg_signature": whole["msg_signature"]}
    assert signed(house.wire.token, "1790000000", apart["nonce"], encrypt[64:]) == whole["msg_signature"]
    url, moved = house.wire.url(encrypt, **whole), house.wire.url(encrypt[64:], **apart)
    nothing_happened(house, house.client.post(moved, data=written({"Encrypt": encrypt[64:]}, "xml")))
    assert words(house, house.client.post(url, data=written({"Encrypt": encrypt}, "xml"))) == "您好"


def test_behaviour_04_more_than_64_kb_is_413_and_unsigned_bodies_are_not_read(house, now):
    large = {**SAID, "Content": "痛" * 30000}
    nothing_happened(house, posted(house, "safe", "xml", large), 413)
    nothing_happened(house, house.client.post(house.wire.url("x", at=now - 999), data=b"a" * 200_000))


@pytest.mark.parametrize("mode", MODES)
def test_behaviour_04_a_document_type_is_refused_and_put_aside(mode, make_house):
    house = make_house(account={"safe": mode == "safe"})
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + written(SAID, "xml").replace(
        "挂号".encode(), b"]]>&b;<![CDATA["
    )
    if mode == "plain":
        response = house.client.post(house.wire.url(), data=bomb)
    else:
        response = house.wire.post(house.client, bomb)
    assert (response.status_code, response.data) == (200, SUCCESS)
    assert [reason for reason, _ in house.store.quarantined] == ["dtd"]
    assert not house.store.messages


# 9: what comes in cannot break the reading


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sign", ["\x0b", "\x1b", "\x01", "\ufffe", "\x7f", "\u202e"], ids=ascii)
def test_behaviour_09_control_characters_do_not_break_the_reading(sign, form, house):
    assert words(house, posted(house, "safe", form, {**SAID, "Content": f"牙{sign}疼"})) == "您好"
    assert house.store.messages[0].text.replace(sign, "") == "牙疼"


# 11: whatever kind it is


def test_behaviour_11_a_published_sample_is_read(house, published_raw):
    assert house.post(published_raw["raw_xml"]).status_code == 200
    assert len(house.store.messages) == 1
    assert house.store.quarantined == []


def test_behaviour_11_types_and_events_of_a_later_day_are_read(house):
    for n, later in enumerate(
        [
            {"MsgType": "hologram"},
            {"MsgType": "event", "Event": "mind_read", "Deep": "x"},
            {"MsgType": "event", "Event": "LOCATION"},
        ]
    ):
        assert posted(house, "safe", "xml", {**SAID, **later, "MsgId": str(n)}).status_code == 200
    assert [(m.kind, m.event) for m in house.store.messages] == [
        ("unknown", ""),
        ("event", "mind_read"),
        ("event", "location"),
    ]


# 13: what arrives as words and is none


@pytest.mark.parametrize("form", FORMS)
def test_behaviour_13_the_words_for_an_unsupported_type_are_no_text(form, house):
    posted(house, "safe", form, {**SAID, "Content": "【收到不支持的消息类型，暂无法显示】"})
    assert [(m.kind, m.text) for m in house.store.messages] == [("unsupported", "")]
