"""Uploaded pictures: kept three days, as the platform keeps temporary media."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, abort

from connectors.simulator.config import Json
from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError

LARGEST = 10 * 1024 * 1024
LIFE = 3 * 86_400  # seconds
SIGNS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


class Media:
    """The table of uploaded pictures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, kind: str, file: Any, *, now: float) -> Json:
        """`media/upload` → its answer. Raises PlatformError 40004, 40006, 41005."""
        if kind != "image":
            raise PlatformError(40004)
        if file is None:
            raise PlatformError(41005)
        content = file.stream.read(LARGEST + 1)
        if not 0 < len(content) <= LARGEST:
            raise PlatformError(40006)
        if _mime(content) is None:
            raise PlatformError(40004)
        media_id = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            connection.execute("DELETE FROM media WHERE at < ?", (now - LIFE,))
            connection.execute("INSERT INTO media (id, content, at) VALUES (?, ?, ?)", (media_id, content, now))
        return {"type": "image", "media_id": media_id, "created_at": int(now)}

    def check(self, media_id: object, *, now: float) -> str:
        """The id itself when it is there. Raises PlatformError 40007."""
        if not isinstance(media_id, str) or self._content(media_id, now) is None:
            raise PlatformError(40007)
        return media_id

    def show(self, media_id: str, *, now: float) -> Response:
        """The picture for the phone's page."""
        content = self._content(media_id, now)
        if content is None:
            abort(404)
        return Response(content, mimetype=_mime(content), headers={"Cache-Control": "private, max-age=3600"})

    def _content(self, media_id: str, now: float) -> bytes | None:
        query = "SELECT content FROM media WHERE id = ? AND at >= ?"
        with self._database.read() as connection:
            row = connection.execute(query, (media_id, now - LIFE)).fetchone()
        return None if row is None else bytes(row["content"])


def _mime(content: bytes) -> str | None:
    return next((mime for sign, mime in SIGNS if content.startswith(sign)), None)
