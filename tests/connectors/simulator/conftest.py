"""A fake account's product, a clock that only waiting moves, and a thread pool that is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from wechatpy.crypto import WeChatCrypto

from connectors.simulator import SimulatorConfig, Tools, create_blueprint
from connectors.simulator.transport import Answer, NoAnswer

TOKEN, KEY, APP_ID, SECRET, ACCOUNT = "t0ken", "q" * 42 + "E", "wxsimulator", "s3cret", "gh_test"
BASE = "http://localhost:8000"
SIM = {"X-Sim": "1"}


@dataclass
class Wire:
    """The network between the fake platform and the product, with a clock that stands.

    plan: what happens to the next posts — seconds the answer takes, an Answer, or NoAnswer; then all is well.
    """

    now: float = 1_800_000_000.0
    posts: list[tuple[float, str, bytes]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    plan: list[Any] = field(default_factory=list)
    product: FlaskClient | None = None

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def post(self, url: str, body: bytes, seconds: float) -> Answer:
        self.posts.append((self.now, url, body))
        next_one = self.plan.pop(0) if self.plan else 0.0
        if isinstance(next_one, NoAnswer):
            raise next_one
        if isinstance(next_one, Answer):
            return next_one
        if next_one >= seconds:
            self.now += seconds
            raise NoAnswer("timeout")
        self.now += next_one
        return self._ask(url, body)

    def _ask(self, url: str, body: bytes) -> Answer:
        assert self.product is not None
        parts = urlsplit(url)
        told = self.product.post(parts.path, query_string=parts.query, data=body, content_type="text/xml")
        return Answer(told.status_code, told.headers["Content-Type"], told.get_data())


@dataclass
class Product:
    """The other side: opens what came with somebody else's crypto, answers what the test wants."""

    heard: list[dict[str, str]] = field(default_factory=list)
    reply: Callable[[dict[str, str]], str] = lambda message: f"收到：{message.get('Content', message['MsgType'])}"
    raw: bytes | None = None
    content_type: str = "text/xml; charset=utf-8"
    crypto: WeChatCrypto = field(default_factory=lambda: WeChatCrypto(TOKEN, KEY, APP_ID))

    def app(self) -> Flask:
        app = Flask("product")
        app.add_url_rule("/wechat", view_func=self.hear, methods=["POST"])
        return app

    def hear(self) -> Response:
        given = request.args
        xml = self.crypto.decrypt_message(
            request.get_data(), given["msg_signature"], given["timestamp"], given["nonce"]
        )
        message = {child.tag: child.text or "" for child in ET.fromstring(xml)}
        self.heard.append(message)
        body = self.raw if self.raw is not None else self.sealed(message).encode()
        return Response(body, content_type=self.content_type)

    def sealed(self, message: dict[str, str], **change: str) -> str:
        text = self.reply(message)
        if text in {"", "success"}:
            return text
        fields = {
            "ToUserName": message["FromUserName"],
            "FromUserName": message["ToUserName"],
            "CreateTime": "1800000000",
            "MsgType": "text",
            "Content": text,
            **change,
        }
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        sealed: str = self.crypto.encrypt_message(f"<xml>{inner}</xml>", request.args["nonce"], int(time.time()))
        return sealed


@dataclass
class World:
    """Everything that a test touches."""

    app: Flask
    client: FlaskClient
    wire: Wire
    product: Product
    queue: list[Callable[[], None]]
    texts: list[dict[str, Any]]

    def run(self) -> None:
        """Carry out what waits in the background."""
        while self.queue:
            self.queue.pop(0)()

    def phone(self, *, follow: bool = True, **fields: str) -> dict[str, Any]:
        made = self.client.post("/sim/phones", json={"name": "甲", "subscribe": follow, **fields}, headers=SIM)
        assert made.status_code == 201
        self.run()
        phone: dict[str, Any] = made.get_json()
        return phone

    def send(self, phone: dict[str, Any], **body: Any) -> Any:
        answer = self.client.post(f"/sim/phones/{phone['id']}/send", json=body, headers=SIM)
        self.run()
        return answer

    def set(self, phone: dict[str, Any], **body: Any) -> Any:
        answer = self.client.post(f"/sim/phones/{phone['id']}/settings", json=body, headers=SIM)
        self.run()
        return answer

    def shown(self, phone: dict[str, Any], after: int = 0) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.client.get(
            f"/sim/phones/{phone['id']}/messages?after={after}"
        ).get_json()["messages"]
        return messages

    def texts_on(self, phone: dict[str, Any], side: str = "bot") -> list[str]:
        return [message["text"] for message in self.shown(phone) if message["side"] == side]

    def token(self) -> str:
        body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        token: str = self.client.post("/sim/api/cgi-bin/stable_token", json=body).get_json()["access_token"]
        return token

    def api(self, path: str, body: Any = None, token: str | None = None) -> dict[str, Any]:
        query = {"access_token": self.token() if token is None else token}
        answer = self.client.post(f"/sim/api/cgi-bin/{path}", query_string=query, json=body or {})
        assert answer.status_code == 200
        told: dict[str, Any] = answer.get_json()
        return told

    def push(self, phone: dict[str, Any], text: str = "您好") -> int:
        body = {"touser": phone["openid"], "msgtype": "text", "text": {"content": text}}
        code: int = self.api("message/custom/send", body)["errcode"]
        return code


TEMPLATES = {"TM1": {"title": "就诊提醒", "fields": {"thing1": "科室", "time2": "就诊时间"}}}
MENU = [{"type": "click", "name": "预约", "key": "book"}]


def make_config(tmp_path: Path, texts: list[dict[str, Any]]) -> SimulatorConfig:
    return SimulatorConfig(
        var_dir=tmp_path,
        callback_url="http://127.0.0.1:8000/wechat",
        token=TOKEN,
        aes_key=KEY,
        app_id=APP_ID,
        app_secret=SECRET,
        account_id=ACCOUNT,
        account_name="测试医院",
        guide=lambda: {"hospital": "测试医院"},
        sms=lambda: texts,
        public_url=BASE,
        menu=MENU,
        templates=TEMPLATES,
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    wire, product, texts = Wire(), Product(), list[dict[str, Any]]()
    wire.product = product.app().test_client()
    queue: list[Callable[[], None]] = []

    def submit(task: Callable[[], None]) -> bool:
        queue.append(task)
        return True

    app = Flask("host")
    tools = Tools(clock=wire.clock, sleep=wire.sleep, post=wire.post, submit=submit)
    app.register_blueprint(create_blueprint(make_config(tmp_path, texts), tools))
    with app.test_client() as client:
        yield World(app, client, wire, product, queue, texts)


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
