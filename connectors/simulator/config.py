"""What the host tells the simulator about the account and the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

Json = dict[str, Any]
AccountKind = Literal[
    "unverified_subscription", "verified_subscription", "unverified_service", "verified_service", "sandbox"
]
SAMPLE = Path(__file__).parent / "sample.jpg"
Mode = Literal["plain", "compatible", "safe"]
Format = Literal["xml", "json"]


@dataclass(frozen=True)
class Picture:
    """A file that a phone has in its album; JPEG, PNG or GIF."""

    label: str
    file: Path


def _album() -> Mapping[str, Picture]:
    return {"sample": Picture("照片", SAMPLE)}


def _nothing() -> list[Json]:
    return []


@dataclass(frozen=True)
class SimulatorConfig:
    """One fake account.

    guide() → what stands beside the phones, every key optional: {"place_name", "now": "2026-11-23 09:40",
    "people": [{"name", "id_number", "phone", "card_no"}], "console_url",
    "staff": [{"username", "password", "role", "department", "totp_secret"?}], "words": see static/words.js,
    "try": [{"title", "items": [text | {"text", "note"}]}], "scenes": [{"scene", "label"}],
    "place": {"latitude", "longitude", "label"}: where the phone is when it shares its place}.
    pictures: what a phone can send, by name.
    sms() → [{"id"?, "phone", "text", "at"? (Unix seconds)}], all that were sent, any order.
    menu: buttons as in menu/create, shown until the product creates its own.
    templates: template id → {"title", "fields": {"thing1": "地点"}}; empty = every id is accepted.
    subscriptions: the same for subscription notices, which the phone can allow and refuse.
    kind: which calls the account may make at all (kinds.py); mode, format: how messages travel to the product.
    previous_aes_key: the key before the last change, which some messages still use (the fault `old_key`).
    patience: seconds until a post is cut off and the next attempt begins; the real platform's are 5.
    mark_fail: failed attempts within a minute after which nothing is pushed for a minute.
    pay_key: what the till signs its notices with, empty = this account takes no money; pay_url: where they go.
    """

    var_dir: Path
    callback_url: str
    token: str
    aes_key: str
    app_id: str
    app_secret: str
    account_id: str
    account_name: str
    guide: Callable[[], Json]
    sms: Callable[[], Sequence[Json]] = _nothing
    public_url: str = ""
    pictures: Mapping[str, Picture] = field(default_factory=_album)
    menu: Sequence[Json] = ()
    templates: Mapping[str, Json] = field(default_factory=dict)
    subscriptions: Mapping[str, Json] = field(default_factory=dict)
    kind: AccountKind = "verified_service"
    mode: Mode = "safe"
    format: Format = "xml"
    previous_aes_key: str = field(default="", repr=False)
    patience: float = 5.0
    mark_fail: int = 50
    pay_key: bytes = field(default=b"", repr=False)
    pay_url: str = ""

    @property
    def database(self) -> Path:
        return self.var_dir / "simulator.db"

    @property
    def hosts(self) -> frozenset[str]:
        """`host:port` under which the product's own pages are known."""
        return frozenset(urlsplit(url).netloc.lower() for url in (self.public_url, self.callback_url) if url)

    @property
    def base_url(self) -> str:
        """Where the product is reached, without a slash at the end."""
        parts = urlsplit(self.public_url or self.callback_url)
        return f"{parts.scheme}://{parts.netloc}"
