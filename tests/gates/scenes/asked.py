"""What became of the questions that patients were told are there: in lists, answered, shown."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.db.consult import Question
from bot.db.messages import Inbox
from bot.db.push import Notice
from bot.ports import Ports
from bot.services import desk_inbox, inbox
from bot.services.staff import Staff

MARK = re.compile(r"第(\d+)号")
ANSWERED = "有回答了"  # what a patient reads above the doctor's words
ENDED = ("sent", "unknown", "undelivered", "expired", "held")  # held: until the patient writes again


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
    killed: dict[str, int] = field(default_factory=dict)  # by part, deaths at the named point among them
    messages: int = 0  # that patients sent

    @property
    def clean(self) -> bool:
        astray = sum(many for places, many in self.queues.items() if places != 1)
        return self.accepted > 0 and not (
            self.lost or self.twice or astray or self.shown_twice or self.untold or self.open
        )


def settle(engine: sa.engine.Engine, stuck_seconds: float) -> int:
    """Wait until no message and no notice is under way, or nothing has moved for long; gives how many messages are."""
    left, moved = _under_way(engine), time.monotonic()
    while sum(left) and time.monotonic() < moved + stuck_seconds:
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


def counted(ports: Ports, doctors: Iterable[Staff], *, accepted: set[int], shown: Iterable[str], **more: int) -> Found:
    """Compare what was accepted with what stands in the lists, was answered, and was shown.

    `doctors`: one of each department. `shown`: every message that any patient has on his phone.
    """
    with ports.transaction() as session:
        rows = session.scalars(sa.select(Question)).all()
        ended = sa.select(sa.func.count()).where(Notice.kind == "answer", Notice.state.in_(ENDED))
        told_of = int(session.scalar(ended) or 0)
    number_of = {row.ref: number(ports.crypto.open(row.text_sealed)) for row in rows}
    kept, answered = Counter(number_of.values()), {number_of[row.ref] for row in rows if row.state == "answered"}
    places = Counter(dict.fromkeys(answered, 1))
    for doctor in doctors:
        places.update(number_of[ref] for ref in set(_listed(ports, doctor)))
    told = Counter(number(said) for said in shown if ANSWERED in said)
    return Found(
        accepted=len(accepted),
        lost=sum(not kept[one] for one in accepted),
        twice=sum(many > 1 for many in kept.values()),
        queues=Counter(places[one] for one in kept),
        answered=len(answered),
        shown_twice=sum(many > 1 for many in told.values()),
        untold=sum(1 for row in rows if row.state == "answered") - told_of,
        **more,
    )


def _listed(ports: Ports, doctor: Staff) -> Iterator[str]:
    """Every question on every page of a doctor's list."""
    page, pages = 1, 1
    while page <= pages:
        found = desk_inbox.page(ports, staff=doctor, wanted=desk_inbox.Wanted(page=page))
        pages, page = found.pages, page + 1
        yield from (line.ref for line in found.lines)


def number(said: str) -> int:
    """Whose question it is; -1 = nobody's."""
    found = MARK.search(said)
    return int(found[1]) if found else -1
