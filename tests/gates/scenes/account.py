"""WeChat's side of the account: the API that the product calls, and what each patient has on his phone."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, jsonify, request

from connectors.simulator.serving import Serving


class Account:
    """Takes every call; what is sent to somebody stands on his phone, a template message with all its values."""

    def __init__(self) -> None:
        self._phones: dict[str, list[str]] = defaultdict(list)
        self._changed = threading.Condition()
        app = Flask("wechat")
        app.add_url_rule("/cgi-bin/stable_token", "token", lambda: jsonify(access_token="token", expires_in=7200), methods=["POST"])  # fmt: skip
        app.add_url_rule("/<path:path>", "call", self._call, methods=["GET", "POST"])
        self.serving = Serving(app)

    def show(self, openid: str, words: str) -> None:
        """One more message on this phone."""
        with self._changed:
            self._phones[openid].append(words)
            self._changed.notify_all()

    def shown(self, openid: str) -> list[str]:
        """Everything on this phone, oldest first."""
        with self._changed:
            return list(self._phones[openid])

    def wait(self, openid: str, *, more_than: int, seconds: float) -> bool:
        """Whether more than so many messages came to this phone in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._phones[openid]) > more_than, seconds)

    def _call(self, path: str) -> Any:
        body = request.get_json(force=True, silent=True) or {}
        if path == "cgi-bin/message/custom/send":
            self.show(str(body["touser"]), str(body.get("text", {}).get("content", body["msgtype"])))
        elif path == "cgi-bin/message/template/send":
            self.show(str(body["touser"]), "\n".join(str(one["value"]) for one in body["data"].values()))
        return jsonify(errcode=0, errmsg="ok")


@contextmanager
def account() -> Iterator[Account]:
    """A WeChat that answers."""
    made = Account()
    made.serving.start()
    try:
        yield made
    finally:
        made.serving.stop()
