"""The action server as its own process: who is heard, and what a broken call gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.supervise import free_port

ROOT = Path(__file__).parents[2]
KEY, MARK = "the-key-of-actions", "ECHOMARK9137"
TRACKER = {"sender_id": MARK, "slots": {}, "latest_message": {"text": MARK}, "events": [], "active_loop": {}}
Post = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("actions") / "log"


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[httpx.Client]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PEIZHEN", "WECHAT"))}
    port = free_port()
    env = {**keep, "PEIZHEN_VAR": str(log.parent), "PEIZHEN_ACTIONS_PORT": str(port), "PEIZHEN_ACTIONS_KEY": KEY}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "actions.server"], cwd=ROOT, env=env, stdout=output, stderr=output
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
        _wait(client, process)
        yield client
    process.terminate()
    process.wait(20)


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            return client.get("/health").raise_for_status()
        except httpx.TransportError:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.fixture
def post(server: httpx.Client, log: Path) -> Iterator[Post]:
    """One call; afterwards neither answer nor log may hold a word of it."""
    answers: list[httpx.Response] = []

    def call(body: Any, key: Any = KEY) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answers.append(server.post("/webhook", content=raw, headers={"x-peizhen-key": key}))
        return answers[-1]

    yield call
    for seen in (*(answer.text for answer in answers), log.read_text()):
        assert MARK not in seen
        assert "Traceback" not in seen


@pytest.mark.parametrize("key", ["", "wrong", b"\xff\xfe", KEY + "x", "钥匙".encode()], ids=ascii)
def test_strangers_are_not_heard(post: Post, key: Any) -> None:
    answer = post({"next_action": "action_listen", "tracker": TRACKER}, key)
    assert (answer.status_code, answer.json()) == (401, {"error": "key"})


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"no JSON " + MARK.encode(), b'{"tracker": "\xff"}', b"[" * 100_000, b'{"tracker":' + b'{"a":' * 5000),
        *([1], "text", 5, None, {}, {"tracker": None}, {"tracker": MARK}, {"tracker": [MARK]}),
        *({"next_action": "action_triage", "tracker": {**TRACKER, "slots": wrong}} for wrong in ([MARK], MARK, 5)),
        {"next_action": "action_triage", "tracker": {**TRACKER, "latest_message": MARK}},
        {"next_action": "action_triage", "tracker": {**TRACKER, "events": MARK}},
    ],
    ids=lambda body: ascii(body)[:40],
)
def test_a_body_that_is_no_call_is_refused(post: Post, body: Any) -> None:
    answer = post(body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("name", [MARK, "", None, 5, {"a": MARK}, ["action_triage"]], ids=ascii)
def test_an_action_that_nobody_wrote_is_unknown(post: Post, name: Any) -> None:
    answer = post({"next_action": name, "tracker": TRACKER})
    assert (answer.status_code, answer.json()) == (404, {"error": "unknown"})


@pytest.mark.parametrize(
    "value", [{"x": 1}, ["a", None], 5, True, "\0", "x" * 100_000, "\ud800"], ids=lambda v: ascii(v)[:20]
)
def test_slots_and_entities_of_a_wrong_type_end_in_words_for_the_patient(post: Post, value: Any) -> None:
    """Nobody vouched for this caller, so that no action has anything of anybody to say."""
    slots = dict.fromkeys(("department", "day", "doctor", "slot", "card", "name", "phone", "id_number"), value)
    entities = [{"entity": "department", "value": value}, {"entity": "date", "value": value}]
    message = {"text": MARK, "intent": {"name": None, "confidence": 0.9}, "entities": entities}
    tracker = {**TRACKER, "slots": slots, "latest_message": message | {"metadata": {"inbox": "1.1.9999999999.forged"}}}
    for name in ACTIONS:
        answer = post({"next_action": name, "tracker": tracker, "domain": {}})
        assert answer.status_code == 200, name
        views = {(said.get("custom") or {}).get("view") for said in answer.json()["responses"]}
        assert views <= {None, "body_map"}, name  # the drawing is everybody's


def _declared() -> list[str]:
    files = [ROOT / "domain.yml", *(ROOT / "bot" / "domain").glob("*.yml")]
    return sorted({name for file in files for name in yaml.safe_load(file.read_text()).get("actions") or []})


ACTIONS = _declared()


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"/{MARK}"), ("GET", "/webhook"), ("DELETE", "/health"), ("GET", "/actions")]
)
def test_other_paths_and_methods_quote_nothing(server: httpx.Client, method: str, path: str) -> None:
    answer = server.request(method, path)
    assert answer.status_code in {404, 405}
    assert answer.json() == {"error": "request"}
