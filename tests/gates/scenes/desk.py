"""Questions on their way to doctors: real web, dialogue and jobs processes, any of which can be killed at any moment.

The dialogue is a process of its own behind the same HTTP as rasa's gateway; with each message it does what the form's
last action does: it hands the question over, keyed by the message. What the account sends is written into the database.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine

from bot.db.base import make_engine
from bot.ports import Ports, Reply
from bot.push import ladder, outbox, receipts
from bot.services import briefs, callers, consult, desk_delivery, desk_overdue, inbox, messages, views
from bot.triage import redflags
from connectors.rasa import RasaClient
from tests.factories import RULES, FakePush, make_ports
from tests.gates.scenes.doors import DATABASE, FAULT, ROOT, house

DIALOGUE = "GATE_DIALOGUE"  # the port of the dialogue process
DEPARTMENTS = ("yh.d01", "yh.d02")
FATAL = "GATE_FATAL"  # the dialogue dies once at every so many-th message, after its deed and before its answer
IDLE = "GATE_IDLE"  # seconds after which the jobs take over a message, where a test cannot wait as long as the product
READY_SECONDS = 60
RULED = {
    **RULES,
    "notice_lease_seconds": 5,
    "notice_kinds": {**RULES["notice_kinds"], "answer": {**RULES["notice_kinds"]["answer"], "night": "now"}},
}

scene = sa.MetaData()
died = sa.Table("gate_died", scene, sa.Column("inbox_id", sa.Integer, primary_key=True, autoincrement=False))
pushed = sa.Table("gate_pushed", scene, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


class Post(FakePush):
    """PushPort that writes into the database what a patient would have on his phone."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def send(self, *, openid: str, reply: Reply) -> None:
        with self._engine.begin() as connection:
            connection.execute(pushed.insert().values(text=str(reply.get("text"))))


def ports_of(engine: Engine) -> Ports:
    """What every process of the scene has around one database."""
    return make_ports(engine, push=Post(engine), rules=RULED)


def _hurry() -> None:
    """Where a test cannot wait as long as the product: leases and the jobs' patience in its own measure."""
    if seconds := float(os.environ.get(IDLE) or 0):
        messages.IDLE_SECONDS, inbox.LEASE_SECONDS = seconds, seconds * 4  # type: ignore[assignment]


# -- web ---------------------------------------------------------------------------------------------------------
def application() -> Flask:
    """What gunicorn loads."""
    redflags.warm()
    _hurry()
    client = RasaClient(f"http://127.0.0.1:{os.environ[DIALOGUE]}", "key")
    return house(make_engine(os.environ[DATABASE]), dialogue=client)[0]


# -- dialogue ------------------------------------------------------------------------------------------------------
class Gateway(BaseHTTPRequestHandler):
    """The two addresses of connectors/gateway.py."""

    engine: Engine
    key: Callable[[int], str]

    def do_GET(self) -> None:
        self._say({})

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._hand_over(message["metadata"]["inbox"])
        self._say({"messages": [{"text": "问题已经送到医生那里。"}]})

    def _hand_over(self, token: str) -> None:
        ports = ports_of(self.engine)
        person_id, inbox_id = callers.caller(ports, token=token)
        _, text = inbox.text_of(ports, inbox_id=inbox_id)
        facts: dict[str, Any] = {"doctor_id": None, "red_flag": False, "key": type(self).key(inbox_id)}
        consult.ask(ports, person_id=person_id, department_id=DEPARTMENTS[inbox_id % 2], text=text, **facts)
        if inbox_id % int(os.environ[FATAL]) == 0 and self._first_time(inbox_id):
            os.kill(os.getpid(), signal.SIGKILL)

    def _first_time(self, inbox_id: int) -> bool:
        with suppress(sa.exc.IntegrityError), self.engine.begin() as connection:
            connection.execute(died.insert().values(inbox_id=inbox_id))
            return True
        return False

    def _say(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Whoever asked may be dead by now."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


def keyed(inbox_id: int) -> str:
    """A message is one question, however often it is worked on."""
    return f"inbox:{inbox_id}"


def unkeyed(inbox_id: int) -> str:
    """The control's: every try is a question of its own."""
    return f"inbox:{inbox_id}:{time.time_ns()}"


def dialogue() -> None:
    Gateway.engine = make_engine(os.environ[DATABASE])
    Gateway.key = staticmethod(unkeyed if os.environ.get(FAULT) else keyed)
    Server(("127.0.0.1", int(os.environ[DIALOGUE])), Gateway).serve_forever()


# -- jobs ----------------------------------------------------------------------------------------------------------
def jobs() -> None:
    """What bot/jobs does about messages and questions, without a pause for long."""
    engine = make_engine(os.environ[DATABASE])
    client = RasaClient(f"http://127.0.0.1:{os.environ[DIALOGUE]}", "key")
    ports = make_ports(engine, push=Post(engine), rules=RULED, dialogue=client)
    _hurry()
    while True:
        messages.sweep(ports)
        desk_overdue.sweep(ports)
        desk_delivery.remind(ports)
        receipts.apply(ports)
        while notice := outbox.claim_next(ports, worker=f"jobs-{os.getpid()}"):
            ladder.deliver(ports, notice, views.drawn, briefs.of)
        time.sleep(0.2)


# -- keeping them alive ----------------------------------------------------------------------------------------------
@dataclass
class Kept:
    """A process that is started again whenever it ends, as the supervisor does."""

    name: str
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        while not self.over.is_set():
            command = [sys.executable, "-m", "tests.gates.scenes.desk", self.name]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env)
            self.starts += 1
            self.process.wait()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)


@contextmanager
def kept(name: str, database: str, *, fault: str = "") -> Iterator[Kept]:
    """One such process from ready to gone."""
    found = Kept(name, {**os.environ, DATABASE: database, FAULT: fault})
    thread = threading.Thread(target=found.keep)
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        while thread.is_alive():
            found.kill()
            thread.join(0.1)


def wait_for(port: int) -> None:
    """Until somebody listens."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("the dialogue did not open")


if __name__ == "__main__":
    {"dialogue": dialogue, "jobs": jobs}[sys.argv[1]]()
