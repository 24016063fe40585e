"""Ports: everything a service may use, handed in as its first argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from bot.crypto import Crypto
from bot.his.port import HisPort
from bot.pay.port import PayPort
from bot.push.port import Card

Reply = dict[str, Any]  # one bot message, see bot/services/replies.py
# What `Ports.transaction` raises while the database is not there, or busy for too long.
DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)


class DialoguePort(Protocol):
    """The dialogue engine (rasa behind connectors/gateway.py)."""

    def talk(
        self,
        *,
        conversation: str,
        text: str,
        metadata: Mapping[str, Any],
        fresh: bool,
        patience: float | None = None,
    ) -> list[Reply]:
        """One message in, bot messages out. `fresh` rolls the session first; `patience`: seconds, None = its own.

        Raises Unavailable.
        """


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


@dataclass(frozen=True)
class Article:
    """One article for the account: `html` without scripts, `thumb` the id of its cover (`ArticlePort.cover`)."""

    title: str
    digest: str
    html: str = field(repr=False)
    thumb: str
    source_url: str = ""


@dataclass(frozen=True)
class Publication:
    """`state`: publishing, published or failed; `article` is what takes it down again, `url` where it is read."""

    state: str
    article: str = ""
    url: str = ""
    reason: str = ""


class ArticlePort(Protocol):
    """The account's articles: drafts, publishing, and one message to many followers.

    Every call raises Refused (it never will work; the code says why) or Unavailable: `articles_later` did not happen,
    of `articles_unknown` nobody knows.
    """

    def cover(self, picture: bytes) -> str:
        """A picture (PNG, JPEG) → the id of a lasting one."""

    def draft(self, article: Article, *, media_id: str = "") -> str:
        """Make or bring up to date one draft → its id, another one where the old draft is gone."""

    def preview(self, media_id: str, *, wechat_id: str) -> None:
        """Show a draft to one follower, by the WeChat ID that he gave himself."""

    def send(self, media_id: str, *, key: str, tag: int | None) -> str:
        """Send a draft to all followers or to a tag's → the job. The same key is sent once, for a day."""

    def progress(self, job: str) -> str:
        """`sending`, `sent`, `failed` or `deleted`."""

    def withdraw(self, job: str) -> None:
        """Take away what a job sent; the cards stay and lead nowhere."""

    def publish(self, media_id: str) -> str:
        """Put a draft on the account's page → the job. Has no key: never ask twice."""

    def publication(self, job: str) -> Publication:
        """How a publication stands."""

    def unpublish(self, article: str) -> None:
        """Take an article off the account's page."""

    def members(self, tag: int) -> Sequence[str]:
        """The openids that carry a tag."""


class FaqSearch(Protocol):
    """The FAQ's search engine behind one face (bot/faq/index.py)."""

    def search(self, text: str, *, top: int) -> Sequence[tuple[int, float]]:
        """(entry id, score) best first."""

    def settle(self) -> None:
        """Wait until everything that the table holds can be found, however long that takes."""


class HandoffPort(Protocol):
    """The people who take over from the bot: `way` is `wechat` (its own customer service) or `console` (ours)."""

    @property
    def way(self) -> str: ...

    def free(self) -> str | None:
        """Somebody who is there and has room for one more: his account, or '' = whoever comes first; None = nobody.

        Raises Unavailable, Refused.
        """

    def there(self) -> bool:
        """Whether anybody is there at all, with his hands full or not. Raises as `free`."""


class MediaPort(Protocol):
    """What patients send beside words."""

    def get(self, media_id: str) -> bytes:
        """The bytes of one voice or picture, within seconds. Raises Unavailable (again later), Refused (gone)."""


class SpeechPort(Protocol):
    """Speech to text."""

    def listen(self, sound: bytes) -> str:
        """The words of one AMR recording; '' = none were understood. Raises Unavailable, Refused."""


class AudioPort(Protocol):
    """Recordings as any browser plays them."""

    def playable(self, sound: bytes) -> bytes:
        """One AMR recording as WAV. Raises Refused (it cannot be played) and Unavailable (later)."""


class VideoPort(Protocol):
    """Video rooms, the hospital's own or a provider's: the doctor and the patient of one talk meet in one room."""

    def link(self, *, key: str, who: Literal["patient", "doctor"], start: datetime, end: datetime) -> str:
        """The https address of one side's door to the room of `key` (opaque), open from start to end (naive UTC).

        The same key is the same room. Raises Unavailable (later), Refused (never).
        """


@dataclass(frozen=True)
class Ports:
    """Wired once per process by bot/wiring.py; tests wire their own.

    None = the hospital takes money at its desks alone (`pay`), sends no articles (`articles`), has nobody who takes
    over (`handoff`), does not look at media (`media`), does not turn speech into text (`speech`), has no video rooms
    (`video`) and nothing that makes a voice playable (`audio`).
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
    articles: ArticlePort | None = None

    handoff: HandoffPort | None = None
    media: MediaPort | None = None
    speech: SpeechPort | None = None
    video: VideoPort | None = None
    audio: AudioPort | None = None


__all__ = [
    "DATABASE_AWAY",
    "Article",
    "ArticlePort",
    "AudioPort",
    "ChannelPort",
    "DialoguePort",
    "FaqSearch",
    "HandoffPort",
    "MediaPort",
    "PayPort",
    "Ports",
    "Publication",
    "PushPort",
    "Reply",
    "SmsPort",
    "SpeechPort",
    "TextMessage",
    "VideoPort",
]
