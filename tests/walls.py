"""What no test may do: go out to the network, write where it only reads, or count on an order that nobody asked for."""

from __future__ import annotations

import ipaddress
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.db import base

READS = ("SELECT", "WITH", "PRAGMA", "BEGIN", "SHOW")


@contextmanager
def no_network() -> Iterator[None]:
    """Let sockets reach this machine only. (C libraries such as libpq go past this; ours use local paths.)"""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: socket.socket, address: Any) -> Any:
            _must_be_local(self.family, address)
            return call(self, address)

        return run

    def resolve_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _local(host):
            raise AssertionError(f"a test asked for the address of {host!r}")
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", resolve_here)
        yield


@contextmanager
def who_only_reads_writes_nothing() -> Iterator[None]:
    """A write in a transaction that began as a reading one is found here; in an installation it could fail."""

    def look(_connection: Any, _cursor: Any, statement: str, _values: Any, *_context: Any) -> None:
        assert not base.reads_only() or statement.lstrip().upper().startswith(READS), statement

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", look)


@contextmanager
def no_order_by_luck() -> Iterator[None]:
    """SQLite gives rows that nobody ordered backwards, so that it never looks as if they came as they were written:
    PostgreSQL gives them so nearly always.
    """

    def turn(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA reverse_unordered_selects = ON")

    event.listen(Engine, "connect", turn)
    try:
        yield
    finally:
        event.remove(Engine, "connect", turn)


def _must_be_local(family: int, address: Any) -> None:
    if family in {socket.AF_INET, socket.AF_INET6} and not _local(address[0]):
        raise AssertionError(f"a test went out to the network: {address!r}")


def _local(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost", socket.gethostname()}:
        return True
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified
