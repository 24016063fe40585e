"""The WeChat API of one account: one shared token, named errors, pauses, repetitions that cannot send twice.

wechatpy 1.8.18 alone fetches a token per process, repeats a call with a dead token through hundreds of requests and
cannot pass `client_msg_id`. Here a call meets a dead token once, is repeated once, and asks again for what WeChat was
too busy for. `clear_quota` is never called: it is ten times a month, and a person's decision.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from connectors.wechat import media
from connectors.wechat.clock import MachineClock
from connectors.wechat.errors import PlatformError, PlatformLater
from connectors.wechat.policy import BUSY, BUSY_WAITS, TOKEN_CODES, WRONG_SECRET, failure, repeatable, rule, until
from connectors.wechat.ports import Clock, Token, TokenStore
from connectors.wechat.transport import API_BASE, FALLBACK_BASE, TIMEOUT, Answered, Fetch, Transport, Upload, quiet_logs

__all__ = ["API_BASE", "TIMEOUT", "Platform", "quiet_logs"]
EARLY = 300  # stable_token hands out a new token five minutes before the old one ends; both work meanwhile
EVERYTHING = "*"
TOKEN_PATH = "stable_token"  # noqa: S105 - a path
Done = TypeVar("Done")

log = logging.getLogger("connectors.wechat")


class Platform:
    """Calls of one account; safe for threads. Every call raises PlatformRefused or PlatformLater."""

    def __init__(
        self,
        app_id: str,
        secret: str,
        api_base: str,
        token_store: TokenStore,
        clock: Clock | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        fallback: str | None = None,
    ) -> None:
        """`fallback`: a second address of the same API; None = WeChat's own for WeChat's own, '' = none."""
        self._app_id, self._secret = app_id, secret
        official = api_base.rstrip("/") == API_BASE
        second = (FALLBACK_BASE if official else "") if fallback is None else fallback
        self._transport = Transport(app_id, api_base, second)
        self._store = token_store
        self._clock, self._sleep = clock or MachineClock(), sleep
        self._paused: dict[str, tuple[int, PlatformError]] = {}

    def send_custom(self, openid: str, payload: Mapping[str, Any]) -> None:
        """One customer-service message; payloads from `outbound.customer_payloads`."""
        self.call("message/custom/send", {"touser": openid, **payload})

    def upload_image(self, content: bytes) -> str:
        """A picture → its media_id, good for three days. PNG, JPEG or GIF up to 10 MB, or PlatformRefused."""
        return media.upload(self, content)

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

    def call(self, path: str, body: Mapping[str, Any] | Upload) -> dict[str, Any]:
        """One call with everything that belongs to one: pause, token, one refresh, named errors → WeChat's answer.

        `path` below `/cgi-bin/`; one that begins with `/` is below the host (`/cityservice/sendchannelmsg`).
        """
        answer: dict[str, Any] = self._called(path, body, again=repeatable(path, body))
        return answer

    def fetch(self, path: str, wanted: Fetch) -> bytes:
        """A file; everything else as `call`."""
        content: bytes = self._called(path, wanted, again=True)
        return content

    def troubles(self) -> dict[str, str]:
        """Which calls pause now, and why (`*` = all): for the operator's eyes."""
        now = self._clock.seconds()
        return {path: f"{error.code} {error.reason}" for path, (end, error) in self._paused.items() if end > now}

    def _called(self, path: str, body: Mapping[str, Any] | Upload | Fetch, *, again: bool) -> Any:
        self._check_pause(path)
        token = self._patiently(self._token)
        try:
            return self._patiently(lambda: self._exchange(path, body, token, again=again), again=again)
        except PlatformLater as error:
            if error.code not in TOKEN_CODES:
                raise
        fresh = self._patiently(lambda: self._token(dead=token))
        return self._patiently(lambda: self._exchange(path, body, fresh, again=again), again=again)

    def _patiently(self, act: Callable[[], Done], *, again: bool = True) -> Done:
        """Do it again after each wait while WeChat is busy, where doing it `again` harms nobody."""
        for wait in BUSY_WAITS if again else ():
            try:
                return act()
            except PlatformLater as error:
                if error.code != BUSY:
                    raise
            self._sleep(wait)
        return act()

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
                fresh = self._fetch_token((stored.serial if stored else 0) + 1)
                self._store.save(fresh)
                return fresh
        except TimeoutError:
            raise PlatformLater(0, "token_lock") from None

    def _usable(self, token: Token, dead: Token | None) -> bool:
        return token != dead and token.expires_at - EARLY > self._clock.seconds()

    def _fetch_token(self, serial: int) -> Token:
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        answer = self._exchange(TOKEN_PATH, {**body, "force_refresh": False}, None, again=True)
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value or type(seconds) is not int:
            raise PlatformLater(0, "bad_answer")
        return Token(value, self._clock.seconds() + seconds, serial)

    def _exchange(self, path: str, body: Any, token: Token | None, *, again: bool) -> Any:
        try:
            return self._transport.exchange(path, body, token.value if token else None, again=again)
        except Answered as answered:
            raise self._failed(path, answered.code) from None

    def _failed(self, path: str, code: int | None) -> PlatformError:
        """The named error; remembers a pause. `code` None = an HTTP error."""
        if code is None:
            return PlatformLater(0, "http")
        if path == TOKEN_PATH and code in TOKEN_CODES:
            code = WRONG_SECRET  # here it is not the token that WeChat does not like
        error, found = failure(code), rule(code)
        if found.pause != "none":
            end = until(found.pause, self._clock.seconds(), jitter=random.random())  # noqa: S311 - spreads, hides nothing
            self._paused[EVERYTHING if found.everything else path] = (end, error)
        if found.alert:
            log.error("%s: %s %s, to do: %s", path, code, found.reason, found.act)
        return error

    def _check_pause(self, path: str) -> None:
        """Raises the error that began a pause which is not over: no call loops into a wall."""
        for name in (EVERYTHING, path):
            end, error = self._paused.get(name, (0, None))
            if error is not None and end > self._clock.seconds():
                raise type(error)(error.code, error.reason)
