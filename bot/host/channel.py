"""ChannelPort over the official account: what its kind can do, and how an answer is cut for WeChat."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from bot.ports import Reply
from connectors.wechat import capabilities, keeping, outbound
from connectors.wechat.capabilities import AccountKind


class WeChatChannel:
    """bot.services' ChannelPort. `hosts`: names whose addresses may be tapped in our words."""

    def __init__(self, kind: AccountKind, hosts: Collection[str] = ()) -> None:
        self._can, self._hosts = capabilities.of(kind), hosts

    @property
    def later(self) -> bool:
        return self._can.customer_messages

    def spread(self, replies: Sequence[Reply]) -> tuple[list[Reply], list[Reply]]:
        now, kept = outbound.spread(replies, hosts=self._hosts)
        return [dict(one) for one in now], [dict(one) for one in kept]

    def asks(self, text: str, menu_id: str) -> Literal["view", "more", ""]:
        return keeping.asks(text, menu_id)
