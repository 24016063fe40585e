"""The H5 pages' JS-SDK over connectors.wechat, with our error names."""

from __future__ import annotations

from bot.errors import BadInput, Unavailable
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.jssdk import JsSdk


class WeChatJsSdk:
    """bot.web's JsSdkPort."""

    def __init__(self, sdk: JsSdk) -> None:
        self._sdk = sdk

    def config(self, url: str) -> dict[str, str | int]:
        """wx.config for one of our pages. Raises BadInput and Unavailable."""
        try:
            return self._sdk.config(url)
        except PlatformRefused as refused:
            if refused.reason == "foreign_url":
                raise BadInput from None
            raise Unavailable from None
        except PlatformLater:
            raise Unavailable from None
