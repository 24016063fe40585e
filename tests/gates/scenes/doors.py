"""The product's web processes at /wechat on a database of their own; only the dialogue plays a part.

gunicorn's master and workers are started as `peizhen run` starts them, but for `--preload`: a worker that was killed
is back at once, however busy the machine is. The dialogue counts in the database: every
turn that began, and every deed, which is keyed by its message as our services key theirs.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine

from bot.db.base import make_engine
from bot.host.desk import Desk
from bot.ports import Ports, Reply
from bot.services import callers
from bot.triage import redflags
from bot.web.app import create_app
from connectors.simulator.envelope import Envelope
from connectors.wechat.clock import MachineClock
from connectors.wechat.ports import Account
from connectors.wechat.webhook import wechat_blueprint
from tests.factories import make_ports

APP_ID, TOKEN, AES_KEY = "wxgatedoor0000001", "gatetoken", "kD3vPq8sTz1XwYb5NcRfGh2JmLa9UeVo4Si7QtWxEyZ"
ACCOUNT = Account(APP_ID, TOKEN, AES_KEY)
ENVELOPE = Envelope(TOKEN, AES_KEY, APP_ID)
OPENID, ORIGINAL = "o-gate-patient", "gh_gate"
ROOT = Path(__file__).resolve().parents[3]
DATABASE, FAULT = "GATE_DATABASE", "GATE_FAULT"  # what a worker is told by its environment
READY_SECONDS = 60
APPLICATION = "tests.gates.scenes.doors:application()"

counts = sa.MetaData()
turn = sa.Table("gate_turn", counts, sa.Column("id", sa.Integer, primary_key=True), sa.Column("inbox_id", sa.Integer))
deed = sa.Table("gate_deed", counts, sa.Column("inbox_id", sa.Integer, primary_key=True, autoincrement=False))


class Counting:
    """DialoguePort: a turn is noted when it begins; what it does is done once for its message."""

    def __init__(self, engine: Engine, ports: Ports) -> None:
        self._engine, self._ports = engine, ports

    def talk(self, *, conversation: str, text: str, metadata: Mapping[str, Any], fresh: bool, **_: Any) -> list[Reply]:
        _person, inbox_id = callers.caller(self._ports, token=metadata["inbox"])
        with self._engine.begin() as connection:
            connection.execute(turn.insert().values(inbox_id=inbox_id))
        with self._engine.begin() as connection:
            done = connection.execute(sa.select(deed).where(deed.c.inbox_id == inbox_id)).first()
            if done is None:
                connection.execute(deed.insert().values(inbox_id=inbox_id))
        return [{"text": f"听到：{text}"}]


def house(engine: Engine, **options: Any) -> tuple[Flask, Ports]:
    """The web app and its ports around one database, as one worker has them."""
    quiet = make_ports(engine)
    account, clock = options.pop("account", ACCOUNT), options.pop("clock", MachineClock())
    ports = make_ports(engine, dialogue=options.pop("dialogue", None) or Counting(engine, quiet))
    desk = Desk(ports)
    app = create_app(
        ports,
        [wechat_blueprint(account, desk, desk, clock, **options)],
        secret_key="s" * 40,
        demo=True,
        public_url="http://localhost",
        health=dict,
        oauth=None,  # type: ignore[arg-type]
    )
    return app, ports


def application() -> Flask:
    """What gunicorn loads before it forks: nothing is connected yet."""
    if os.environ.get(FAULT):
        from tests.gates.scenes import faults

        getattr(faults, os.environ[FAULT])()
    redflags.warm()  # as bot.web.wsgi does: the rules are read once, before the fork
    return house(make_engine(os.environ[DATABASE]))[0]


@dataclass
class Doors:
    """A running gunicorn."""

    port: int
    process: subprocess.Popen[bytes]

    def workers(self) -> list[int]:
        """Process ids of the workers that live now."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill(self, pid: int) -> None:
        """As the kernel does when memory is short."""
        os.kill(pid, signal.SIGKILL)

    def resident_mb(self) -> float:
        """Memory of the workers."""
        page = os.sysconf("SC_PAGE_SIZE") / 1e6
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in self.workers())


@contextmanager
def doors(
    database: str, *, workers: int, fault: str = "", log: Path | None = None, application: str = APPLICATION
) -> Iterator[Doors]:
    """Web processes at a migrated database, from ready to stopped."""
    engine = make_engine(database)
    counts.create_all(engine)
    engine.dispose()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "bot.web.worker.Worker"),
        *("--logger-class", "bot.web.worker.Log", "--workers", str(workers), "--threads", "56"),
        *(
            "--preload",
            "--bind",
            f"127.0.0.1:{port}",
            "--keep-alive",
            "5",
            "--graceful-timeout",
            "5",
            "--log-level",
            "critical",
        ),
        application,
    ]
    env = {**os.environ, DATABASE: database, FAULT: fault}
    with (log or Path(os.devnull)).open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)
        try:
            found = Doors(port, process)
            _wait(found, workers)
            yield found
        finally:
            process.terminate()
            process.wait(30)


def _wait(found: Doors, workers: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", found.port), timeout=5) as line:
                line.sendall(b"GET /wechat HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if line.recv(12).endswith(b"403") and len(found.workers()) == workers:
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the doors did not open")


def text(words: str, message_id: int, *, openid: str = OPENID, menu_id: str = "") -> bytes:
    """One text of a patient, or with `menu_id` the tap on a quick reply, as it stands inside the envelope."""
    tapped = f"<bizmsgmenuid>{menu_id}</bizmsgmenuid>" if menu_id else ""
    return (
        f"<xml><ToUserName>{ORIGINAL}</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType><Content>{escape(words)}</Content>"
        f"<MsgId>{message_id}</MsgId>{tapped}</xml>"
    ).encode()


def sealed(message: bytes) -> tuple[dict[str, str], bytes]:
    """The query and the body of one post in safe mode."""
    encrypt = ENVELOPE.seal(message)
    query = ENVELOPE.query(openid=OPENID, sealed=encrypt, timestamp=int(time.time()), nonce=secrets.token_hex(8))
    return query, f"<xml><ToUserName>{ORIGINAL}</ToUserName><Encrypt>{encrypt}</Encrypt></xml>".encode()
