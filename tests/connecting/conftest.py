"""Which hospital is asked: the one of --his-url, or the example of docs/examples and a whole hospital as it is served.

What a hospital does not offer is not asked of it: those tests are left out, and the last lines say which parts they are.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.serving import make_server

from bot.errors import PeizhenError
from bot.his.embedded import EmbeddedHis, demo
from bot.his.http import HttpHis
from bot.his.http.signature import Key, parse_key
from bot.his.port import EVERY_PART
from bot.his.serve import create_app
from tests.connecting.visitors import Desk

HERE = Path(__file__).parent
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "his_minimal.py"
EXAMPLE_KEY = "demo:a-secret-of-16-letters-or-more"
START_SECONDS = 30
LEFT_OUT = pytest.StashKey[list[str]]()


@dataclass(frozen=True)
class Address:
    """Where a hospital is, by which key, and what it is expected to offer (None = nobody could ask)."""

    name: str
    url: str | None
    offers: tuple[str, ...] | None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "part(name): asked only of a hospital that offers this part")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "his_address" in metafunc.fixturenames:
        known = _addresses(metafunc.config)
        metafunc.parametrize("his_address", known, ids=[each.name for each in known], scope="session")


def _addresses(config: pytest.Config) -> list[Address]:
    told = config.getoption("--his-url")
    if told:
        return [Address("yours", told.rstrip("/"), _offers(told.rstrip("/")))]
    return [Address("example", None, ()), Address("whole", None, EVERY_PART)]


def _offers(url: str) -> tuple[str, ...] | None:
    """What the hospital says; None when it cannot be asked, and then every test says why."""
    try:
        his = HttpHis(url, os.environ.get("PEIZHEN_HIS_KEY", ""))
        return his.hospitals()[0].offers
    except PeizhenError:
        return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {item: part for item in items if HERE in item.path.parents and (part := _missing(item))}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))
    config.stash[LEFT_OUT] = [part for part in EVERY_PART if part in left_out.values()]


def _missing(item: pytest.Item) -> str | None:
    """The first part that this test asks for and its hospital does not offer."""
    asked: Address = item.callspec.params["his_address"]  # type: ignore[attr-defined]
    wanted = [mark.args[0] for mark in item.iter_markers("part")]
    return next((part for part in wanted if asked.offers is not None and part not in asked.offers), None)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.getoption("--his-url") and config.stash.get(LEFT_OUT, []):
        terminalreporter.write_line(
            f"left out, because /hospitals does not offer it: {', '.join(config.stash[LEFT_OUT])}"
        )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A failure says what the adapter did not like; everybody here is made up, so nothing needs hiding."""
    outcome: Any = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, PeizhenError) and error.facts:
        why = ", ".join(f"{name}: {value}" for name, value in error.facts.items())
        outcome.get_result().sections.append(("why", why))


@pytest.fixture(scope="session")
def his_url(his_address: Address, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if his_address.url:
        yield his_address.url
        return
    begin = example if his_address.name == "example" else _whole
    with begin(tmp_path_factory.mktemp("empty")) as url:
        yield url


@contextmanager
def example(folder: Path) -> Iterator[str]:
    """The example in a process of its own, started from an empty folder."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLE), str(port)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HIS_KEY": EXAMPLE_KEY},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def _whole(folder: Path) -> Iterator[str]:
    """What `peizhen his serve` serves: a hospital with every part."""
    his = EmbeddedHis(f"sqlite:///{folder / 'his.db'}")
    demo.load(his)
    server = make_server("127.0.0.1", 0, create_app(his, EXAMPLE_KEY), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        his.close()


@pytest.fixture(scope="session")
def his_key(request: pytest.FixtureRequest) -> Key:
    if not request.config.getoption("--his-url"):
        return parse_key(EXAMPLE_KEY)
    return parse_key(os.environ.get("PEIZHEN_HIS_KEY", ""))


@pytest.fixture(scope="session")
def his(his_url: str, his_key: Key) -> Iterator[HttpHis]:
    made = HttpHis(his_url, f"{his_key.id}:{his_key.secret}")
    yield made
    made.close()


@pytest.fixture
def desk(his: HttpHis) -> Iterator[Desk]:
    """Somebody who books as a patient does, and gives every number back at the end."""
    made = Desk(his)
    yield made
    made.tidy()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    late = time.monotonic() + START_SECONDS
    while time.monotonic() < late and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/hospitals", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the example did not start: {process.poll()}")
