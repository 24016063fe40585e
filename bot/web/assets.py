"""Addresses of our own static files, with a digest so that a new release is never shown in an old dress."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, url_for

STATIC = Path(__file__).with_name("static")
AGE = 86_400  # seconds a browser may keep a file of this digest


@lru_cache(maxsize=64)
def digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def address(name: str) -> str:
    return url_for("static", filename=name, v=digest(name))


def register(app: Flask) -> None:
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = AGE
    app.jinja_env.globals["asset"] = address
