"""Everything that this connector raises on purpose. No message carries text, openid, token or secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class WeChatError(Exception):
    """Base of all."""


class Malformed(WeChatError):
    """A post that cannot be read; `reason` is one of our words, never a part of the post."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Rejected(WeChatError):
    """A request that does not prove to come from WeChat for this account, now. Answer: 403."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class PlatformError(WeChatError):
    """The platform did not do what we asked. `code` is WeChat's errcode, 0 where it gave none.

    `answer`: what WeChat said beside the code (the `msg_id` of a mass send that went out before). `rests`: seconds for
    which this call is not made from now on; `asked` False = it rests already, and WeChat was not asked.
    """

    rests: int = 0
    asked: bool = True

    def __init__(self, code: int, reason: str, answer: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.reason = reason
        self.answer = answer or {}
        super().__init__(f"{reason} ({code})")


class PlatformRefused(PlatformError):
    """The same call will never work."""


class PlatformLater(PlatformError):
    """The same call may work later."""


class PlatformNotReached(PlatformLater):
    """The same call may work later, and this one surely had no effect: no connection, or no token to call with."""
