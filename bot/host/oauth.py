"""The H5 pages' OAuth over connectors.wechat, with our error names."""

from __future__ import annotations

from bot.errors import BadInput, Refused, Unavailable
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.oauth import OAuth


class WeChatOAuth:
    """bot.web's OAuthPort."""

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        return self._oauth.authorize_url(redirect_uri, state)

    def exchange(self, code: str) -> str:
        """One code → openid. Raises BadInput('bad_code') and Unavailable."""
        try:
            return self._oauth.exchange(code)
        except PlatformRefused:
            raise BadInput("bad_code") from None
        except PlatformLater:
            raise Unavailable from None


class NoOAuth:
    """OAuthPort of an account that may not sign anybody in: its pages say how to go on in the chat."""

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        raise Refused("no_sign_in")

    def exchange(self, code: str) -> str:
        raise Refused("no_sign_in")
