"""Ports: everything a service may use, handed in as its first argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from bot.crypto import Crypto
from bot.his.port import HisPort
from bot.pay.port import PayPort
from bot.push.port import Card

Reply = dict[str, Any]  # one bot message, see bot/services/replies.py


class DialoguePort(Protocol):
    """The dialogue engine (rasa behind connectors/gateway.py)."""

    def talk(self, *, conversation: str, text: str, metadata: Mapping[str, Any], fresh: bool) -> list[Reply]:
        """One message in, bot messages out. `fresh` rolls the session first. Raises Unavailable."""


class PushPort(Protocol):
    """WeChat's ways to reach a patient outside a passive reply: the rungs of bot/push/rungs.py but the last.

    Every way raises bot.push.port.PushRefused (never will work), PushLater (not sent, may work later) or PushUnknown
    (it may have arrived).
    """

    def send(self, *, openid: str, reply: Reply) -> None:
        """One reply as customer messages, all of it or nothing."""

    def offers(self, rung: str, kind: str) -> bool:
        """Whether this account has the rung and it carries this kind of notice."""

    def notify(self, *, openid: str, rung: str, card: Card) -> str:
        """A short pointer by template message, 就医助手 or 订阅通知; gives WeChat's number for it, '' = it has none."""


@dataclass(frozen=True)
class TextMessage:
    """One text message: `kind` and `facts` fill a gateway's approved template, `text` is the same in our words.

    `key`: a gateway that is handed the same one again sends nothing (most call it an external id); '' = always new.
    """

    kind: str
    facts: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)
    key: str = ""


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


__all__ = ["DialoguePort", "FaqSearch", "PayPort", "Ports", "PushPort", "Reply", "SmsPort", "TextMessage"]
