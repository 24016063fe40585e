"""WeChat for a test, in one line: a platform on a loopback port, with a clock and storage of its own.

    with Peer() as wechat:
        wechat.serve(my_wsgi_app)                 # or Peer(callback_url="http://…") for one that runs elsewhere
        anna = wechat.user()
        anna.says("hello")
        assert anna.sees()[-1] == "hello, Anna"

The product is told `wechat.token`, `aes_key`, `app_id`, `secret` and `api_base`, and nothing else about being tested.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from flask import Flask

from connectors.simulator.acts import Acts
from connectors.simulator.blueprint import create_blueprint
from connectors.simulator.bubbles import Bubbles
from connectors.simulator.call_log import CallLog
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.courier import Courier
from connectors.simulator.credentials import AccessTokens
from connectors.simulator.database import Database
from connectors.simulator.faults import Faults
from connectors.simulator.phones import Phones
from connectors.simulator.platform_api import BASE
from connectors.simulator.serving import Serving, Wsgi
from connectors.simulator.tools import Tools
from connectors.simulator.transport import Answer, post
from connectors.simulator.user import User

ACCOUNT: Json = {
    "token": "token-of-a-test",
    "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "app_id": "wx0123456789abcdef",
    "app_secret": "0123456789abcdef0123456789abcdef",
    "account_id": "gh_0123456789ab",
    "account_name": "An account",
}


class Clock:
    """The machine's time, plus what a test has let pass."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class Peer:
    """One account with its followers. `account` are fields of SimulatorConfig: kind, mode, format, templates, …

    `patience=0.3` makes the three attempts begin at 0, 0.3 and 0.6 seconds in place of 0, 5 and 10.
    """

    def __init__(self, *, callback_url: str = "", path: str = "/wechat", **account: Any) -> None:
        self._folder = TemporaryDirectory(prefix="wechat-peer-")
        self._product, self._app = Serving(), Flask("wechat-peer")
        self._own = Serving(self._app)
        self.clock, self.posts = Clock(), list[tuple[str, bytes]]()
        settled: Json = {**ACCOUNT, "guide": dict, "public_url": self._product.url, **account}
        target = callback_url or self._product.url + path
        self.config = SimulatorConfig(var_dir=Path(self._folder.name), callback_url=target, **settled)
        self._build()

    def _build(self) -> None:
        tools, database = Tools(clock=self.clock, post=self._post), Database(self.config.database)
        self._app.register_blueprint(create_blueprint(self.config, tools))
        self._phones, self._bubbles = Phones(database), Bubbles(database)
        self._courier = Courier(self.config, tools, database)
        self._acts = Acts(self.config, tools, database, self._courier)
        self._tokens, self._calls = AccessTokens(database), CallLog(database)
        self.faults = Faults(database, tools.chance)

    def __enter__(self) -> Peer:  # noqa: PYI034 - Self came with Python 3.11
        self._product.start()
        self._own.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._product.stop()
        self._own.stop()
        self._folder.cleanup()

    # ---- what the product is told

    @property
    def url(self) -> str:
        """The phones, to look at in a browser while a test stands still."""
        return self._own.url

    @property
    def api_base(self) -> str:
        """What stands in place of https://api.weixin.qq.com."""
        return self._own.url + BASE

    def serve(self, app: Wsgi) -> None:
        """Put the product under test behind `config.callback_url`."""
        self._product.mount(app)

    # ---- people

    def user(self, name: str = "Anna", *, follows: bool = True) -> User:
        """Somebody new; a follower has already followed, so the product has heard of it."""
        phone = self._phones.create(name=name, number="", now=self.clock())
        user = User(phone.id, self._phones, self._bubbles, self._acts, self._courier.flush)
        if follows:
            user.follows()
        return user

    # ---- the platform

    def tokens_die(self, errcode: int = 40001) -> None:
        """Every access token that is out is refused from now on, with 40001, 40014 or 42001."""
        self._tokens.kill(errcode)

    def calls(self, path: str = "") -> list[str]:
        """The outcomes of the product's calls, oldest first: "0", an errcode, or a fault's word."""
        return [call["outcome"] for call in self._calls.all() if path in {"", call["path"]}]

    def replay(self, number: int = -1) -> Answer:
        """One of the posts so far once more, byte for byte, as somebody would who saw it. Raises NoAnswer."""
        return post(*self.posts[number], self.config.patience)

    def _post(self, url: str, body: bytes, seconds: float) -> Answer:
        self.posts.append((url, body))
        return post(url, body, seconds)
