"""Message modes, data formats and keys: what goes out, and which answers WeChat can read."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask, Response, request
from wechatpy.crypto import WeChatCrypto

from connectors.simulator.config import Format, Mode
from connectors.simulator.courier import FAULT
from connectors.simulator.formats import as_json, as_xml, read_json, read_xml
from connectors.simulator.peer import ACCOUNT, Peer

OLD_KEY = "Z" * 42 + "A"
TYPES = {"xml": "text/xml", "json": "application/json"}


class Echo:
    """A product that reads with wechatpy's crypto and answers as a test says: sealed or open, in one of the formats."""

    def __init__(self, *, sealed: bool, form: Format, key: str = ACCOUNT["aes_key"]) -> None:
        self.is_sealed, self.form, self.heard = sealed, form, list[dict[str, Any]]()
        self.crypto = WeChatCrypto(ACCOUNT["token"], key, ACCOUNT["app_id"])

    def app(self) -> Flask:
        app = Flask("echo")
        app.add_url_rule("/wechat", view_func=self.hear, methods=["POST"])
        return app

    def hear(self) -> Response:
        try:
            message = self._opened()
        except Exception:
            return Response(status=403)
        self.heard.append(message)
        told = {
            "ToUserName": message["FromUserName"],
            "FromUserName": message["ToUserName"],
            "CreateTime": 1_800_000_000,
            "MsgType": "text",
            "Content": f"echo {message.get('Content', '')}",
        }
        return Response(self._written(as_xml(told) if self.form == "xml" else as_json(told)), mimetype=TYPES[self.form])

    def _opened(self) -> dict[str, Any]:
        outer = _read(request.get_data())
        given = request.args
        if "Encrypt" not in outer:
            return outer
        sealed = {"Encrypt": outer["Encrypt"]}
        inner = self.crypto.decrypt_message(sealed, given["msg_signature"], given["timestamp"], given["nonce"])
        return _read(inner.encode())

    def _written(self, told: str) -> str:
        if not self.is_sealed:
            return told
        sealed: str = self.crypto.encrypt_message(told, "7", 1_800_000_000)
        if self.form == "xml":
            return sealed
        return json.dumps({child.tag: child.text for child in ET.fromstring(sealed)})


def _read(body: bytes) -> dict[str, Any]:
    return json.loads(body) if body.lstrip().startswith(b"{") else read_xml(body)


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize(
    ("mode", "sealed", "shown"),
    [
        ("plain", False, True),
        ("plain", True, False),
        ("compatible", False, True),
        ("compatible", True, True),
        ("safe", True, True),
        ("safe", False, False),
    ],
)
def test_which_answer_can_be_read_in_which_mode(mode: Mode, form: Format, sealed: bool, shown: bool) -> None:
    with Peer(mode=mode, format=form) as wechat:
        wechat.serve(Echo(sealed=sealed, form=form).app())
        user = wechat.user()
        user.says("你好")
        assert user.sees()[-1] == ("echo 你好" if shown else FAULT)


@pytest.mark.parametrize(("form", "answer", "shown"), [("xml", "json", False), ("json", "xml", True)])
def test_an_account_in_xml_reads_no_json(form: Format, answer: Format, shown: bool) -> None:
    with Peer(format=form) as wechat:
        wechat.serve(Echo(sealed=True, form=answer).app())
        user = wechat.user()
        user.says("hello")
        assert (user.sees()[-1] == "echo hello") is shown


def test_safe_mode_shows_nothing_outside_the_seal_and_compatible_mode_both() -> None:
    for mode, names in {
        "safe": {"ToUserName", "Encrypt"},
        "plain": {"Content"},
        "compatible": {"Content", "Encrypt"},
    }.items():
        with Peer(mode=mode) as wechat:
            wechat.serve(Echo(sealed=mode != "plain", form="xml").app())
            wechat.user().says("hello")
            outer = set(read_xml(wechat.posts[-1][1]))
            assert names <= outer
            assert mode != "safe" or outer == names


def test_numbers_are_numbers_in_json() -> None:
    product = Echo(sealed=True, form="json")
    with Peer(format="json") as wechat:
        wechat.serve(product.app())
        wechat.user().says("hello")
    assert type(product.heard[-1]["CreateTime"]) is int
    assert type(product.heard[-1]["MsgId"]) is int


def test_after_a_change_the_old_key_is_used_for_a_while_and_wants_its_own_answer() -> None:
    with Peer(previous_aes_key=OLD_KEY) as wechat:
        wechat.serve(Echo(sealed=True, form="xml", key=OLD_KEY).app())
        user = wechat.user()
        assert user.says("new key").fault
        wechat.faults.arm("old_key", times=1)
        assert user.says("old key").text == "echo old key"
        assert user.says("new key").fault


def test_a_message_is_the_same_in_both_formats() -> None:
    fields = {"MsgType": "event", "Info": {"List": [{"A": "1"}, {"A": "]]>"}]}, "Content": "he\tllo <b>"}
    assert read_xml(as_xml(fields).encode()) == read_json(as_json(fields).encode()) == fields


def test_a_reply_of_eight_articles_shows_as_many_as_its_occasion_allows() -> None:
    items = "".join(f"<item><Title>T{n}</Title><Url>https://a.example/{n}</Url></item>" for n in range(9))

    def news(environ: Any, start: Any) -> Any:
        message = read_xml(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        names = (
            f"<ToUserName>{message['FromUserName']}</ToUserName><FromUserName>{message['ToUserName']}</FromUserName>"
        )
        start("200 OK", [("Content-Type", "text/xml")])
        kind = "<CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>9</ArticleCount>"
        return [f"<xml>{names}{kind}<Articles>{items}</Articles></xml>".encode()]

    with Peer(mode="plain") as wechat:
        wechat.serve(news)
        user = wechat.user()
        user.clicks("news")
        assert [one["title"] for one in user.bubbles()[-1]["card"]["more"]] == [f"T{n}" for n in range(1, 8)]
        user.says("news")
        assert "more" not in user.bubbles()[-1]["card"]
