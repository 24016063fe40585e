"""SQL statements as compiled, kept for all engines: by itself each engine compiles them anew, and each test makes one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

MOST = 5000


class _Compiled(LRUCache):  # type: ignore[misc]
    """By the dialect's name instead of the dialect, of which each engine has its own."""

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__((key[0].name, *key[1:]))

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


@contextmanager
def compiled_once() -> Iterator[None]:
    """Every engine that connects meanwhile shares one cache."""
    compiled = _Compiled(MOST)

    def share(connection: Any, _branch: bool) -> None:
        connection.engine._compiled_cache = compiled

    event.listen(Engine, "engine_connect", share)
    try:
        yield
    finally:
        event.remove(Engine, "engine_connect", share)
