"""Ports: everything a service may use, handed in as its first argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy.orm import Session

from bot.crypto import Crypto
from bot.his.port import HisPort
from bot.pay.port import PayPort

Reply = dict[str, Any]  # one bot message, see bot/services/replies.py


class DialoguePort(Protocol):
    """The dialogue engine (rasa behind connectors/gateway.py)."""

    def talk(self, *, conversation: str, text: str, metadata: Mapping[str, Any], fresh: bool) -> list[Reply]:
        """One message in, bot messages out. `fresh` rolls the session first. Raises Unavailable."""


class PushPort(Protocol):
    """A way to reach a patient outside a passive reply."""

    def send(self, *, openid: str, reply: Reply) -> None:
        """Raises bot.push.port.PushRefused (never will work) or PushLater (may work)."""


class ChannelPort(Protocol):
    """What the account that patients write to can do, and how an answer is cut for it."""

    @property
    def later(self) -> bool:
        """Whether messages can follow a reply; else what comes late is kept until the patient asks."""

    def spread(self, replies: Sequence[Reply]) -> tuple[list[Reply], list[Reply]]:
        """(the messages of one late answer, what is kept until the patient asks for more)."""

    def asks(self, text: str, menu_id: str) -> Literal["view", "more", ""]:
        """Whether a message asks for a late answer (查看回复) or for the rest of a long one (继续)."""


class Unlimited:
    """A channel without limits: everything follows, nothing is cut, nothing waits."""

    later = True

    def spread(self, replies: Sequence[Reply]) -> tuple[list[Reply], list[Reply]]:
        return list(replies), []

    def asks(self, text: str, menu_id: str) -> Literal["view", "more", ""]:
        return ""


@dataclass(frozen=True)
class TextMessage:
    """One text message: `kind` and `facts` fill a gateway's approved template, `text` is the same in our words."""

    kind: str
    facts: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)


class SmsPort(Protocol):
    """The hospital's gateway for text messages."""

    def send(self, *, phone: str, message: TextMessage) -> None:
        """Hand over one message to a mainland mobile number (11 digits).

        Raises Unavailable (it may work later) and Refused('no_sms' and others: it never will).
        """


class FaqSearch(Protocol):
    """The FAQ's search engine behind one face (bot/faq/index.py)."""

    def search(self, text: str, *, top: int) -> Sequence[tuple[int, float]]:
        """(entry id, score) best first."""


@dataclass(frozen=True)
class Ports:
    """Wired once per process by bot/wiring.py; tests wire their own.

    `pay` None = the hospital takes money at its desks alone.
    """

    transaction: Callable[[], AbstractContextManager[Session]]
    his: HisPort
    crypto: Crypto
    dialogue: DialoguePort
    push: PushPort
    sms: SmsPort
    faq: FaqSearch
    rules: Mapping[str, Any]
    now: Callable[[], datetime]
    public_url: str
    demo: bool
    pay: PayPort | None = None
    channel: ChannelPort = field(default_factory=Unlimited)


__all__ = [
    "ChannelPort",
    "DialoguePort",
    "FaqSearch",
    "PayPort",
    "Ports",
    "PushPort",
    "Reply",
    "SmsPort",
    "TextMessage",
]
