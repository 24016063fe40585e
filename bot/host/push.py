"""PushPort over the official account's customer-service messages."""

from __future__ import annotations

from bot.ports import Reply
from bot.push.port import PushLater, PushRefused
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.outbound import customer_payloads
from connectors.wechat.platform import Platform


class WeChatPush:
    """Sends one reply as one or more customer-service messages; `image` is a picture's bytes."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def send(self, *, openid: str, reply: Reply) -> None:
        """Raises PushRefused (this way is closed) or PushLater (try again)."""
        try:
            if "image" in reply:
                self._send_image(openid, reply["image"])
            for payload in customer_payloads(reply):
                self._platform.send_custom(openid, payload)
        except PlatformRefused as refused:
            raise PushRefused(f"{refused.code} {refused.reason}") from None
        except PlatformLater as later:
            raise PushLater(f"{later.code} {later.reason}") from None

    def _send_image(self, openid: str, content: bytes) -> None:
        media_id = self._platform.upload_image(content)
        self._platform.send_custom(openid, {"msgtype": "image", "image": {"media_id": media_id}})
