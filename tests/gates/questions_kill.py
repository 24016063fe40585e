"""gate-questions-kill: questions to doctors while web, jobs and the dialogue are killed with -9 at random points.

Every patient sends one question, as often as WeChat would try; two doctors claim and answer at the same time. What was
accepted is known from the answers that came back, kept here and not in the product's database. In the end every accepted
question stands once, in exactly one department's list or answered, and no answer was shown twice. Beside the random
kills the dialogue dies at a named point, after its deed and before its answer. The control has questions without the
message's key: those must be there twice.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import argparse
import os
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.db.base import make_engine
from bot.db.consult import Question
from bot.db.messages import Inbox
from bot.db.push import Notice
from bot.errors import Conflict
from bot.ports import Ports
from bot.services import desk, desk_inbox, inbox
from bot.services.staff import Staff
from tests.factories import a_staff
from tests.gates.connector_dedupe import AT_ONCE, FIRST_ID, ROUNDS, database, openid, post
from tests.gates.scenes import desk as scene
from tests.gates.scenes.doors import Doors, doors, text
from tests.system.installation import free_port

WEB, FATAL = 2, 20
PAUSE = 1.0  # seconds between the rounds of one message
STUCK_SECONDS = 90  # without any progress; longer than any lease that a killed process leaves behind
APPLICATION = "tests.gates.scenes.desk:application()"
MARK = re.compile(r"第(\d+)号")
ENDED = ("sent", "unknown", "undelivered", "expired")


@dataclass
class Found:
    """What one run showed; `queues`: how many lists a question stands in, by how many questions."""

    questions: int
    accepted: int = 0
    lost: int = 0
    twice: int = 0
    queues: Counter[int] = field(default_factory=Counter)
    answered: int = 0
    shown_twice: int = 0
    untold: int = 0
    kills: int = 0
    deaths: int = 0
    open: int = 0

    @property
    def clean(self) -> bool:
        astray = sum(many for places, many in self.queues.items() if places != 1)
        return self.accepted > 0 and not (
            self.lost or self.twice or astray or self.shown_twice or self.untold or self.open
        )


def words(number: int) -> str:
    return f"第{number}号提问：膝盖疼了两周，上下楼梯更明显，要不要拍片？"


def ask(port: int, number: int, sent: Callable[[], None]) -> int | None:
    """Send one question as WeChat would; its number once it was accepted."""
    message = text(words(number), FIRST_ID + number, openid=openid(number))
    sent()
    for _ in range(ROUNDS * 3):
        if post(port, message) is not None:
            return number
        time.sleep(PAUSE)
    return None


@dataclass
class Killer:
    """Kills one of the parts whenever so many questions were sent as its points say."""

    points: list[int]
    parts: list[Callable[[], None]]
    sent: int = 0
    kills: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> None:
        with self.lock:
            self.sent += 1
            due = self.points.count(self.sent)
            self.kills += due
        for _ in range(due):
            self.parts[random.Random(self.sent).randrange(len(self.parts))]()


def _kill_web(found: Doors) -> None:
    alive = found.workers()
    if alive:
        with suppress(ProcessLookupError):
            found.kill(random.Random(len(alive)).choice(alive))


@contextmanager
def answering(ports: Ports, doctors: list[Staff]) -> Iterator[None]:
    """Doctors who take what stands on top of their list, two of each department at once."""
    over = threading.Event()

    def run(doctor: Staff) -> None:
        while not over.wait(0.5):
            for line in desk_inbox.inbox(ports, staff=doctor)[:2]:
                with suppress(Conflict):
                    desk.claim(ports, staff=doctor, ref=line.ref)
                    desk.answer(ports, staff=doctor, ref=line.ref, text="先不用拍片，少爬楼梯。")

    threads = [threading.Thread(target=run, args=(doctor,)) for doctor in doctors]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def run(
    url: str, questions: int, *, kills: int, fault: str = "", seed: int = 6, fatal: int = FATAL, web_too: bool = True
) -> Found:
    """One run on a migrated database of its own. `fatal`: at every so many-th message the dialogue dies once.

    Without `web_too` the web processes live: the rows of one that was killed are leased for a minute.
    """
    engine = make_engine(url)
    scene.scene.create_all(engine)
    ports = scene.ports_of(engine)
    doctors = [a_staff(ports, department_id=place) for place in scene.DEPARTMENTS for _ in range(2)]
    os.environ |= {scene.DIALOGUE: str(free_port()), scene.FATAL: str(fatal)}
    points = sorted(random.Random(seed).choices(range(1, questions + 1), k=kills))
    with (
        scene.kept("dialogue", url, fault=fault) as talking,
        scene.kept("jobs", url) as working,
        doors(url, workers=WEB, application=APPLICATION) as web,
    ):
        scene.wait_for(int(os.environ[scene.DIALOGUE]))
        parts = [talking.kill, working.kill, *([lambda: _kill_web(web)] if web_too else [])]
        killer = Killer(points, parts)
        with ThreadPoolExecutor(AT_ONCE) as senders, answering(ports, doctors[: 0 if fault else None]):
            numbers = list(senders.map(lambda n: ask(web.port, n, killer.count), range(questions)))
            _settle(engine)
        open_ = _settle(engine)
    found = _counted(ports, engine, doctors, {n for n in numbers if n is not None}, questions)
    found.kills, found.open = killer.kills, open_
    engine.dispose()
    return found


def _settle(engine: sa.engine.Engine) -> int:
    """Wait until no message and no notice is under way, or nothing has moved for long; gives how many messages are."""
    left, moved = _under_way(engine), time.monotonic()
    while sum(left) and time.monotonic() < moved + STUCK_SECONDS:
        time.sleep(0.5)
        now = _under_way(engine)
        if now != left:
            left, moved = now, time.monotonic()
    return left[0]


def _under_way(engine: sa.engine.Engine) -> tuple[int, int]:
    """(messages, notices) that have not come to their end."""
    with engine.connect() as connection:
        open_ = sa.select(sa.func.count()).where(Inbox.state.in_((*inbox.OPEN, "answered")))
        due = sa.select(sa.func.count()).where(Notice.state.notin_(ENDED))
        return int(connection.scalar(open_)), int(connection.scalar(due))


def _counted(ports: Ports, engine: sa.engine.Engine, doctors: list[Staff], accepted: set[int], questions: int) -> Found:
    """Compare what was accepted with what stands in the lists, was answered, and was shown."""
    with ports.transaction() as session:
        rows = session.scalars(sa.select(Question)).all()
    number_of = {row.ref: _number(ports.crypto.open(row.text_sealed)) for row in rows}
    kept, answered = Counter(number_of.values()), {number_of[row.ref] for row in rows if row.state == "answered"}
    places = Counter(dict.fromkeys(answered, 1))
    for doctor in doctors[::2]:  # one of each department
        places.update(number_of[ref] for ref in set(_listed(ports, doctor)))
    with engine.connect() as connection:
        told = Counter(
            _number(said) for said in connection.scalars(sa.select(scene.pushed.c.text)) if "有回答了" in said
        )
        notices = sa.select(sa.func.count()).where(Notice.kind == "answer", Notice.state.in_(ENDED))
        ended, deaths = connection.scalar(notices), connection.scalar(sa.select(sa.func.count(scene.died.c.inbox_id)))
    return Found(
        questions=questions,
        accepted=len(accepted),
        lost=sum(not kept[number] for number in accepted),
        twice=sum(many > 1 for many in kept.values()),
        queues=Counter(places[number] for number in kept),
        answered=len(answered),
        shown_twice=sum(many > 1 for many in told.values()),
        untold=sum(1 for row in rows if row.state == "answered") - int(ended or 0),
        deaths=int(deaths or 0),
    )


def _listed(ports: Ports, doctor: Staff) -> Iterator[str]:
    """Every question on every page of a doctor's list."""
    number, pages = 1, 1
    while number <= pages:
        found = desk_inbox.page(ports, staff=doctor, wanted=desk_inbox.Wanted(page=number))
        pages, number = found.pages, number + 1
        yield from (line.ref for line in found.lines)


def _number(said: str) -> int:
    found = MARK.search(said)
    return int(found[1]) if found else -1


def prove(questions: int, kills: int, control: int) -> tuple[Found, Found]:
    """Guarded and unguarded, each on its own server."""
    with database() as url:
        guarded = run(url, questions, kills=kills)
    with database() as url:
        unguarded = run(url, control, kills=0, fault="unkeyed")
    return guarded, unguarded


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--questions", type=int, default=1000)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--control", type=int, default=60, help="questions of the control")
    chosen = options.parse_args()
    found, control = prove(chosen.questions, chosen.kills, chosen.control)
    for name, one in (("killed", found), ("without the key", control)):
        print(f"{name:16} {one}")
    good = found.clean and found.kills == chosen.kills and control.twice > 0 and not control.clean
    print(
        f"questions-kill: questions={chosen.questions} accepted={found.accepted} kills={found.kills}"
        f" deaths_at_the_named_point={found.deaths} lost={found.lost} under_way={found.open} twice={found.twice}"
        f" in_one_queue={found.queues[1]} answered={found.answered} answers_shown_twice={found.shown_twice}"
        f" answers_untold={found.untold} control={control.twice}/{control.questions}_there_twice {'OK' if good else 'FAIL'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
