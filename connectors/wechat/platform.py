"""The WeChat API of one account, over wechatpy's client.

wechatpy 1.8.18 alone has no time-outs, fetches a token per process, repeats a call with a dead token through
hundreds of requests, cannot pass `client_msg_id`, and logs. Here: one shared stable token fetched by one
caller at a time, (3, 8) s time-outs, one repetition after one refresh, named errors, silence.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from connectors.wechat import images
from connectors.wechat.clock import MachineClock
from connectors.wechat.errors import PlatformError, PlatformLater, PlatformNotReached
from connectors.wechat.policy import TOKEN_CODES, WRONG_SECRET, failure, rule, until
from connectors.wechat.ports import Clock, Token, TokenStore

API_BASE = "https://api.weixin.qq.com"
TIMEOUT = (3.0, 8.0)  # seconds to connect, to read
EARLY = 300  # stable_token hands out a new token five minutes before the old one ends; both work meanwhile
EVERYTHING = "*"
UPLOAD_PATH = "media/upload"
TOKEN_PATH = "stable_token"  # noqa: S105 - a path


def quiet_logs() -> None:
    """Silence wechatpy, which logs calls and keys, and urllib3, which logs URLs with the access token."""
    logging.getLogger("wechatpy").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)


class Platform:
    """Calls of one account; safe for threads. Every call raises PlatformRefused or PlatformLater."""

    def __init__(
        self, app_id: str, secret: str, api_base: str, token_store: TokenStore, clock: Clock | None = None
    ) -> None:
        quiet_logs()
        self._app_id, self._secret = app_id, secret
        self._base = api_base.rstrip("/")
        self._store = token_store
        self._clock = clock or MachineClock()
        self._local = threading.local()
        self._paused: dict[str, tuple[int, PlatformError]] = {}

    def send_custom(self, openid: str, payload: Mapping[str, Any]) -> None:
        """One customer-service message; payloads from `outbound.customer_payloads`."""
        self.call("message/custom/send", {"touser": openid, **payload})

    def upload_image(self, content: bytes) -> str:
        """A picture → its media_id, good for three days. PNG, JPEG or GIF up to 10 MB, or PlatformRefused."""
        answer = self.call(UPLOAD_PATH, images.read(content))
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise PlatformLater(0, "bad_answer")
        return media_id

    def send_template(
        self,
        openid: str,
        template_id: str,
        fields: Mapping[str, Mapping[str, str]],
        *,
        client_msg_id: str,
        url: str = "",
    ) -> str:
        """One template message → its MsgID, by which TEMPLATESENDJOBFINISH tells the outcome.

        `fields` from `templates.fill`. WeChat sends the same `client_msg_id` (at most 32 characters) once
        within ten minutes.
        """
        body = {"touser": openid, "template_id": template_id, "data": fields, "client_msg_id": client_msg_id}
        answer = self.call("message/template/send", {**body, "url": url} if url else body)
        return str(answer.get("msgid", ""))

    def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the menu; from `menu.load`. Clients show it within five minutes."""
        self.call("menu/create", menu)

    def create_scene(self, scene: str) -> str:
        """A lasting QR code for a scene of 1 to 64 characters → the address to draw as one.

        Scanning it sends SCAN with the scene, following by it `subscribe` with `qrscene_<scene>`. The same scene again
        is the same code; an account has 100,000.
        """
        body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        url = self.call("qrcode/create", body).get("url")
        if not isinstance(url, str) or not url:
            raise PlatformLater(0, "bad_answer")
        return url

    def call(self, path: str, body: Mapping[str, Any] | images.Image) -> dict[str, Any]:
        """One call with everything that belongs to one: pause, token, one refresh, named errors → WeChat's answer.

        `path` below `/cgi-bin/`; one that begins with `/` is below the host (`/cityservice/sendchannelmsg`).
        """
        self._check_pause(path)
        token = self._token()
        try:
            return self._post(path, body, token.value)
        except PlatformLater as error:
            if error.code not in TOKEN_CODES:
                raise
        return self._post(path, body, self._token(dead=token).value)

    def _token(self, dead: Token | None = None) -> Token:
        """The shared token, fetched by one caller while others wait. `dead` is one that WeChat refused."""
        stored = self._store.load()
        if stored and self._usable(stored, dead):
            return stored
        try:
            with self._store.lock():
                stored = self._store.load()
                if stored and self._usable(stored, dead):
                    return stored
                self._check_pause(TOKEN_PATH)
                fresh = self._fetch((stored.serial if stored else 0) + 1)
                self._store.save(fresh)
                return fresh
        except TimeoutError:
            raise PlatformLater(0, "token_lock") from None

    def _usable(self, token: Token, dead: Token | None) -> bool:
        return token != dead and token.expires_at - EARLY > self._clock.seconds()

    def _fetch(self, serial: int) -> Token:
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            answer = self._post(TOKEN_PATH, {**body, "force_refresh": False}, None)
        except PlatformLater as error:
            raise PlatformNotReached(error.code, error.reason) from None
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value or type(seconds) is not int:
            raise PlatformNotReached(0, "bad_answer")
        return Token(value, self._clock.seconds() + seconds, serial)

    def _post(self, path: str, body: Mapping[str, Any] | images.Image, token: str | None) -> dict[str, Any]:
        try:
            answer = self._client().call(path, body, token)
        except WeChatClientException as error:
            raise self._failed(path, error.errcode) from None
        except (
            OSError,
            ValueError,
            RecursionError,
        ) as error:  # requests' exceptions are OSErrors; their text has the URL
            raise (PlatformNotReached if _never_left(error) else PlatformLater)(0, "network") from None
        if not isinstance(answer, dict):
            raise PlatformLater(0, "bad_answer")
        return answer

    def _client(self) -> _Client:
        """One client a thread: a requests session is not made for sharing."""
        if not hasattr(self._local, "client"):
            self._local.client = _Client(self._app_id, self._base)
        client: _Client = self._local.client
        return client

    def _failed(self, path: str, code: int | None) -> PlatformError:
        """The named error; remembers a pause. `code` None = an HTTP error."""
        if code is None:
            return PlatformLater(0, "http")
        if path == TOKEN_PATH and code in TOKEN_CODES:
            code = WRONG_SECRET  # here it is not the token that WeChat does not like
        error, found = failure(code), rule(code)
        if found.pause != "none":
            end = until(found.pause, self._clock.seconds())
            self._paused[EVERYTHING if found.everything else path] = (end, error)
        return error

    def _check_pause(self, path: str) -> None:
        """Raises the error that began a pause which is not over: no call loops into a wall."""
        for name in (EVERYTHING, path):
            end, error = self._paused.get(name, (0, None))
            if error is not None and end > self._clock.seconds():
                raise type(error)(error.code, error.reason)


def _never_left(error: Exception) -> bool:
    """Whether no connection came about, so that WeChat cannot have heard of the call."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


class _Client(WeChatClient):
    """wechatpy's transport and decoding without its token handling."""

    def __init__(self, app_id: str, base: str) -> None:
        super().__init__(app_id, "", timeout=TIMEOUT, auto_retry=False)
        self.API_BASE_URL = base

    def call(self, path: str, body: Mapping[str, Any] | images.Image, token: str | None) -> Any:
        """POST JSON in UTF-8, or a picture as a form; raises WeChatClientException, OSError or ValueError."""
        path = path if path.startswith("/") else f"/cgi-bin/{path}"
        if isinstance(body, images.Image):
            params = _Parameters({"access_token": token or "", "type": "image"})
            return self.post(path, files={"media": body.part}, params=params, allow_redirects=False)
        data = json.dumps(body, ensure_ascii=False).encode()
        # An own dict: wechatpy fills in its own token when none is there, and stable_token must go without.
        params = _Parameters({"access_token": token} if token else {})
        return self.post(path, data=data, params=params, allow_redirects=False)


class _Parameters(dict[str, str]):
    """Query parameters that wechatpy leaves alone."""

    def __contains__(self, _key: object) -> bool:
        return True
