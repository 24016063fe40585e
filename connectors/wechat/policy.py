"""What each of WeChat's error codes means for the caller, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from connectors.wechat.errors import PlatformError, PlatformLater, PlatformNotReached, PlatformRefused

Pause = Literal["none", "next_minute", "five_minutes", "midnight"]
DAY, MINUTE, FIVE_MINUTES = 86400, 60, 300
SHANGHAI_SECONDS = 8 * 3600  # quotas end at midnight in Shanghai, which has no summer time

TOKEN_CODES = frozenset({40001, 40014, 42001})
WRONG_SECRET = 40125


@dataclass(frozen=True)
class Rule:
    """`later`: may work later. `pause`: how long not to ask again; `everything`: all calls pause."""

    reason: str
    later: bool = False
    pause: Pause = "none"
    everything: bool = False


_TOKEN = Rule("token", later=True)
_OPERATOR = Rule("operator_needed", later=True, pause="five_minutes", everything=True)
_UNREACHABLE = Rule("unreachable")
_OUR_DATA = Rule("bad_data")
_NO_PERMISSION = Rule("no_permission")
_OAUTH_CODE = Rule("oauth_code")

RULES: dict[int, Rule] = {
    -1: Rule("busy", later=True),
    **dict.fromkeys(TOKEN_CODES, _TOKEN),
    **dict.fromkeys((40164, 61004, 89503, 40243, WRONG_SECRET, 40013, 41002, 41004), _OPERATOR),
    45009: Rule("day_quota", later=True, pause="midnight"),
    45011: Rule("minute_quota", later=True, pause="next_minute"),
    43117: Rule("too_often", later=True),
    45015: Rule("window_closed"),
    45047: Rule("window_used_up"),
    **dict.fromkeys((43004, 43019, 50005, 48002, 43101), _UNREACHABLE),
    45002: Rule("too_long"),
    **dict.fromkeys(
        (47001, 47003, 40037, 40003, 40004, 40005, 40006, 40007, 40009, 41005, 45008, 45098, 65316, 40033), _OUR_DATA
    ),
    **dict.fromkeys((48001, 48004, 50002, 40200), _NO_PERMISSION),
    **dict.fromkeys((40029, 40163), _OAUTH_CODE),
}
UNKNOWN = Rule("unknown")
BUSY = -1
NO_ANSWER = frozenset({"network", "http", "bad_answer"})  # reasons without a code: nobody said what became of the call


def rule(code: int) -> Rule:
    """The rule for one errcode."""
    return RULES.get(code, UNKNOWN)


def failure(code: int) -> PlatformError:
    """The exception for one errcode."""
    found = rule(code)
    return PlatformLater(code, found.reason) if found.later else PlatformRefused(code, found.reason)


def may_have_been_done(error: PlatformError) -> bool:
    """Whether a call that failed may have had its effect all the same: repeat it only under a key of your own."""
    silent = error.code == BUSY or (error.code == 0 and error.reason in NO_ANSWER)
    return silent and not isinstance(error, PlatformNotReached)


def until(pause: Pause, now: int) -> int:
    """The Unix second at which a pause that begins now is over."""
    if pause == "midnight":
        return now + DAY - (now + SHANGHAI_SECONDS) % DAY
    if pause == "next_minute":
        return now + MINUTE - now % MINUTE
    return now + (FIVE_MINUTES if pause == "five_minutes" else 0)
