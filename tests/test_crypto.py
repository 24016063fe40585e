"""Sealed fields, keyed hashes, signed tokens: one secret, one key for each purpose."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from bot.crypto import NONCE_BYTES, Crypto

BOX = Crypto("s" * 40)
OTHER = Crypto("t" * 40)


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_what_was_sealed_opens(text):
    assert BOX.open(BOX.seal(text)) == text


def test_sealing_twice_looks_different_and_hides_the_text():
    first, second = BOX.seal("李雷"), BOX.seal("李雷")
    assert first != second
    assert "李雷".encode() not in first


@pytest.mark.parametrize("place", range(len(BOX.seal("李雷"))))
def test_one_changed_bit_anywhere_is_an_error(place):
    sealed = bytearray(BOX.seal("李雷"))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        BOX.open(bytes(sealed))


@pytest.mark.parametrize("cut", [0, 1, NONCE_BYTES, NONCE_BYTES + 5, -1])
def test_a_cut_field_is_an_error(cut):
    with pytest.raises((InvalidTag, ValueError)):
        BOX.open(BOX.seal("李雷")[:cut])


def test_another_secret_opens_nothing():
    with pytest.raises(InvalidTag):
        OTHER.open(BOX.seal("李雷"))
    assert OTHER.digest("openid", "a") != BOX.digest("openid", "a")
    assert not OTHER.verify("a", BOX.sign("a"))


def test_purposes_and_kinds_have_keys_of_their_own():
    assert len({BOX._key(purpose) for purpose in ("fields", "hashes", "tokens")}) == 3
    assert BOX.digest("openid", "a") != BOX.digest("id_number", "a")
    assert BOX.digest("openid", "a") == BOX.digest("openid", "a")
    assert len(BOX.digest("openid", "a")) == 64


def test_a_signature_is_of_its_value_and_length():
    mac = BOX.sign("choice:1:2-3", length=6)
    assert BOX.verify("choice:1:2-3", mac, length=6)
    assert not BOX.verify("choice:1:2-4", mac, length=6)
    assert not BOX.verify("choice:1:2-3", mac)
    assert not BOX.verify("choice:1:2-3", "", length=6)
    assert not BOX.verify("choice:1:2-3", "签名", length=6)
    assert not BOX.verify("choice:1:2-3", mac + "=", length=6)
