"""The WeChat API of one account: one shared token, named errors, pauses, repetitions that cannot send twice.

wechatpy 1.8.18 alone fetches a token per process, repeats a call with a dead token through hundreds of requests and
cannot pass `client_msg_id`. Here a call meets a dead token once, is repeated once, and asks again for what WeChat was
too busy for. `clear_quota` is never called: it is ten times a month, and a person's decision.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from connectors.wechat import capabilities, media
from connectors.wechat.capabilities import AccountKind
from connectors.wechat.clock import MachineClock
from connectors.wechat.errors import PlatformError, PlatformLater, PlatformNotReached, PlatformRefused
from connectors.wechat.pauses import Pauses
from connectors.wechat.policy import BUSY, BUSY_WAITS, TOKEN_CODES, WRONG_SECRET, failure, repeatable
from connectors.wechat.ports import Clock, Token, TokenStore
from connectors.wechat.tokens import current
from connectors.wechat.transport import (
    API_BASE,
    FALLBACK_BASE,
    TIMEOUT,
    Answered,
    Ask,
    Fetch,
    Request,
    Transport,
    Upload,
    quiet_logs,
)

__all__ = ["API_BASE", "TIMEOUT", "Platform", "quiet_logs"]
EARLY = 300  # stable_token hands out a new token five minutes before the old one ends; both work meanwhile
NOT_ALLOWED = 48001
TOKEN_PATH = "stable_token"  # noqa: S105 - a path
Done = TypeVar("Done")


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
        kind: AccountKind = "verified_service",
        sleep: Callable[[float], None] = time.sleep,
        fallback: str | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """`fallback`: a second address of the same API; None = WeChat's own for WeChat's own, '' = none.

        `pauses`: one record for all clients of one account in one process.
        """
        self._app_id, self._secret, self._kind = app_id, secret, kind
        official = api_base.rstrip("/") == API_BASE
        second = (FALLBACK_BASE if official else "") if fallback is None else fallback
        self._transport = Transport(app_id, api_base, second)
        self._store = token_store
        self._clock, self._sleep = clock or MachineClock(), sleep
        self._pauses = pauses or Pauses(self._clock)

    def send_custom(self, openid: str, payload: Mapping[str, Any]) -> None:
        """One customer-service message; payloads from `outbound.customer_payloads`."""
        self.call("message/custom/send", {"touser": openid, **payload})

    def upload_image(self, content: bytes) -> str:
        """A picture → its media_id, good for three days. PNG, JPEG or GIF up to 10 MB, or PlatformRefused."""
        return media.upload(self, content, only="image")

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

    def call(self, path: str, body: Mapping[str, Any] | Upload) -> dict[str, Any]:
        """One call with everything that belongs to one: pause, token, one refresh, named errors → WeChat's answer.

        `path` below `/cgi-bin/`; one that begins with `/` is below the host (`/cityservice/sendchannelmsg`).
        """
        answer: dict[str, Any] = self._called(path, body, again=repeatable(path, body))
        return answer

    def ask(self, path: str, **params: str) -> dict[str, Any]:
        """A question that WeChat wants as GET; everything else as `call`."""
        answer: dict[str, Any] = self._called(path, Ask(params), again=True)
        return answer

    def fetch(self, path: str, wanted: Fetch) -> bytes:
        """A file; everything else as `call`."""
        content: bytes = self._called(path, wanted, again=True)
        return content

    def _called(self, path: str, body: Request, *, again: bool) -> Any:
        if not capabilities.allows(self._kind, path):
            raise PlatformRefused(NOT_ALLOWED, "no_permission")  # as WeChat would, without asking it
        self._pauses.check(path)
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
        return current(self._store, usable=lambda token: self._usable(token, dead), fetch=self._fetch_token)

    def _usable(self, token: Token, dead: Token | None) -> bool:
        return token != dead and token.expires_at - EARLY > self._clock.seconds()

    def _fetch_token(self, serial: int) -> Token:
        self._pauses.check(TOKEN_PATH)
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            answer = self._exchange(TOKEN_PATH, {**body, "force_refresh": False}, None, again=True)
        except PlatformLater as error:
            raise PlatformNotReached(error.code, error.reason) from None
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value or type(seconds) is not int:
            raise PlatformNotReached(0, "bad_answer")
        return Token(value, self._clock.seconds() + seconds, serial)

    def _exchange(self, path: str, body: Any, token: Token | None, *, again: bool) -> Any:
        try:
            return self._transport.exchange(path, body, token.value if token else None, again=again)
        except Answered as answered:
            failed = self._failed(path, answered.code)
            failed.answer = answered.said
            raise failed from None

    def _failed(self, path: str, code: int | None) -> PlatformError:
        """The named error; remembers a pause. `code` None = an HTTP error."""
        if code is None:
            return PlatformLater(0, "http")
        if path == TOKEN_PATH and code in TOKEN_CODES:
            code = WRONG_SECRET  # here it is not the token that WeChat does not like
        failed = failure(code)
        failed.rests = self._pauses.note(path, code)
        return failed
