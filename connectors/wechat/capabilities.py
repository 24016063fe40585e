"""What an account may do, by its kind, so that nothing is tried that WeChat refuses.

After WeChat's table of interface permissions. 测试号 (`sandbox`) has most of them, but its quick replies come back
without their id.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Literal

AccountKind = Literal[
    "unverified_subscription", "verified_subscription", "unverified_service", "verified_service", "sandbox"
]


@dataclass(frozen=True)
class Capabilities:
    """One bool for each thing that some kinds of account cannot do; passive replies all can give.

    `customer_messages`: messages after the passive reply, and the account's human staff. `menu`: menus by API.
    `followers`: their lists and tags, articles and notices to all of them. `oauth`: web pages learn who opened them.
    `qr_scenes`: codes with a scene. `user_location`: LOCATION events.
    `choice_ids`: a tapped quick reply brings its id.
    """

    customer_messages: bool = False
    menu: bool = False
    oauth: bool = False
    templates: bool = False
    qr_scenes: bool = False
    user_location: bool = False
    pay: bool = False
    choice_ids: bool = True
    followers: bool = False


EVERYTHING = Capabilities(**{one.name: True for one in fields(Capabilities)})
KINDS: dict[AccountKind, Capabilities] = {
    "unverified_subscription": Capabilities(),
    "verified_subscription": Capabilities(customer_messages=True, menu=True, followers=True),
    "unverified_service": Capabilities(menu=True),
    "verified_service": EVERYTHING,
    "sandbox": Capabilities(**{**asdict(EVERYTHING), "pay": False, "choice_ids": False}),
}

# The calls that need a capability, by the beginning of their path as `Platform.call` takes it.
CALLS = {
    "message/custom/": "customer_messages",
    "customservice/": "customer_messages",
    "/customservice/": "customer_messages",
    "media/upload": "customer_messages",
    "menu/": "menu",
    "message/template/": "templates",
    "message/subscribe/": "templates",
    "template/": "templates",
    "/cityservice/": "templates",
    "qrcode/": "qr_scenes",
    "material/": "followers",
    "draft/": "followers",
    "freepublish/": "followers",
    "message/mass/": "followers",
    "tags/": "followers",
    "user/": "followers",
}


def of(kind: AccountKind) -> Capabilities:
    """What an account of this kind may do. Raises KeyError for a kind that does not exist."""
    return KINDS[kind]


def off(kind: AccountKind) -> list[str]:
    """The names of what it may not do, in the order of the class."""
    return [name for name, can in asdict(of(kind)).items() if not can]


def allows(kind: AccountKind, path: str) -> bool:
    """Whether WeChat takes this call from such an account; `path` as for `Platform.call`."""
    needed = next((name for start, name in CALLS.items() if path.startswith(start)), None)
    return needed is None or bool(getattr(of(kind), needed))
