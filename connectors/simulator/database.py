"""The simulator's own SQLite file. Several web workers share it, so every write takes the lock first."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

BUSY_SECONDS = 5.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS phone (
    id TEXT PRIMARY KEY,
    openid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    number TEXT NOT NULL DEFAULT '',
    subscribed INTEGER NOT NULL DEFAULT 0,
    slow INTEGER NOT NULL DEFAULT 0,
    drop_first INTEGER NOT NULL DEFAULT 0,
    duplicate INTEGER NOT NULL DEFAULT 0,
    offline INTEGER NOT NULL DEFAULT 0,
    typing_until REAL NOT NULL DEFAULT 0,
    message_at REAL NOT NULL DEFAULT 0,
    message_used INTEGER NOT NULL DEFAULT 0,
    tap_at REAL NOT NULL DEFAULT 0,
    tap_used INTEGER NOT NULL DEFAULT 0,
    rev INTEGER NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS bubble (
    id INTEGER PRIMARY KEY,
    phone_id TEXT NOT NULL REFERENCES phone (id),
    rev INTEGER NOT NULL,
    side TEXT NOT NULL,
    kind TEXT NOT NULL,
    parts TEXT NOT NULL,
    card TEXT,
    state TEXT NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    origin TEXT UNIQUE,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS bubble_phone ON bubble (phone_id, id);
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY,
    phone_id TEXT NOT NULL REFERENCES phone (id),
    bubble_id INTEGER,
    label TEXT NOT NULL,
    body TEXT NOT NULL,
    answered INTEGER NOT NULL,
    state TEXT NOT NULL,
    log TEXT NOT NULL DEFAULT '[]',
    touched_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS delivery_phone ON delivery (phone_id, id);
CREATE INDEX IF NOT EXISTS delivery_state ON delivery (state, touched_at);
CREATE TABLE IF NOT EXISTS menu (id INTEGER PRIMARY KEY CHECK (id = 1), buttons TEXT, rev INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS access_token (
    value TEXT PRIMARY KEY, kind TEXT NOT NULL, issued_at REAL NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS oauth_code (
    code TEXT PRIMARY KEY, phone_id TEXT NOT NULL, scope TEXT NOT NULL, issued_at REAL NOT NULL, used_at REAL
);
CREATE TABLE IF NOT EXISTS media (id TEXT PRIMARY KEY, content BLOB NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS template_sent (
    phone_id TEXT NOT NULL, client_msg_id TEXT NOT NULL, message_id INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (phone_id, client_msg_id)
);
CREATE TABLE IF NOT EXISTS user_tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS tagged (
    tag_id INTEGER NOT NULL REFERENCES user_tag (id), phone_id TEXT NOT NULL, PRIMARY KEY (tag_id, phone_id)
);
CREATE TABLE IF NOT EXISTS tag_menu (id INTEGER PRIMARY KEY, tag_id INTEGER NOT NULL, buttons TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS till_order (
    no TEXT PRIMARY KEY,
    prepay_id TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    description TEXT NOT NULL,
    expires REAL NOT NULL,
    payer TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'NOTPAY',
    transaction_id TEXT UNIQUE,
    paid_at REAL,
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount)
);
CREATE TABLE IF NOT EXISTS till_refund (
    no TEXT PRIMARY KEY,
    order_no TEXT NOT NULL REFERENCES till_order (no),
    amount INTEGER NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL,
    ends_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS till_notice (
    id TEXT PRIMARY KEY, event TEXT NOT NULL, no TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due REAL
);
CREATE INDEX IF NOT EXISTS till_notice_due ON till_notice (due);
CREATE TABLE IF NOT EXISTS dead_token (value TEXT PRIMARY KEY, errcode INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    value TEXT NOT NULL,
    times INTEGER,
    share REAL NOT NULL,
    until REAL
);
CREATE TABLE IF NOT EXISTS api_call (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, outcome TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS consent (
    phone_id TEXT NOT NULL REFERENCES phone (id),
    template_id TEXT NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    PRIMARY KEY (phone_id, template_id)
);
CREATE TABLE IF NOT EXISTS staff_session (phone_id TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS push_failure (at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS push_stop (until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS till_fault (name TEXT PRIMARY KEY, times INTEGER NOT NULL);
"""


class Database:
    """Opens a connection for each use: cheap for SQLite, and safe over forks and threads.

    One more stays open in each process, unused: when the last one closes, SQLite folds the log into the
    file and waits for the disk, which would make every call slow.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keepers: dict[int, sqlite3.Connection] = {}  # by process: one that came over a fork is left alone
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")

    def _connect(self, *, shared: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=not shared
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _open(self) -> closing[sqlite3.Connection]:
        if os.getpid() not in self._keepers:
            keeper = self._connect(shared=True)
            keeper.execute("SELECT count(*) FROM counter").fetchone()  # only a used connection counts
            self._keepers[os.getpid()] = keeper
        return closing(self._connect())

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file."""
        with self._open() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction; the write lock is taken at once, so read-then-write is safe inside."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def tick(connection: sqlite3.Connection) -> int:
    """The next number of the one sequence that bubbles and revisions share."""
    connection.execute(
        "INSERT INTO counter (name, value) VALUES ('rev', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
    )
    value: int = connection.execute("SELECT value FROM counter WHERE name = 'rev'").fetchone()[0]
    return value
