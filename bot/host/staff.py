"""HandoffPort over the account's own customer service at WeChat."""

from __future__ import annotations

from collections.abc import Sequence

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
        return next((one.account for one in self._online() if one.cases < self._cases), None)

    def there(self) -> bool:
        return bool(self._online())

    def _online(self) -> Sequence[staff.Agent]:
        try:
            return staff.online(self._platform)
        except PlatformLater as later:
            raise Unavailable("unavailable", part="wechat", why=later.reason) from None
        except PlatformRefused as refused:
            raise Refused("no_customer_service", why=refused.reason) from None
