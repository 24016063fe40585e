"""How tests come in: an app, WeChat's side of the sign-in, and what a browser reads from a page."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from bot.errors import BadInput
from bot.ports import Ports
from bot.web.app import create_app


class OAuth:
    """WeChat's side of the sign-in: a code works once, as at WeChat."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        return f"https://open.example/authorize?back={redirect_uri}&state={state}"

    def exchange(self, code: str) -> str:
        if code not in self.codes:
            raise BadInput("bad_code")
        return self.codes.pop(code)


class JsSdk:
    """WeChat's side of wx.config: signs what it is asked to, when it is ours."""

    def config(self, url: str) -> dict[str, str | int]:
        if not url.startswith("http://localhost/"):
            raise BadInput
        return {"appId": "wx", "timestamp": 1, "nonceStr": "n", "signature": "s"}


def make_app(ports: Ports, oauth: OAuth, health: dict[str, dict[str, Any]], **changes: Any) -> Flask:
    settings: dict[str, Any] = {
        "secret_key": "s" * 40,
        "demo": True,
        "public_url": "http://localhost",
        "jssdk": JsSdk(),
    }
    return create_app(ports, changes.pop("blueprints", ()), health=lambda: health, oauth=oauth, **settings | changes)


def token(page: str) -> str:
    """The CSRF token of a page's first form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def leave(browser: FlaskClient, target: str = "/h5/me") -> str:
    """Go to sign in; gives the state that WeChat will hand back."""
    answer = browser.get("/h5/signin", query_string={"next": target})
    assert answer.status_code == 302
    return answer.headers["Location"].rsplit("state=", 1)[1]


def do(browser: FlaskClient, ref: str, act: str, **form: str) -> tuple[int, str]:
    """Press a button of a question's page at the console; gives the answer's status and text."""
    csrf = token(browser.get(f"/console/questions/{ref}").text)
    answer = browser.post(f"/console/questions/{ref}/{act}", data={"csrf_token": csrf, **form})
    return answer.status_code, answer.text
