"""Web authorisation (网页授权): whose browser is this? Gives the openid and nothing more."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from wechatpy.exceptions import WeChatOAuthException
from wechatpy.oauth import WeChatOAuth

from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.platform import API_BASE, TIMEOUT, quiet_logs
from connectors.wechat.policy import failure

PAGE_BASE = "https://open.weixin.qq.com"
CODE = re.compile(r"[A-Za-z0-9_-]{1,512}")
OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class OAuth:
    """OAuth of one account. The host binds `state` to the browser's session and lets it pass once."""

    def __init__(self, app_id: str, secret: str, *, api_base: str = API_BASE, page_base: str = PAGE_BASE) -> None:
        quiet_logs()
        self._app_id, self._secret = app_id, secret
        self._api_base, self._page_base = api_base.rstrip("/"), page_base.rstrip("/")

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where to send the browser, silently (snsapi_base); it returns to `redirect_uri?code=…&state=…`."""
        return (
            f"{self._page_base}/connect/oauth2/authorize?appid={quote(self._app_id, safe='')}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope=snsapi_base"
            f"&state={quote(state, safe='')}#wechat_redirect"
        )

    def exchange(self, code: str) -> str:
        """A code, good once for five minutes → the openid.

        Raises PlatformLater or PlatformRefused: 'oauth_code' = begin again, 'snapshot' = a virtual visitor,
        never to be bound to anybody.
        """
        if not CODE.fullmatch(code):
            raise PlatformRefused(0, "oauth_code")
        answer = self._ask(code)
        if str(answer.get("is_snapshotuser", 0)) not in {"0", "False"}:
            raise PlatformRefused(0, "snapshot")
        openid = answer.get("openid")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise PlatformLater(0, "bad_answer")
        return openid

    def _ask(self, code: str) -> dict[str, Any]:
        client = _Client(self._app_id, self._secret, "")
        client.API_BASE_URL = f"{self._api_base}/"
        try:
            client.fetch_access_token(code)
        except WeChatOAuthException as error:
            raise failure(error.errcode) if error.errcode else PlatformLater(0, "http") from None
        except (
            OSError,
            ValueError,
            RecursionError,
        ):  # the text of these has the URL, and that has the secret
            raise PlatformLater(0, "network") from None
        except (KeyError, TypeError):
            raise PlatformLater(0, "bad_answer") from None
        return client.answer


class _Client(WeChatOAuth):
    """wechatpy's client with a time-out, no redirects, and the whole answer kept."""

    answer: dict[str, Any]

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> dict[str, Any]:
        limits = {"timeout": TIMEOUT, "allow_redirects": False}
        self.answer = super()._request(method, url_or_endpoint, **kwargs, **limits)
        return self.answer
