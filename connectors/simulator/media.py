"""Temporary media: pictures and voices that either side sent, kept three days."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, abort

from connectors.simulator.config import Json
from connectors.simulator.database import Database
from connectors.simulator.errors import PlatformError

LIFE = 3 * 86_400  # seconds
LARGEST = {"image": 10 * 1024 * 1024, "voice": 2 * 1024 * 1024}
SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
)
SORTS = {"image": "image", "audio": "voice"}


class Media:
    """The table of files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, kind: str, file: Any, *, now: float) -> Json:
        """`media/upload` → its answer. Raises PlatformError 40004, 40006, 41005."""
        if kind not in LARGEST:
            raise PlatformError(40004)
        if file is None:
            raise PlatformError(41005)
        content = file.stream.read(LARGEST[kind] + 1)
        if not 0 < len(content) <= LARGEST[kind]:
            raise PlatformError(40006)
        if _sort(content) != kind:
            raise PlatformError(40004)
        media_id = secrets.token_urlsafe(32)
        self.store({media_id: content}, now=now)
        return {"type": kind, "media_id": media_id, "created_at": int(now)}

    def store(self, files: Mapping[str, bytes], *, now: float) -> None:
        """Files by their ids: those of a message that somebody sends."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM media WHERE at < ?", (now - LIFE,))
            rows = [(media_id, content, now) for media_id, content in files.items()]
            connection.executemany("INSERT INTO media (id, content, at) VALUES (?, ?, ?)", rows)

    def check(self, media_id: object, *, now: float) -> str:
        """The id itself when it is there. Raises PlatformError 40007."""
        if not isinstance(media_id, str) or self._content(media_id, now) is None:
            raise PlatformError(40007)
        return media_id

    def file(self, media_id: str, *, now: float) -> Response:
        """`media/get` → the file under its own type. Raises PlatformError 40007."""
        content = self._content(media_id, now)
        if content is None:
            raise PlatformError(40007)
        return Response(content, mimetype=_mime(content), headers={"Content-Disposition": "attachment"})

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


def _sort(content: bytes) -> str:
    return SORTS.get((_mime(content) or "").partition("/")[0], "")
