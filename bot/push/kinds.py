"""What each kind of notice says outside the chat, and which ways it may go: `notice_kinds` of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

CUSTOMER, TEMPLATE, CARE, SUBSCRIPTION, SMS = "customer", "template", "care", "subscription", "sms"
RUNGS = (CUSTOMER, TEMPLATE, CARE, SUBSCRIPTION, SMS)  # from the best way down; the page of messages has them all
RECEIPTED = frozenset({TEMPLATE, SUBSCRIPTION})  # WeChat tells later whether these arrived

Night = Literal["now", "morning", "own"]


@dataclass(frozen=True)
class Kind:
    """One row. `template` and `subscription` name an entry of `templates`, `care` one of `care_messages`.

    `what`: its name for staff. `must`: may not be missed, so it goes down to a text message, and once more when nobody
    knows whether it arrived. `chat`: answers his own message: no consent is asked for, and it goes by customer message
    alone. `night`: `own` = its service has chosen the moment. `wait`: minutes for which a way that may work later
    keeps the next one waiting.
    """

    name: str
    what: str = "消息"
    says: str = "您有一条新消息"
    template: str = ""
    care: str = ""
    subscription: str = ""
    must: bool = False
    chat: bool = False
    night: Night = "now"
    wait: int = 30

    def goes(self, rung: str) -> bool:
        """Whether this kind may take a rung at all."""
        named = {TEMPLATE: self.template, CARE: self.care, SUBSCRIPTION: self.subscription, SMS: self.must}
        return rung == CUSTOMER or bool(named[rung] and not self.chat)


def of(rules: Mapping[str, Any], name: str) -> Kind:
    """The row of one kind; a kind without a row goes into the chat alone."""
    return Kind(name, **rules["notice_kinds"].get(name, {}))


def template_id(rules: Mapping[str, Any], name: str) -> str:
    """WeChat's id of one template; '' = the account has none under this name."""
    return str(rules["templates"].get(name, {}).get("id", ""))


def next_rung(rung: str | None) -> str:
    """The rung below; the last one stays the last."""
    return CUSTOMER if rung is None else RUNGS[min(RUNGS.index(rung) + 1, len(RUNGS) - 1)]
