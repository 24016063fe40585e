"""A whole installation in its own folder: started as `make run` starts it, spoken to through the simulator."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from bot import train

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
STOP_SECONDS = 60
ANSWER_SECONDS = 210  # two minutes, in which rasa is waited for, one try that hangs and a worker's lease on top
MONDAY = "2026-11-23T09:40"


class Installation:
    """`peizhen run` as a subprocess. `more` are settings of this installation."""

    def __init__(self, var: Path, **more: str) -> None:
        self.var, self.port = var, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("PEIZHEN", "WECHAT", "WXPAY"))}
        self.env = {**keep, "PEIZHEN_VAR": str(var), "PORT": str(self.port), "PEIZHEN_NOW": MONDAY, **more}
        self.output = var / "run.out"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Installation:
        train.ensure()  # the suite may still be training: that is no part of starting
        self.var.mkdir(parents=True, exist_ok=True)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "run"],
                cwd=ROOT,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while b"ready in" not in self.output.read_bytes():
            assert self.process.poll() is None, self.output.read_text()[-2000:]
            assert time.monotonic() < until, f"not ready: {self.logs()[-3000:]}"
            time.sleep(0.3)
        return self

    def stop(self) -> None:
        """Ctrl-C, and wait until it is gone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_SECONDS)

    def children(self) -> dict[str, list[int]]:
        """Process ids by part, of this installation only."""
        found: dict[str, list[int]] = {"web": [], "rasa": [], "actions": [], "jobs": []}
        marks = {"web": "bot.web.wsgi", "rasa": "-m rasa run", "actions": "actions.server", "jobs": "bot.jobs.schedule"}
        for pid, command in processes_with(f"PEIZHEN_VAR={self.var}").items():
            for part, mark in marks.items():
                if mark in command:
                    found[part].append(pid)
        return found

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted((self.var / "log").glob("*.log*")))

    def phone(self) -> Phone:
        return Phone(self.url)


class Phone:
    """A patient's phone in the simulator, over its JSON."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"X-Sim": "1"}, timeout=60, trust_env=False)
        made = self._http.post("/sim/phones", json={})
        made.raise_for_status()
        self.id = made.json()["id"]
        self.seen = 0
        self.wait(1)  # the welcome

    def send(self, text: str, menu_id: str = "") -> None:
        body = {"text": text} | ({"menu_id": menu_id} if menu_id else {})
        self._http.post(f"/sim/phones/{self.id}/send", json=body).raise_for_status()

    def messages(self) -> list[dict[str, Any]]:
        """All bubbles from the account, passive replies and pushes alike."""
        answer = self._http.get(f"/sim/phones/{self.id}/messages")
        answer.raise_for_status()
        return [m for m in answer.json()["messages"] if m["side"] == "bot"]

    def wait(self, more: int = 1, seconds: float = ANSWER_SECONDS) -> str:
        """Wait for `more` new bubbles; their texts."""
        until = time.monotonic() + seconds
        while len(found := self.messages()) < self.seen + more:
            assert time.monotonic() < until, f"no answer; last: {[m['text'] for m in found][-2:]}"
            time.sleep(0.2)
        fresh, self.seen = found[self.seen :], len(found)
        return "\n".join(m["text"] for m in fresh)

    def until(self, *words: str, seconds: float = ANSWER_SECONDS) -> str:
        """Wait until one of these was said, in however many bubbles; everything that was said so far."""
        until = time.monotonic() + seconds
        while not any(word in (said := "\n".join(m["text"] for m in self.messages())) for word in words):
            assert time.monotonic() < until, f"none of {words}; last: {said[-200:]}"
            time.sleep(0.2)
        return said

    def say(self, text: str, seconds: float = ANSWER_SECONDS) -> str:
        self.send(text)
        return self.wait(seconds=seconds)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_with(mark: str) -> dict[int, str]:
    """Live processes whose environment holds `mark`: pid → command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
            command = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
        except OSError:
            continue
        if mark in environment and command:
            found[int(folder.name)] = command
    return found


def environment_of(pid: int) -> dict[str, str]:
    pairs = (Path("/proc") / str(pid) / "environ").read_bytes().decode(errors="replace").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def demo_facts(env: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.cli", "demo"], cwd=ROOT, env=env, capture_output=True, check=True
    )
    return dict(json.loads(done.stdout))


def last_code(env: dict[str, str], phone: str) -> str:
    """The code in the last text message to a phone, as `peizhen sms last` prints it."""
    words = [sys.executable, "-W", "ignore", "-m", "bot.cli", "sms", "last", phone]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, check=True)
    found = re.search(r"[0-9]{6}", json.loads(done.stdout)["text"])
    assert found
    return found[0]
