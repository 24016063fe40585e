"""订阅通知: one message for one yes of the user, which the host has kept and spends before it sends."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.wechat.platform import Platform

PATH = "message/subscribe/bizsend"


class Subscriptions:
    """Sends on one account. There is no key here: whoever repeats a call may send twice."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def send(self, openid: str, template_id: str, fields: Mapping[str, Mapping[str, str]], *, url: str = "") -> str:
        """One message → its MsgID where WeChat gives one; subscribe_msg_sent_event tells whether it arrived.

        `fields` from `templates.fill`. Raises PlatformRefused (43101: not allowed) or PlatformLater.
        """
        body = {"touser": openid, "template_id": template_id, "data": fields}
        answer = self._platform.call(PATH, {**body, "page": url} if url else body)
        return str(answer.get("msgid", ""))
