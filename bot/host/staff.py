"""HandoffPort over the account's own customer service at WeChat."""

from __future__ import annotations

from bot.errors import Refused, Unavailable
from connectors.wechat import staff
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.platform import Platform


class WeChatStaff:
    """Whoever is online there and has fewer than `cases` sessions; none is asked for by name but him."""

    way = "wechat"

    def __init__(self, platform: Platform, *, cases: int) -> None:
        self._platform, self._cases = platform, cases

    def free(self) -> str | None:
        """Raises Unavailable, and Refused where the account has no customer service."""
        try:
            found = staff.online(self._platform)
        except PlatformLater as later:
            raise Unavailable("unavailable", part="wechat", why=later.reason) from None
        except PlatformRefused as refused:
            raise Refused("no_customer_service", why=refused.reason) from None
        return next((one.account for one in found if one.cases < self._cases), None)
