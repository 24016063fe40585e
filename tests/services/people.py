"""People who take over from the bot, and what patients send beside words, as the tests want them."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.db.handoff import Handoff, HandoffLine
from bot.ports import Ports


@dataclass
class FakeStaff:
    """HandoffPort: `who` is the account that is free, None = nobody is there; `fails` is raised instead."""

    way: str = "wechat"
    who: str | None = ""
    fails: Exception | None = None
    asked: int = 0
    present: bool = True  # with their hands full, where `who` is None

    def free(self) -> str | None:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        return self.who

    def there(self) -> bool:
        if self.fails is not None:
            raise self.fails
        return self.present


@dataclass
class FakeMedia:
    """MediaPort over a dict; what is an exception is raised."""

    files: dict[str, bytes | Exception] = field(default_factory=dict)

    def get(self, media_id: str) -> bytes:
        found = self.files[media_id]
        if isinstance(found, Exception):
            raise found
        return found


def talks(ports: Ports) -> list[Handoff]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Handoff).order_by(Handoff.id)))


def lines(ports: Ports) -> list[tuple[str, str]]:
    """(side, words) of everything that was said to or by a person."""
    with ports.transaction() as session:
        rows = session.scalars(sa.select(HandoffLine).order_by(HandoffLine.id))
        return [(row.side, ports.crypto.open(row.text_sealed)) for row in rows]
