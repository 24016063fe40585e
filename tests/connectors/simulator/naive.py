"""A product as tutorials write it: Flask, wechatpy, and every mistake that hides until WeChat misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from wechatpy import WeChatClient, create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatClientException

from connectors.simulator.peer import Peer

XML = "text/xml; charset=utf-8"
LONG = 60.0  # seconds; a test that hangs ends


class Naive:
    """An echo. `answer` is the handler: its calls are counted by what it was asked."""

    content_type = XML

    def __init__(self, wechat: Peer) -> None:
        account = wechat.config
        self.crypto = WeChatCrypto(account.token, account.aes_key, account.app_id)
        self.asked: list[str] = []
        self.client = client_of(wechat)
        self.stuck = False
        self.freed = threading.Event()

    def app(self) -> Flask:
        app = Flask("naive")
        app.add_url_rule("/wechat", view_func=self.hear, methods=["GET", "POST"])
        return app

    def hear(self) -> Response:
        message = parse_message(self.opened())
        rendered = create_reply(self.said(message), message).render()
        return Response(self.sealed(rendered), content_type=self.content_type)

    def opened(self) -> Any:
        """Takes whatever comes: sealed when it says so, else in the open."""
        body, given = request.get_data(), request.args
        if given.get("encrypt_type") != "aes":
            return body
        return self.crypto.decrypt_message(body, given["msg_signature"], given["timestamp"], given["nonce"])

    def sealed(self, rendered: str) -> str:
        if not rendered or request.args.get("encrypt_type") != "aes":
            return rendered
        sealed: str = self.crypto.encrypt_message(rendered, request.args["nonce"])
        return sealed

    def said(self, message: Any) -> str:
        return self.answer(message)

    def answer(self, message: Any) -> str:
        """The slow part: a model, a tool, a booking."""
        text = message.content if message.type == "text" else getattr(message, "event", message.type)
        self.asked.append(text)
        if self.stuck:
            self.freed.wait(LONG)
        return f"echo {text}"


class DropsRepeats(Naive):
    """Remembers message ids in the process and says nothing to those it knows."""

    def __init__(self, wechat: Peer) -> None:
        super().__init__(wechat)
        self.known: set[Any] = set()

    def said(self, message: Any) -> str:
        if message.id in self.known:
            return ""
        self.known.add(message.id)
        return self.answer(message)


class OneThingAtATime(Naive):
    """State per user: while one answer is made, the next question waits for that answer."""

    def __init__(self, wechat: Peer) -> None:
        super().__init__(wechat)
        self.running: dict[str, threading.Event] = {}
        self.last: dict[str, str] = {}

    def said(self, message: Any) -> str:
        user, busy = message.source, self.running.get(message.source)
        if busy is not None:
            self.freed.set()  # for the test: the first answer is still being made
            busy.wait(LONG)
            return self.last[user]
        self.running[user] = threading.Event()
        self.last[user] = self.answer(message)
        self.running.pop(user).set()
        return self.last[user]


class Says(Naive):
    """Answers what a test wants."""

    def __init__(self, wechat: Peer, say: Callable[[Any], str]) -> None:
        super().__init__(wechat)
        self.say = say

    def answer(self, message: Any) -> str:
        return self.say(message)


class ReturnsExceptions(Naive):
    """`except Exception as error: return str(error)`."""

    def hear(self) -> Response:
        try:
            return Response(request.args["no such parameter"])
        except KeyError as error:
            return Response(str(error))


class SealsNothing(Naive):
    """Opens what is sealed, answers in the open."""

    def sealed(self, rendered: str) -> str:
        return rendered


class Pushes(Naive):
    """Answers `success`, then sends everything through the customer-service API and looks at no error."""

    parts = 6

    def said(self, message: Any) -> str:
        for number in range(self.parts):
            try:
                self.client.message.send_text(message.source, f"part {number}")
            except WeChatClientException as error:
                self.asked.append(str(error.errcode))
        return ""


def client_of(wechat: Peer) -> WeChatClient:
    """wechatpy's client as it comes, but for the host."""

    class Client(WeChatClient):
        API_BASE_URL = f"{wechat.api_base}/cgi-bin/"

        def fetch_access_token(self) -> Any:
            params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(f"{self.API_BASE_URL}token", params)

    return Client(wechat.config.app_id, wechat.config.app_secret)
