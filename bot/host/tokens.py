"""The connector's TokenStore over our database, so that all machines share one token."""

from __future__ import annotations

from contextlib import AbstractContextManager

from bot.services.shared_tokens import SharedRecord
from connectors.wechat.ports import Token


class DatabaseTokens:
    """TokenStore of connectors.wechat."""

    def __init__(self, record: SharedRecord) -> None:
        self._record = record

    def load(self) -> Token | None:
        found = self._record.read()
        return Token(*found) if found else None

    def save(self, token: Token) -> None:
        self._record.write(token.value, token.expires_at, token.serial)

    def lock(self) -> AbstractContextManager[object]:
        return self._record.alone()
