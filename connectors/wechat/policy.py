"""What each of WeChat's error codes means for the caller, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors.wechat.errors import PlatformError, PlatformLater, PlatformNotReached, PlatformRefused

Pause = Literal["none", "next_minute", "five_minutes", "hour", "midnight"]
# What the caller is to do: nothing but wait; repeat; take the next way to this user (template, 就医助手, inbox);
# keep it until he writes again; take a way beside WeChat (SMS) where it matters; split the text once; correct the
# program; do without this API; begin the sign-in anew.
Act = Literal["wait", "repeat", "next_way", "keep", "other_way", "split", "correct", "do_without", "sign_in"]
DAY, HOUR, FIVE_MINUTES, MINUTE = 86400, 3600, 300, 60
SHANGHAI_SECONDS = 8 * 3600  # quotas end at midnight in Shanghai, which has no summer time
JITTER = 10  # seconds over which processes spread when a minute's quota is over

TOKEN_CODES = frozenset({40001, 40014, 42001})
BUSY, WRONG_SECRET = -1, 40125
BUSY_WAITS = (0.2, 0.6, 1.5)  # seconds before each repetition

# Sends that WeChat would deliver twice; with one of NAMES in the body it does not.
ONCE = frozenset(
    "message/custom/send message/template/send message/template/subscribe message/subscribe/bizsend"
    " message/mass/send message/mass/sendall message/mass/preview draft/add freepublish/submit"
    " customservice/kfsession/create".split()
)
NAMES = ("client_msg_id", "clientmsgid")


@dataclass(frozen=True)
class Rule:
    """`later`: may work later. `pause`: how long not to ask again; `everything`: all calls pause.

    `alert`: a person has to look at it.
    """

    reason: str
    act: Act
    later: bool = False
    pause: Pause = "none"
    everything: bool = False
    alert: bool = False


_TOKEN = Rule("token", "repeat", later=True)
_OPERATOR = Rule("operator_needed", "wait", later=True, pause="five_minutes", everything=True, alert=True)
_UNREACHABLE = Rule("unreachable", "other_way")
_OUR_DATA = Rule("bad_data", "correct", alert=True)
_TAGS = Rule("tags", "correct")  # too many, a name twice, none of that id
_NO_PERMISSION = Rule("no_permission", "do_without", pause="hour", alert=True)
_OAUTH_CODE = Rule("oauth_code", "sign_in")

RULES: dict[int, Rule] = {
    BUSY: Rule("busy", "repeat", later=True),
    **dict.fromkeys(TOKEN_CODES, _TOKEN),
    **dict.fromkeys((40164, 61004, 89503, 40243, WRONG_SECRET, 40013, 41002, 41004), _OPERATOR),
    45009: Rule("day_quota", "wait", later=True, pause="midnight", alert=True),
    45011: Rule("minute_quota", "wait", later=True, pause="next_minute"),
    43117: Rule("too_often", "wait", later=True),
    45015: Rule("window_closed", "next_way"),
    45047: Rule("window_used_up", "keep"),
    **dict.fromkeys((43004, 43019, 50005, 48002, 43101), _UNREACHABLE),
    45002: Rule("too_long", "split"),
    **dict.fromkeys(
        (47001, 47003, 40037, 40003, 40004, 40005, 40006, 40007, 40009, 41005, 45008, 45098, 65316, 40033), _OUR_DATA
    ),
    **dict.fromkeys((45056, 45057, 45058, 45059, 45157, 45158, 45159, 40032, 49003), _TAGS),
    **dict.fromkeys((45080, 45081), Rule("typing", "wait")),
    46003: Rule("nothing_there", "correct"),
    **dict.fromkeys((40035, 40053, 40169), _OUR_DATA),
    **dict.fromkeys((48001, 48004, 50002, 40200), _NO_PERMISSION),
    **dict.fromkeys((40029, 40163), _OAUTH_CODE),
    45028: Rule("mass_quota", "wait"),
    45065: Rule("sent_before", "keep"),
    45066: Rule("too_often", "wait", later=True),
    **dict.fromkeys((45003, 45004, 45067), _OUR_DATA),
    **dict.fromkeys((53503, 53504, 53505), Rule("not_publishable", "correct")),
}
UNKNOWN = Rule("unknown", "next_way")
NO_ANSWER = frozenset({"network", "http", "bad_answer"})  # reasons without a code: nobody said what became of the call


def rule(code: int) -> Rule:
    """The rule for one errcode."""
    return RULES.get(code, UNKNOWN)


def failure(code: int) -> PlatformError:
    """The exception for one errcode."""
    found = rule(code)
    return PlatformLater(code, found.reason) if found.later else PlatformRefused(code, found.reason)


def repeatable(path: str, body: object) -> bool:
    """Whether a call whose outcome is not known may be made again: it sends nothing, or WeChat knows it by its name."""
    if path not in ONCE:
        return True
    return isinstance(body, Mapping) and any(_given(body, name) for name in NAMES)


def _given(body: Mapping[str, Any], name: str) -> bool:
    return isinstance(body.get(name), str) and bool(body[name])


def may_have_been_done(error: PlatformError) -> bool:
    """Whether a call that failed may have had its effect all the same: repeat it only under a key of your own."""
    silent = error.code == BUSY or (error.code == 0 and error.reason in NO_ANSWER)
    return silent and not isinstance(error, PlatformNotReached)


def until(pause: Pause, now: int, *, jitter: float = 0.0) -> int:
    """The Unix second at which a pause that begins now is over; `jitter` from 0 to 1 spreads who waits for a minute."""
    if pause == "midnight":
        return now + DAY - (now + SHANGHAI_SECONDS) % DAY
    if pause == "next_minute":
        return now + MINUTE - now % MINUTE + int(jitter * JITTER)
    return now + {"five_minutes": FIVE_MINUTES, "hour": HOUR, "none": 0}[pause]
