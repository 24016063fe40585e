"""The table of drafts, articles and mass sends; what the platform takes and what it has done before."""

from __future__ import annotations

import json
import secrets
import sqlite3
from datetime import datetime, timedelta, timezone
from typing import Any

from connectors.simulator.config import Json
from connectors.simulator.deliveries import message_id
from connectors.simulator.errors import PlatformError
from connectors.simulator.phones import Phone

MOST_ARTICLES = 8
LONGEST = {"title": (64, 45003), "digest": (120, 45004), "author": (16, 45004), "content": (19_999, 45002)}
KEY_SECONDS = 24 * 3600
SHANGHAI = timezone(timedelta(hours=8))
SCHEMA = """
CREATE TABLE IF NOT EXISTS article_material (media_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS article_draft (media_id TEXT PRIMARY KEY, articles TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS article (
    id TEXT PRIMARY KEY,
    articles TEXT NOT NULL,
    publish_id TEXT UNIQUE,
    msg_id TEXT UNIQUE,
    gone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS mass_send (
    msg_id TEXT PRIMARY KEY, client_key TEXT NOT NULL, at REAL NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS mass_send_key ON mass_send (client_key, at);
CREATE TABLE IF NOT EXISTS mass_received (msg_id TEXT NOT NULL, phone_id TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS mass_received_phone ON mass_received (phone_id, at);
CREATE TABLE IF NOT EXISTS tagged (
    tag_id INTEGER NOT NULL, phone_id TEXT NOT NULL, PRIMARY KEY (tag_id, phone_id)
);
"""


def articles_of(given: Any) -> list[Json]:
    if not isinstance(given, list) or not given:
        raise PlatformError(47001)
    if len(given) > MOST_ARTICLES:
        raise PlatformError(45008)
    return [article_of(one) for one in given]


def article_of(given: Any) -> Json:
    """An article whose fields are texts within their limits, with a title, a content and a cover."""
    if not isinstance(given, dict):
        raise PlatformError(47001)
    one = {name: given.get(name) or "" for name in (*LONGEST, "content_source_url", "thumb_media_id")}
    if not all(isinstance(value, str) for value in one.values()):
        raise PlatformError(47001)
    for name, (longest, code) in LONGEST.items():
        if len(one[name]) > longest or (name in {"title", "content"} and not one[name]):
            raise PlatformError(code)
    return one


def check_cover(connection: sqlite3.Connection, article: Json) -> None:
    """A cover has to be lasting material."""
    query = "SELECT 1 FROM article_material WHERE media_id = ?"
    if connection.execute(query, (article["thumb_media_id"],)).fetchone() is None:
        raise PlatformError(40007)


def draft_of(connection: sqlite3.Connection, media_id: Any) -> list[Json]:
    query = "SELECT articles FROM article_draft WHERE media_id = ?"
    row = connection.execute(query, (str(media_id or ""),)).fetchone()
    if row is None:
        raise PlatformError(40007)
    found: list[Json] = json.loads(row["articles"])
    return found


def take_draft(connection: sqlite3.Connection, media_id: Any) -> list[Json]:
    """What is sent, published or deleted is no draft any more."""
    articles = draft_of(connection, media_id)
    connection.execute("DELETE FROM article_draft WHERE media_id = ?", (str(media_id),))
    return articles


def sent_before(connection: sqlite3.Connection, key: str, now: float) -> str | None:
    query = "SELECT msg_id FROM mass_send WHERE client_key = ? AND client_key <> '' AND at > ?"
    row = connection.execute(query, (key, now - KEY_SECONDS)).fetchone()
    return str(row["msg_id"]) if row else None


def received_by(connection: sqlite3.Connection, phone_id: str, now: float) -> int:
    """Mass sends that this phone got in this month of Shanghai."""
    first = datetime.fromtimestamp(now, SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    query = "SELECT count(*) FROM mass_received WHERE phone_id = ? AND at >= ?"
    return int(connection.execute(query, (phone_id, first.timestamp())).fetchone()[0])


def record(
    connection: sqlite3.Connection, articles: list[Json], key: str, phones: list[Phone], now: float
) -> tuple[str, str]:
    """Write a mass send down → (msg_id, article id)."""
    msg_id, article_id = str(message_id(now) % 2**31), secrets.token_urlsafe(12)
    connection.execute("INSERT INTO mass_send (msg_id, client_key, at) VALUES (?, ?, ?)", (msg_id, key, now))
    row = (article_id, json.dumps(articles, ensure_ascii=False), msg_id)
    connection.execute("INSERT INTO article (id, articles, msg_id) VALUES (?, ?, ?)", row)
    received = [(msg_id, phone.id, now) for phone in phones]
    connection.executemany("INSERT INTO mass_received (msg_id, phone_id, at) VALUES (?, ?, ?)", received)
    return msg_id, article_id


def tagged(connection: sqlite3.Connection, tag_id: int) -> list[sqlite3.Row]:
    """The following phones with a tag: `id`, `openid`."""
    query = (
        "SELECT id, openid FROM phone JOIN tagged ON phone_id = id WHERE tag_id = ? AND subscribed = 1 ORDER BY openid"
    )
    return connection.execute(query, (tag_id,)).fetchall()
