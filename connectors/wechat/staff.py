"""The account's own customer service (公众平台客服): who is online, and how busy.

Whoever answers a message by transferring it while nobody is online leaves its user in an empty queue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.wechat.errors import PlatformLater
from connectors.wechat.transport import LARGEST_ANSWER, Fetch

if TYPE_CHECKING:
    from connectors.wechat.platform import Platform

ONLINE_PATH = "customservice/getonlinekflist"  # a GET


@dataclass(frozen=True)
class Agent:
    """One member of staff who is online: `account` as TransInfo wants it, `cases` = sessions he has now."""

    account: str
    cases: int


def online(platform: Platform) -> list[Agent]:
    """Everybody who is online, the least busy first. Raises PlatformRefused, PlatformLater."""
    try:
        answer = json.loads(platform.fetch(ONLINE_PATH, Fetch({}, LARGEST_ANSWER)))
    except ValueError:
        raise PlatformLater(0, "bad_answer") from None
    listed = answer.get("kf_online_list") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise PlatformLater(0, "bad_answer")
    found = [_agent(one) for one in listed if isinstance(one, dict) and one.get("status")]
    return sorted((one for one in found if one.account), key=lambda one: one.cases)


def _agent(one: dict[str, Any]) -> Agent:
    cases = one.get("accepted_case")
    return Agent(str(one.get("kf_account") or ""), cases if isinstance(cases, int) else 0)
