"""One name a request, which every audit row written in it carries."""

from __future__ import annotations

import secrets

from flask import Flask, g

from bot.services import audit


def _begin() -> None:
    g.tracing = audit.tracing(f"http/{secrets.token_hex(8)}")
    g.tracing.__enter__()


def _end(_error: BaseException | None) -> None:
    tracing = g.pop("tracing", None)
    if tracing is not None:
        tracing.__exit__(None, None, None)


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.teardown_request(_end)
