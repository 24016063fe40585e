"""What an account of each kind may do: the platform's table of interfaces."""

from __future__ import annotations

from connectors.simulator.config import AccountKind
from connectors.simulator.errors import PlatformError

UNAUTHORIZED, WRONG_KIND = 48001, 40200
MENU, CUSTOMER, SPREAD, SERVICE, OAUTH, PAY, IDS = "menu", "customer", "spread", "service", "oauth", "pay", "ids"

MAY: dict[AccountKind, frozenset[str]] = {
    "unverified_subscription": frozenset([IDS]),
    "verified_subscription": frozenset([MENU, CUSTOMER, SPREAD, IDS]),
    "unverified_service": frozenset([MENU, IDS]),
    "verified_service": frozenset([MENU, CUSTOMER, SPREAD, SERVICE, OAUTH, PAY, IDS]),
    "sandbox": frozenset([MENU, CUSTOMER, SPREAD, SERVICE, OAUTH]),  # taps carry no bizmsgmenuid
}

# The beginning of a path → what it needs; the longest one counts.
NEEDS = {
    "/cgi-bin/menu/": MENU,
    "/cgi-bin/message/custom/": CUSTOMER,
    "/cgi-bin/customservice/": CUSTOMER,
    "/customservice/": CUSTOMER,
    "/cgi-bin/message/template/": SERVICE,
    "/cgi-bin/message/subscribe/": SERVICE,
    "/cgi-bin/qrcode/": SERVICE,
    "/cityservice/": SERVICE,
    "/sns/oauth2/": OAUTH,
    "/cgi-bin/message/mass/": SPREAD,
    "/cgi-bin/freepublish/": SPREAD,
    "/cgi-bin/draft/": SPREAD,
    "/cgi-bin/tags/": SPREAD,
    "/cgi-bin/user/": SPREAD,
}
OTHER_CODES = {"/cgi-bin/message/custom/typing": WRONG_KIND}


def may(kind: AccountKind, what: str) -> bool:
    """Whether an account of this kind has one of the abilities above."""
    return what in MAY[kind]


def check(kind: AccountKind, path: str) -> None:
    """Raises PlatformError 48001 (40200 for typing) when this kind may not make the call."""
    beginning = max((start for start in NEEDS if path.startswith(start)), key=len, default="")
    if beginning and not may(kind, NEEDS[beginning]):
        raise PlatformError(OTHER_CODES.get(path, UNAUTHORIZED))
