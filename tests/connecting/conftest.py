"""Which hospital is asked: the one of --his-url, or the example of docs/examples started from an empty folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.errors import PeizhenError
from bot.his.http import HttpHis
from bot.his.http.signature import Key, parse_key
from tests.connecting.visitors import Desk

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "his_minimal.py"
EXAMPLE_KEY = "demo:a-secret-of-16-letters-or-more"
START_SECONDS = 30


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A failure says what the adapter did not like; everybody here is made up, so nothing needs hiding."""
    outcome: Any = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, PeizhenError) and error.facts:
        why = ", ".join(f"{name}: {value}" for name, value in error.facts.items())
        outcome.get_result().sections.append(("why", why))


@pytest.fixture(scope="session")
def his_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    told = request.config.getoption("--his-url")
    if told:
        yield told.rstrip("/")
        return
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLE), str(port)],
        cwd=tmp_path_factory.mktemp("empty"),
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
