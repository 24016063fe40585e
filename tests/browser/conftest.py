"""The whole system started as `make run` starts it, and a real browser in front of it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.console import Console
from tests.browser.phone import Phone
from tests.browser.watch import Watch
from tests.browsers import NARROW, PATIENCE
from tests.system.installation import Installation, processes_with

Visitor = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One running system on a Monday morning. Ctrl-C at the end leaves no process and a free port."""
    made = Installation(tmp_path_factory.mktemp("browser")).start()
    yield made
    made.stop()
    assert "Traceback" not in made.output.read_text()
    assert processes_with(f"PEIZHEN_VAR={made.var}") == {}
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", made.port))


@pytest.fixture(scope="session")
def url(installation: Installation) -> str:
    """The address as `make run` prints it."""
    return f"http://localhost:{installation.port}"


@pytest.fixture(scope="session")
def guide(url: str) -> dict[str, Any]:
    """What the guide beside the phone tells: patients and staff."""
    return dict(httpx.get(f"{url}/sim/guide", trust_env=False).json()["guide"])


@pytest.fixture
def visitors(browser: Browser, installation: Installation) -> Iterator[tuple[Visitor, list[Watch]]]:
    """Makes browsers of their own; afterwards none of them may have complained."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def visitor(size: dict[str, int] = NARROW) -> BrowserContext:
        context = browser.new_context(viewport=size)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watches.append(Watch(context))
        return context

    yield visitor, watches
    for context in contexts:
        context.close()
    complaints = [complaint for watch in watches for complaint in watch.complaints]
    assert complaints == [], [line for line in installation.logs().splitlines() if "unhandled" in line][-5:]


@pytest.fixture
def visitor(visitors: tuple[Visitor, list[Watch]]) -> Visitor:
    return visitors[0]


@pytest.fixture
def allow(visitors: tuple[Visitor, list[Watch]]) -> Callable[..., None]:
    """Statuses that this test provokes on purpose, for every visitor made so far."""
    return lambda *statuses: [watch.allowed.update(statuses) for watch in visitors[1]] and None


@pytest.fixture
def phone(visitor: Visitor, url: str) -> Phone:
    """A new patient's phone."""
    return Phone(visitor().new_page(), url)


@pytest.fixture
def staff(visitor: Visitor, url: str) -> Callable[..., Console]:
    """Sign somebody in: `staff("editor")`, `staff("doctor01", WIDE)`."""
    return lambda name, size=NARROW: Console(visitor(size).new_page(), url).sign_in(name)
