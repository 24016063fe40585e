"""The JS-SDK's configuration (wx.config) for our own pages, signed with the account's ticket.

WeChat's recipe: SHA-1 over `jsapi_ticket=…&noncestr=…&timestamp=…&url=…` in this order, the URL as the page sees it,
with its query and without `#…`. The ticket lives two hours and may be asked for rarely, so all processes share one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from connectors.wechat.clock import MachineClock
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.platform import Platform
from connectors.wechat.ports import Clock, Token, TokenStore
from connectors.wechat.tokens import current

TICKET_PATH = "ticket/getticket"
EARLY = 300  # seconds before its end at which the next one is fetched
LONGEST = 2048  # characters of a URL


class JsSdk:
    """Signs URLs of these hosts (`host` or `host:port`) and of no other: a signed page may use the account's rights."""

    def __init__(
        self, platform: Platform, app_id: str, store: TokenStore, hosts: Collection[str], clock: Clock | None = None
    ) -> None:
        self._platform, self._app_id, self._store = platform, app_id, store
        self._hosts, self._clock = {host.lower() for host in hosts}, clock or MachineClock()

    def config(self, url: str) -> dict[str, str | int]:
        """What wx.config takes: appId, timestamp, nonceStr, signature.

        Raises PlatformRefused('foreign_url') for a page that is not ours, and PlatformLater.
        """
        page = self._own(url)
        nonce, now = secrets.token_hex(8), self._clock.seconds()
        facts: dict[str, str | int] = {"appId": self._app_id, "timestamp": now, "nonceStr": nonce}
        return {**facts, "signature": signature(self._ticket(), nonce, now, page)}

    def _own(self, url: str) -> str:
        page = url.partition("#")[0]
        try:
            parts = urlsplit(page)
        except ValueError:
            raise PlatformRefused(0, "foreign_url") from None
        plain = len(page) <= LONGEST and page.isascii() and page.isprintable() and " " not in page
        if not plain or parts.scheme not in {"http", "https"} or parts.netloc.lower() not in self._hosts:
            raise PlatformRefused(0, "foreign_url")
        return page

    def _ticket(self) -> str:
        def usable(ticket: Token) -> bool:
            return ticket.expires_at - EARLY > self._clock.seconds()

        return current(self._store, usable=usable, fetch=self._fetch).value

    def _fetch(self, serial: int) -> Token:
        answer = self._platform.ask(TICKET_PATH, type="jsapi")
        value, seconds = answer.get("ticket"), answer.get("expires_in")
        if not isinstance(value, str) or not value or type(seconds) is not int:
            raise PlatformLater(0, "bad_answer")
        return Token(value, self._clock.seconds() + seconds, serial)


def signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 (hex) as WeChat's page computes it again."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - the protocol's choice
