"""The typing indicator (对方正在输入): shown for up to 30 s after a user's message, until an answer comes."""

from __future__ import annotations

from connectors.wechat.errors import PlatformRefused
from connectors.wechat.platform import Platform

PATH = "message/custom/typing"
NO_MATTER = frozenset({45080, 45081})  # nothing was written within 30 s; it is shown already


def show(platform: Platform, openid: str) -> bool:
    """Show it; False = WeChat does not want it now. Raises PlatformRefused and PlatformLater for all else."""
    try:
        platform.call(PATH, {"touser": openid, "command": "Typing"})
    except PlatformRefused as refused:
        if refused.code not in NO_MATTER:
            raise
        return False
    return True
