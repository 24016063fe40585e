"""What the host tells the simulator about the account and the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]


def _nothing() -> list[Json]:
    return []


@dataclass(frozen=True)
class SimulatorConfig:
    """One fake account.

    guide() → {"hospital", "now"?, "patients": [{"name","id_number","phone","card_no"}],
    "staff": [{"username","password","role","department"}], "console_url"?,
    "try": [{"title", "items": [text | {"text","note"}]}], "scenes"?: [{"scene","label"}],
    "place"?: {"latitude","longitude","label"}: where the phone is when it shares its place}.
    sms() → [{"id"?, "phone", "text", "at"? (Unix seconds)}], all that were sent, any order.
    menu: buttons as in menu/create, shown until the product creates its own.
    templates: template id → {"title", "fields": {"thing1": "就诊科室"}}; empty = every id is accepted.
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
    menu: Sequence[Json] = ()
    templates: Mapping[str, Json] = field(default_factory=dict)
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
