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

Reply = dict[str, Any]  # one bot message, see bot/services/replies.py


class DialoguePort(Protocol):
    """The dialogue engine (rasa behind connectors/gateway.py)."""

    def talk(self, *, conversation: str, text: str, metadata: Mapping[str, Any], fresh: bool) -> list[Reply]:
        """One message in, bot messages out. `fresh` rolls the session first. Raises Unavailable."""


class PushPort(Protocol):
    """A way to reach a patient outside a passive reply."""

    def send(self, *, openid: str, reply: Reply) -> None:
        """Raises bot.push.port.PushRefused (never will work) or PushLater (may work)."""


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


class HandoffPort(Protocol):
    """The people who take over from the bot: `way` is `wechat` (its own customer service) or `console` (ours)."""

    @property
    def way(self) -> str: ...

    def free(self) -> str | None:
        """Somebody who is there and has room for one more: his account, or '' = whoever comes first; None = nobody.

        Raises Unavailable, Refused.
        """


class MediaPort(Protocol):
    """What patients send beside words."""

    def get(self, media_id: str) -> bytes:
        """The bytes of one voice or picture, within seconds. Raises Unavailable (again later), Refused (gone)."""


class SpeechPort(Protocol):
    """Speech to text."""

    def listen(self, sound: bytes) -> str:
        """The words of one AMR recording; '' = none were understood. Raises Unavailable, Refused."""


@dataclass(frozen=True)
class Ports:
    """Wired once per process by bot/wiring.py; tests wire their own.

    None = the hospital takes money at its desks alone (`pay`), has nobody who takes over (`handoff`), does not look at
    media (`media`) and does not turn speech into text (`speech`).
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
    handoff: HandoffPort | None = None
    media: MediaPort | None = None
    speech: SpeechPort | None = None


__all__ = [
    "DialoguePort",
    "FaqSearch",
    "HandoffPort",
    "MediaPort",
    "PayPort",
    "Ports",
    "PushPort",
    "Reply",
    "SmsPort",
    "SpeechPort",
    "TextMessage",
]
