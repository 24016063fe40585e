"""Published and own vectors, both directions, and everything that must be refused."""

from __future__ import annotations

import pytest

from connectors.wechat.cipher import Cipher
from connectors.wechat.crypto import FRESH_SECONDS, Crypto, Way, envelope, sign
from connectors.wechat.errors import Rejected
from connectors.wechat.ports import Account


def account_of(case, **changed):
    names = {"app_id": case["appid"], "token": case["token"], "aes_key": case["encoding_aes_key"]}
    return Account(**{**names, **changed})


def check(case, crypto, now=None, **changed):
    values = {name: changed.get(name, case[name]) for name in ("timestamp", "nonce", "encrypt")}
    crypto.check(changed.get("msg_signature", case["msg_signature"]), now=now or int(case["timestamp"]), **values)


def holds(case):
    crypto = Crypto(account_of(case))
    if not case["readable"]:
        with pytest.raises(Rejected):
            check(case, crypto)
        with pytest.raises(Rejected):
            crypto.open(case["encrypt"])
        return
    if "msg_signature" in case:
        check(case, crypto)
    assert crypto.open(case["encrypt"])[0].decode() == case["plaintext"]
    sealed = Cipher(case["encoding_aes_key"]).seal(
        case["plaintext"].encode(), case["appid"], random=case["random"].encode()
    )
    assert sealed == case["encrypt"]


def test_published_vector(published_crypto):
    holds(published_crypto)


def test_own_vector(own_crypto):
    holds(own_crypto)


def test_published_url_signature(published_url):
    case = published_url
    assert sign(case["token"], case["timestamp"], case["nonce"]) == case["signature"]


def test_own_url_signature(own_url, keys):
    case = own_url
    crypto = Crypto(Account("wx0", case["token"], keys["current"]))
    crypto.check(case["signature"], timestamp=case["timestamp"], nonce=case["nonce"], now=int(case["timestamp"]))


def test_envelopes_of_published_captures(vectors):
    captures = [case for case in vectors("wechat_published.json")["crypto"] if "raw_body" in case]
    assert len(captures) == 3
    for case in captures:
        assert envelope(case["raw_body"].encode()) == case["encrypt"]


def changed_last(text):
    return text[:-6] + ("A" if text[-6] != "A" else "B") + text[-5:]


REFUSALS = {
    "signature of zeros": {"msg_signature": "0" * 40},
    "signature in capitals": {"msg_signature": "A" * 40},
    "no signature": {"msg_signature": ""},
    "signature outside ASCII": {"msg_signature": "é" * 40},
    "another nonce": {"nonce": "123"},
    "nonce that is markup": {"nonce": "1]]>"},
    "no nonce": {"nonce": ""},
    "no timestamp": {"timestamp": ""},
    "eleven digits": {"timestamp": "17900001011"},
    "digits of another script": {"timestamp": "١٧٩٠٠٠٠١٠١"},
    "a word": {"timestamp": "yesterday!"},
}


@pytest.mark.parametrize("change", REFUSALS.values(), ids=REFUSALS)
def test_changed_request_is_refused(change, own_crypto):
    with pytest.raises(Rejected):
        check(own_crypto, Crypto(account_of(own_crypto)), now=int(own_crypto["timestamp"]), **change)


def test_one_changed_character_of_the_ciphertext_is_refused(own_crypto):
    with pytest.raises(Rejected, match="signature"):
        check(own_crypto, Crypto(account_of(own_crypto)), encrypt=changed_last(own_crypto["encrypt"]))


@pytest.mark.parametrize("late", [FRESH_SECONDS + 1, -FRESH_SECONDS - 1, 30 * 86400])
def test_stale_and_future_requests_are_refused(late, own_crypto):
    crypto = Crypto(account_of(own_crypto))
    check(own_crypto, crypto, now=int(own_crypto["timestamp"]) + (FRESH_SECONDS if late > 0 else -FRESH_SECONDS))
    with pytest.raises(Rejected, match="stale"):
        check(own_crypto, crypto, now=int(own_crypto["timestamp"]) + late)


def test_resplit_of_timestamp_and_nonce_is_refused(keys):
    """WeChat joins its parts without separators, so the shape of the timestamp has to tell them apart."""
    crypto = Crypto(Account("wx0", keys["token"], keys["current"]))
    signature = sign(keys["token"], "1790000000", "00")
    crypto.check(signature, timestamp="1790000000", nonce="00", now=1790000000)
    assert sign(keys["token"], "01790000000", "0") == signature
    with pytest.raises(Rejected, match="parameters"):
        crypto.check(signature, timestamp="01790000000", nonce="0", now=1790000000)


def test_another_account_is_refused(own_crypto):
    with pytest.raises(Rejected, match="appid"):
        Crypto(account_of(own_crypto, app_id="wx0000000000000000")).open(own_crypto["encrypt"])


def test_longer_appid_that_begins_like_ours_is_refused(own_crypto):
    with pytest.raises(Rejected, match="appid"):
        Crypto(account_of(own_crypto, app_id=own_crypto["appid"][:-1])).open(own_crypto["encrypt"])


def test_previous_key_still_opens_and_closes(own_crypto, keys):
    account = account_of(own_crypto, aes_key=keys["current"], previous_aes_key=own_crypto["encoding_aes_key"])
    plain, cipher = Crypto(account).open(own_crypto["encrypt"])
    assert plain.decode() == own_crypto["plaintext"]
    old, new = Cipher(own_crypto["encoding_aes_key"]), Cipher(keys["current"])
    sealed = cipher.seal(b"reply", own_crypto["appid"])
    assert old.open(sealed, own_crypto["appid"]) == b"reply"
    with pytest.raises(Rejected):
        new.open(sealed, own_crypto["appid"])


@pytest.mark.parametrize("junk", ["", "A", "====", "AAAA", "A" * 43, "A" * 64, "中文", "A" * 60000])
def test_broken_ciphertext_is_one_kind_of_error(junk, keys):
    with pytest.raises(Rejected):
        Crypto(Account("wx0", keys["token"], keys["current"])).open(junk)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"hello",
        b"{}",
        b"{",
        b'{"Encrypt": {"a": 5}}',
        b'{"Encrypt": null}',
        b'{"Encrypt": "a", "Encrypt": "b"}',
        b'["Encrypt"]',
        b'{"Encrypt": NaN}',
        b"[" * 9000,
        b'{"a":' * 9000,
        b"<xml/>",
        b"<a/>",
        b"\xff\xfe",
        b"<xml><Encrypt></Encrypt></xml>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        b"<xml><Encrypt><b>a</b></Encrypt></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
    ],
)
def test_body_without_a_readable_encrypt_is_refused(body):
    with pytest.raises(Rejected):
        envelope(body)


def test_replies_differ_in_their_random_part(keys):
    crypto = Crypto(Account("wx0", keys["token"], keys["current"]))
    cipher = Cipher(keys["current"])
    way = Way("xml", "1", cipher)
    assert crypto.reply("<xml/>", way, at=1) != crypto.reply("<xml/>", way, at=1)


@pytest.mark.parametrize("bad", ["", "short", "x" * 44, "中" * 43])
def test_a_key_that_is_none_stops_the_start(bad):
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Crypto(Account("wx0", "token", bad))


def test_secrets_do_not_show_in_a_printed_account(keys):
    shown = repr(Account("wx0", keys["token"], keys["current"], keys["old"]))
    assert not any(keys[name] in shown for name in ("token", "current", "old"))
