"""A hospital in which everybody has something, its app behind a real socket, and Chromium before it."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from bot import clock
from bot.db.base import make_engine
from bot.db.migrate import upgrade
from tests.browsers import chromium
from tests.factories import NOW, make_ports
from tests.idor.world import World, principals
from tests.services.broadcasts import FakeArticles
from tests.till import NOTHING, with_till
from tests.xss.look import Seen
from tests.xss.tour import ALL, Tour

__all__ = ["ALL", "Scene", "scene", "unescaped"]


@dataclass(frozen=True)
class Scene:
    """All that a look at every page needs."""

    world: World
    app: Flask
    tour: Tour
    browser: Browser
    address: str

    def walk(self, seen: Seen, said: str, **more: Any) -> None:
        self.tour.walk(self.browser, self.address, seen, said, **more)

    def type_in(self, seen: Seen, said: str) -> int:
        return self.tour.type_in(self.browser, self.address, seen, said)

    def troubles(self, size: dict[str, int], **more: Any) -> dict[str, list[str]]:
        return self.tour.troubles(self.browser, self.address, size, **more)


@contextmanager
def scene() -> Iterator[Scene]:
    with _house() as world, chromium() as browser:
        app, people = principals(world)
        tour = Tour(world, app).plan(people)
        with _served(app) as address:
            yield Scene(world, app, tour, browser, address)


@contextmanager
def unescaped(app: Flask) -> Iterator[None]:
    """Pages that put words in as they are: what a template without autoescape would do."""
    escaping = app.jinja_env.autoescape
    app.jinja_env.autoescape = False
    app.jinja_env.cache.clear()
    try:
        yield
    finally:
        app.jinja_env.autoescape = escaping
        app.jinja_env.cache.clear()


@contextmanager
def _house() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder, clock.frozen(NOW):
        url = f"sqlite:///{Path(folder) / 'scene.db'}"
        upgrade(url)
        engine = make_engine(url)
        yield World(with_till(make_ports(engine, articles=FakeArticles()), Path(folder), prepay=NOTHING))
        engine.dispose()


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
