"""Files up and down: what they are by their first bytes, within WeChat's limits, never more than asked for."""

from __future__ import annotations

import itertools

import pytest
from flask import Response

from connectors.wechat import media, transport
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.ports import Token

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
AMR = b"#!AMR\n" + b"\x3c" * 64
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("content", "kind", "sort", "name"),
    [
        (PNG, "png", "image", b"image.png"),
        (b"\xff\xd8\xff\xe0....", "jpeg", "image", b"image.jpeg"),
        (b"GIF89a....", "gif", "image", b"image.gif"),
        (AMR, "amr", "voice", b"voice.amr"),
        (b"#!AMR-WB\n....", "amr", "voice", b"voice.amr"),
        (b"ID3\x03....", "mp3", "voice", b"voice.mp3"),
        (b"\xff\xfb\x90....", "mp3", "voice", b"voice.mp3"),
    ],
    ids=["png", "jpeg", "gif", "amr", "amr-wb", "mp3 with tag", "mp3 bare"],
)
def test_a_file_goes_up_as_a_form_under_a_name_that_says_nothing(api, wechat, content, kind, sort, name):
    wechat.raw["media/upload"] = {"type": sort, "media_id": "M-1", "created_at": 1}
    assert media.read(content).kind == kind
    assert media.upload(api, content) == "M-1"
    ((path, token, body),) = wechat.calls
    assert (path, token, wechat.args["type"]) == ("media/upload", "token-1", sort)
    assert b'name="media"; filename="' + name in body
    assert content in body


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"%PDF-1.7", b"MZ\x90", b" " + PNG, PNG + bytes(10 * MIB), AMR + bytes(2 * MIB)],
    ids=["empty", "svg", "pdf", "exe", "not first", "large picture", "large voice"],
)
def test_what_wechat_does_not_take_never_leaves_the_house(api, wechat, content):
    with pytest.raises(PlatformRefused):
        media.upload(api, content)
    assert wechat.calls == []


def test_an_upload_with_a_dead_token_is_repeated_once(api, wechat, clock, tokens):
    tokens.save(Token("dead", clock.now + 7200, 1))
    wechat.good = {"token-1"}
    with pytest.raises(PlatformLater):  # this fake says ok without a media_id
        api.upload_image(PNG)
    assert [call[1] for call in wechat.calls] == ["dead", "token-1"]


@pytest.mark.parametrize("code", [40004, 40006, 40009])
def test_a_file_that_wechat_does_not_take_is_refused_for_good(api, wechat, code):
    wechat.codes["media/upload"] = code
    with pytest.raises(PlatformRefused):
        media.upload(api, PNG)


@pytest.mark.parametrize(("content", "kind"), [(AMR, "amr"), (PNG, "png")], ids=["voice", "picture"])
def test_what_a_user_sent_comes_down(api, wechat, content, kind):
    wechat.raw["media/get"] = Response(content, content_type="application/octet-stream")
    assert media.download(api, "M-7") == media.Media(content, kind)
    assert (wechat.args["media_id"], wechat.args["access_token"]) == ("M-7", "token-1")


def test_a_download_with_a_dead_token_is_repeated_once(api, wechat, clock, tokens):
    tokens.save(Token("dead", clock.now + 7200, 1))
    with pytest.raises(PlatformRefused):  # this fake's "ok" is no picture
        media.download(api, "M-7")
    assert [call[1] for call in wechat.calls] == ["dead", "token-1"]


def test_a_file_that_is_gone_is_refused(api, wechat):
    wechat.codes["media/get"] = 40007
    with pytest.raises(PlatformRefused) as caught:
        media.download(api, "M-7")
    assert caught.value.code == 40007


@pytest.mark.parametrize("media_id", ["", "m" * 257, "媒体"])
def test_an_id_that_is_none_makes_no_call(api, wechat, media_id):
    with pytest.raises(PlatformRefused):
        media.download(api, media_id)
    assert wechat.calls == []


@pytest.mark.parametrize("content", [b"<html>", b'{"video_url": "http://x"}', b"\0"], ids=["html", "video", "rubbish"])
def test_what_is_no_picture_and_no_voice_is_not_taken(api, wechat, content):
    wechat.raw["media/get"] = Response(content, content_type="image/png")
    with pytest.raises(PlatformRefused):
        media.download(api, "M-7")


def test_an_endless_file_is_read_no_further_than_the_limit(api, wechat):
    sent = itertools.count(1)

    def drip():
        yield PNG
        while next(sent) < 400:  # × 64 KiB = 25 MiB
            yield bytes(64 * 1024)

    wechat.raw["media/get"] = Response(drip())
    with pytest.raises(PlatformLater, match="network"):
        media.download(api, "M-7")
    assert next(sent) < 300


@pytest.mark.parametrize("path", ["media/upload", "stable_token"])
def test_an_endless_answer_is_read_no_further_than_one_mebibyte(api, wechat, path):
    wechat.raw[path] = Response(b'{"media_id": "' + b"a" * (2 * MIB) + b'"}', content_type="application/json")
    with pytest.raises(PlatformLater, match="network"):
        media.upload(api, PNG)


def test_a_file_that_drips_for_ever_ends(api, wechat, monkeypatch):
    monkeypatch.setattr(transport, "LONGEST", -1.0)
    wechat.raw["media/get"] = Response(PNG)
    with pytest.raises(PlatformLater, match="network"):
        media.download(api, "M-7")
