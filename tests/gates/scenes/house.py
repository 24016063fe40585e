"""The whole product around one PostgreSQL, as `peizhen run` starts and keeps it, and ways to kill its parts.

Nothing of it is a double but WeChat: web, rasa with the trained model, the action server and the jobs are processes of
their own under the product's supervisor.
"""

from __future__ import annotations

import os
import random
import select
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bot import settings, wiring
from bot.db.base import make_engine
from bot.ports import Ports
from tests.gates.scenes.account import Account
from tests.gates.scenes.doors import AES_KEY, APP_ID, TOKEN
from tests.system.installation import Installation

PARTS = ("web", "jobs", "rasa", "actions")
BACK_SECONDS = 120  # a part that was killed lives again by then
AT_THE_NAMED_POINT = ("actions", "rasa")  # who dies there, in turn
ASKED = """
CREATE FUNCTION gate_asked() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('gate_asked', NEW.id::text); RETURN NEW; END $$;
CREATE TRIGGER gate_asked AFTER INSERT ON question FOR EACH ROW EXECUTE FUNCTION gate_asked();
"""


@dataclass
class House:
    """A running installation; `ports` are this process's own to it, as a console's are."""

    installation: Installation
    ports: Ports
    engine: sa.engine.Engine
    killed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kill(self, part: str) -> None:
        """One process of this part, as the kernel does when memory is short; one that is just starting too."""
        until = time.monotonic() + BACK_SECONDS
        while time.monotonic() < until:
            alive = self.installation.children()[part]
            if alive and self.kill_one(part, random.Random(sum(alive)).choice(alive)):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{part} did not come back")

    def kill_one(self, part: str, pid: int) -> bool:
        """Whether there was such a process to kill."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            with self._lock:
                self.killed[part] += 1
            return True
        return False

    def killers(self) -> list[Callable[[], None]]:
        """One for each part."""
        return [lambda part=part: self.kill(part) for part in PARTS]  # type: ignore[misc]


@contextmanager
def house(server: Callable[[str], str], account: Account) -> Iterator[House]:
    """The product on three databases of this server, from ready to stopped."""
    with make_engine(server("postgres")).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("peizhen", "hospital", "tracker"):
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    wechat = {"WECHAT_APP_ID": APP_ID, "WECHAT_TOKEN": TOKEN, "WECHAT_ENCODING_AES_KEY": AES_KEY}
    kept = {"PEIZHEN_DATABASE_URL": server("peizhen"), "PEIZHEN_RASA_DATABASE_URL": server("tracker")}
    kept |= {"PEIZHEN_HIS_URL": server("hospital"), "WECHAT_API_BASE": account.serving.url}
    with tempfile.TemporaryDirectory(prefix="peizhen-gate-") as var:
        installation = Installation(Path(var), **wechat, **kept).start()
        os.environ["PEIZHEN_VAR"] = var  # where the hospital's clock stands
        engine = make_engine(server("peizhen"))
        try:
            yield House(installation, wiring.build(settings.load(installation.env)), engine)
        finally:
            engine.dispose()
            installation.stop()


@contextmanager
def dying_after_the_deed(found: House, every: int) -> Iterator[list[str]]:
    """At every so many-th question the dialogue dies the moment that it stands in the database; gives who died."""
    died: list[str] = []
    over = threading.Event()
    with found.engine.begin() as connection:
        connection.execute(sa.text(ASKED))
    raw = found.engine.raw_connection()
    raw.set_isolation_level(0)  # heard as soon as it is said
    raw.cursor().execute("LISTEN gate_asked")
    thread = threading.Thread(target=_listen, args=(raw, found, every, died, over))
    thread.start()
    try:
        yield died
    finally:
        over.set()
        thread.join()
        raw.detach()
        raw.close()


def _listen(raw: object, found: House, every: int, died: list[str], over: threading.Event) -> None:
    """Who is to die next is looked up before, so that he dies within a millisecond or two."""
    heard, looked_at, pids = 0, 0.0, {}
    while not over.is_set():
        if time.monotonic() > looked_at + 1:
            pids, looked_at = found.installation.children(), time.monotonic()
        if not select.select([raw], [], [], 0.2)[0]:
            continue
        raw.poll()
        for _ in range(len(raw.notifies)):
            raw.notifies.pop()
            heard += 1
            part = AT_THE_NAMED_POINT[len(died) % 2]
            if heard % every == 0 and any(found.kill_one(part, pid) for pid in pids[part]):
                died.append(part)
                looked_at = 0.0
