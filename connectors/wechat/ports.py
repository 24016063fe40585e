"""What the connector asks of its host, and the few values that pass between them.

Nothing here knows what the account is for: a host that stores messages (`Store`) and answers them (`Handler`) gets the
WeChat protocol in return. All text is `str`, all moments are Unix seconds, all bodies are the exact bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from connectors.wechat.capabilities import AccountKind

# `unsupported`: the user sent what accounts do not get, a sticker say; `unknown`: a MsgType of a later day.
Kind = Literal["text", "event", "image", "voice", "video", "location", "link", "file", "unsupported", "unknown"]

# What a bot says, every key optional:
#   `text`      a str; Markdown and addresses of foreign hosts become plain words
#   `choices`   [{`label`, `id`, `n`?}]: quick replies; `n` is the number, else counted from 1, None = none
#   `link`      {`title`, `url`}, or several under `links`: the only links there are
#   `location`  {`latitude`, `longitude`, `name`, `address`?} (GCJ-02): words and a link to the map
#   `articles`  [{`title`, `url`, `description`?, `picture`?}]: one card; several where WeChat takes them, else links
#   `image`     {`media_id`}
#   `transfer`  {`account`?}: over to the platform's human staff; in a reply to a user's own message alone
#   `then`      more messages of words right below
# Within one message cards and pictures come first and choices last; messages keep their order.
Message = Mapping[str, Any]


@dataclass(frozen=True)
class Account:
    """One official account. `safe` refuses posts that are not encrypted (安全模式).

    `original_id` (原始 ID, `gh_…`) is whom messages must be for; '' = not checked.
    `hosts`: names whose web addresses may be tapped in a bot's text, those of their subdomains too.
    """

    app_id: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    previous_aes_key: str | None = field(default=None, repr=False)
    safe: bool = True
    original_id: str = ""
    kind: AccountKind = "verified_service"
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Inbound:
    """One message or event of one user.

    `key` is the SHA-256 (64 hex) of what makes it the same message when WeChat posts it again.
    `text` is Content, for voice Recognition, else ''. `event` is in lower case. `created` is CreateTime.
    `extra` holds every other field as `Name` or `Parent.Child` (`Location_X`, `Status`, `MsgID`, …).
    """

    key: str
    account: str
    openid: str = field(repr=False)
    kind: Kind
    created: int
    text: str = field(default="", repr=False)
    event: str = ""
    event_key: str = ""
    menu_id: str = ""
    media_id: str = ""
    url: str = field(default="", repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)


class Store(Protocol):
    """The host's inbox. Every method may raise; the connector then answers `success` and logs the type."""

    def vouched(self, signature: str, content: str) -> bool:
        """Note that this signature came with this content (both hex digests), for all processes.

        False = within the last ten minutes it came with other content: somebody forges with a request he saw.
        """

    def accept(self, message: Inbound) -> tuple[int, bool]:
        """Commit the message before anything else happens; (row id, False) when its key was there already."""

    def given(self, row: int) -> bytes | None:
        """The body already answered for this row; None = not answered yet."""

    def settle(self, row: int, body: bytes, rest: Sequence[Message], kept: Sequence[Message] = ()) -> bool:
        """Claim the passive channel for this body; `rest` must go out as customer messages, `kept` waits for 继续.

        False = somebody was first: another attempt (`given` has its body) or the late path.
        """

    def too_late(self, row: int) -> None:
        """The deadline passed: the answer will go out as customer messages (`outbound.spread`)."""

    def keep(self, row: int, body: bytes) -> bool:
        """The deadline passed and nothing can follow: `body` says 查看回复, the answer waits for it.

        False = somebody was first, as in `settle`.
        """

    def quarantine(self, reason: str, raw: bytes) -> None:
        """Keep a post that WeChat signed and nobody can read."""


class Handler(Protocol):
    """The host's work on an accepted row."""

    def answer(self, row: int, *, timeout: float) -> Sequence[Message] | None:
        """Wait up to `timeout` seconds, starting the work or attaching to it when it runs already.

        None = not ready in time, or sooner when it will not be; an empty sequence = nothing to say. A message that
        asks for what was kept (`keeping.asks`) is answered with all of it, oldest first.
        """


class Quota(Protocol):
    """How many customer messages WeChat still takes for one user, counted by the host over all its processes.

    A message of the user opens five within 48 hours, a tap (menu, quick reply, scan, follow) three within a
    minute; each opening starts its count anew.
    """

    def opened(self, openid: str, scene: Literal["message", "tap"], at: int) -> None:
        """The user did something at this Unix second."""

    def take(self, openid: str, *, reserve: bool = False) -> bool:
        """Spend one before sending; False = none is left. The last of the five is kept for `reserve`."""

    def give_back(self, openid: str) -> None:
        """WeChat did not take the message that was spent last."""

    def left(self, openid: str) -> int:
        """How many are left, the one kept back too."""


class Clock(Protocol):
    """The machine's time, never one that the host sets."""

    def seconds(self) -> int:
        """Unix seconds."""

    def monotonic(self) -> float:
        """Seconds that only go forward."""

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""


@dataclass(frozen=True)
class Token:
    """One API access token. `serial` grows with every fetch, so that an equal value still counts as new."""

    value: str = field(repr=False)
    expires_at: int
    serial: int = 1


class TokenStore(Protocol):
    """One token record that all processes share."""

    def load(self) -> Token | None:
        """The record, or None when there is none (or it cannot be read)."""

    def save(self, token: Token) -> None:
        """Replace the record."""

    def lock(self) -> AbstractContextManager[object]:
        """Only one holder over all processes; raises TimeoutError after about 10 s."""
