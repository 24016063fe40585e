"""gate-connector-dedupe: every message comes three times at once to three web processes, and is done once.

First the processes live, then one of them is killed every two seconds (`--kill-every`) and the rest is swept as the
jobs do. What is delivered is what WeChat would try: an attempt that breaks off is made again, three rounds at most.
The control has no unique key on the inbox and must do messages more than once.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import http.client
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa

from bot.db.base import make_engine
from bot.db.messages import Inbox, Person
from bot.db.migrate import upgrade
from bot.ports import Ports
from bot.services import inbox, messages
from tests.gates.scenes.doors import ENVELOPE, Doors, deed, doors, house, sealed, text, turn
from tests.servers import postgresql

WORKERS, ATTEMPTS, ROUNDS = 3, 3, 3
FIRST_ID = 7_000_000_000
PAUSE = 5  # seconds between rounds, as WeChat makes
AT_ONCE = 8  # messages under way; three attempts each stay below the places of three desks
SWEEP_SECONDS = 90  # longer than a lease, which a killed process leaves behind
DONE = sa.select(Person.openid_hash).join_from(deed, Inbox, Inbox.id == deed.c.inbox_id).join(Person)
LATE = sa.select(Person.openid_hash).join(Inbox).where(Inbox.channel == "late")
UNIQUE = "ALTER TABLE inbox DROP CONSTRAINT uq_inbox_dedupe_key"


@dataclass
class Found:
    """What one run showed.

    A message whose every attempt broke off is `later` when its answer left as a customer message, else `unheard`.
    """

    messages: int
    deeds: Counter[int]  # how often a message was done, by how many messages
    turns: int
    open: int
    unheard: int
    later: int
    differing: int
    passive: int
    kills: int = 0

    @property
    def clean(self) -> bool:
        """Everything done once, everything answered, all attempts alike."""
        once = self.deeds == Counter({1: self.messages})
        return once and not (self.open or self.unheard or self.differing)


def openid(number: int) -> str:
    """Every message has a patient of its own, by whom it is told apart."""
    return f"o-gate-{number}"


def deliver(port: int, number: int) -> list[bytes]:
    """All attempts of one message at once, as often as WeChat would; the bodies that came back with 200."""
    message = text("挂号", FIRST_ID + number, openid=openid(number))
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(ATTEMPTS) as attempts:
            bodies = [b for b in attempts.map(lambda _: post(port, message), range(ATTEMPTS)) if b is not None]
        if bodies:
            return bodies
        time.sleep(PAUSE)
    return []


def post(port: int, message: bytes) -> bytes | None:
    """One attempt; None = the line broke, or no 200."""
    query, body = sealed(message)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("POST", f"/wechat?{urlencode(query)}", body, {"Content-Type": "text/xml"})
        answer = line.getresponse()
        found = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()
    return found if answer.status == http.client.OK else None


@contextmanager
def killing(found: Doors, every: float) -> Iterator[list[int]]:
    """Kill one worker after the other; gives who was killed."""
    killed: list[int] = []
    over = threading.Event()

    def run() -> None:
        while not over.wait(every):
            alive = found.workers()
            if alive:
                killed.append(random.Random(len(killed)).choice(alive))
                found.kill(killed[-1])

    thread = threading.Thread(target=run)
    if every:
        thread.start()
    try:
        yield killed
    finally:
        over.set()
        if every:
            thread.join()


def run(database: str, numbers: range, *, kill_every: float = 0) -> Found:
    """Open the doors, deliver these messages and count what was done."""
    with doors(database, workers=WORKERS) as found:
        return storm(found, database, numbers, kill_every=kill_every)


def storm(found: Doors, database: str, numbers: range, *, kill_every: float = 0) -> Found:
    """The same at doors that are open."""
    with ThreadPoolExecutor(AT_ONCE) as senders, killing(found, kill_every) as killed:
        bodies = list(senders.map(lambda n: deliver(found.port, n), numbers))
    return _counted(database, dict(zip(numbers, bodies, strict=True)), kills=len(killed))


def _counted(database: str, bodies: Mapping[int, list[bytes]], *, kills: int) -> Found:
    engine = make_engine(database)
    _app, ports = house(engine)
    if kills:
        _sweep(engine, ports)
    numbers = {ports.crypto.digest("openid", openid(n)): n for n in bodies}
    with engine.connect() as connection:
        done = Counter(numbers.get(digest) for digest in connection.execute(DONE).scalars())
        late = {numbers.get(digest) for digest in connection.execute(LATE).scalars()}
        turns = connection.scalar(sa.select(sa.func.count()).select_from(turn))
    waiting, broken = _open(engine), {n for n, got in bodies.items() if not got}
    engine.dispose()
    return Found(
        messages=len(bodies),
        deeds=Counter(done[n] for n in bodies),
        turns=turns,
        open=waiting,
        unheard=len(broken - late),
        later=len(broken & late),
        differing=sum(not _alike(got) for got in bodies.values()),
        passive=sum(any(b != b"success" for b in got) for got in bodies.values()),
        kills=kills,
    )


def _sweep(engine: sa.engine.Engine, ports: Ports) -> None:
    """What the jobs do with rows whose worker is gone."""
    until = time.monotonic() + SWEEP_SECONDS
    while _open(engine) and time.monotonic() < until:
        messages.sweep(ports, limit=1000)
        time.sleep(0.5)


def _open(engine: sa.engine.Engine) -> int:
    """Rows whose answer has not left yet."""
    with engine.connect() as connection:
        query = sa.select(sa.func.count()).where(Inbox.state.in_((*inbox.OPEN, "answered")))
        return int(connection.scalar(query))


def _alike(bodies: list[bytes]) -> bool:
    """Whether every attempt got the same bytes, and WeChat could read them."""
    said = set(bodies)
    return len(said) <= 1 and all(ENVELOPE.open_reply(body).findtext("Content") for body in said - {b"success"})


@contextmanager
def database() -> Iterator[str]:
    """A migrated PostgreSQL database on a server of its own."""
    with postgresql() as url:
        upgrade(url("postgres"))
        yield url("postgres")


def unguarded(url: str) -> None:
    """Take the unique key away."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(UNIQUE)
    engine.dispose()


def prove(count: int, control_count: int, kill_every: float) -> tuple[Found, Found, Found]:
    """Living, killed and unguarded, each on its own server."""
    with database() as url:
        living = run(url, range(count))
    with database() as url:
        killed = run(url, range(count), kill_every=kill_every)
    with database() as url:
        unguarded(url)
        control = run(url, range(control_count))
    return living, killed, control


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=2000)
    options.add_argument("--control", type=int, default=200, help="messages of the control")
    options.add_argument("--kill-every", type=float, default=2.0, help="seconds")
    chosen = options.parse_args()
    living, killed, control = prove(chosen.messages, chosen.control, chosen.kill_every)
    for name, found in (("living", living), ("killed", killed), ("without the key", control)):
        print(f"{name:16} {found}")
    doubled = control.messages - control.deeds[1]
    good = living.clean and living.turns == chosen.messages and killed.clean and killed.kills > 0 and doubled > 0
    print(
        f"connector-dedupe: messages={chosen.messages} attempts={ATTEMPTS} processes={WORKERS}"
        f" executions={sum(n * many for n, many in living.deeds.items())} turns={living.turns}"
        f" differing={living.differing} killed_executions={sum(n * many for n, many in killed.deeds.items())}"
        f" killed_turns={killed.turns} kills={killed.kills} killed_twice={sum(killed.deeds[n] for n in killed.deeds if n > 1)}"
        f" killed_lost={killed.deeds[0] + killed.open + killed.unheard} killed_later={killed.later} killed_differing={killed.differing}"
        f" control={doubled}/{control.messages}_done_again {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
