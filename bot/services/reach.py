"""The quota ledger: how many customer messages WeChat still lets us send to one person, and who spends them.

A message of his opens five within 48 hours, a tap three within a minute; each opening starts its count anew. A
conditional UPDATE decides who gets the last one, over all processes. WeChat keeps the same count itself and has the
last word; this one lets us know before a message is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot import clock
from bot.crypto import Crypto
from bot.db.messages import Person
from bot.db.reach import MESSAGES, TAPS, Reach
from bot.ports import Ports

Scene = Literal["message", "tap"]
MESSAGE_SECONDS, TAP_SECONDS = 48 * 3600, 60
KEPT_BACK = 1  # of the five, for words about somebody's safety
TAPPED = frozenset({"click", "scancode_push", "scancode_waitmsg", "subscribe", "scan"})  # events that are a tap
SCENES: tuple[Scene, ...] = ("message", "tap")
FULL: Mapping[Scene, int] = {"message": MESSAGES, "tap": TAPS}

TABLE, PARAM = Reach.__table__, sa.bindparam
WHOSE = sa.select(Person.id).where(Person.openid_hash == PARAM("digest")).scalar_subquery()


def scenes(*, kind: str, event: str, menu_id: str) -> tuple[Scene, ...]:
    """What one message or event opens; a quick reply that was tapped is a message and a tap."""
    if kind == "event":
        return ("tap",) if event in TAPPED else ()
    return ("message", "tap") if menu_id else ("message",)


def opened(session: Session, *, person_id: int, scene: Scene, at: int) -> None:
    """Start a count anew in the caller's transaction; one that a later act has started already stays.

    `at`: Unix seconds by WeChat's clock, where it is possible at all.
    """
    values = {"person": person_id, "at": _possible(at), "now": clock.wire()}
    session.execute(_opening(session.get_bind().dialect.name, scene), values)


def _possible(at: int) -> int:
    """A moment that WeChat cannot have meant counts as now."""
    now = clock.wire_seconds()
    return at if now - MESSAGE_SECONDS <= at <= now else now


@lru_cache(maxsize=4)  # one for each dialect and scene: drawing it up takes longer than running it
def _opening(dialect: str, scene: Scene) -> Any:
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(TABLE)
    start = {f"{scene}_at": PARAM("at"), f"{scene}_left": FULL[scene], "opened_at": PARAM("now")}
    began = TABLE.c[f"{scene}_at"]
    return insert.values(
        **{"message_left": 0, "tap_left": 0, "person_id": PARAM("person"), **start}
    ).on_conflict_do_update(
        index_elements=[TABLE.c.person_id], set_=start, where=sa.or_(began.is_(None), began <= PARAM("at"))
    )


def open_windows(ports: Ports) -> dict[int, int]:
    """Messages left → how many people have so many in their 48 hours."""
    query = sa.select(TABLE.c.message_left, sa.func.count()).where(TABLE.c.message_at > _since("message"))
    with ports.transaction() as session:
        found = {int(left): int(people) for left, people in session.execute(query.group_by(TABLE.c.message_left))}
    return {left: found.get(left, 0) for left in range(MESSAGES + 1)}


class Ledger:
    """The connector's `Quota` over the table `reach`."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Session]], crypto: Crypto) -> None:
        self._transaction, self._crypto = transaction, crypto

    def opened(self, openid: str, scene: Scene, at: int) -> None:
        """For hosts' own acts; a message's opening is written with the message itself. A stranger opens nothing."""
        with self._transaction() as session:
            person_id = session.scalar(sa.select(WHOSE), self._whose(openid))
            if person_id is not None:
                opened(session, person_id=person_id, scene=scene, at=at)

    def take(self, openid: str, *, reserve: bool = False) -> bool:
        """Spend one message, the short count first; False = none is left. The last of the five needs `reserve`."""
        with self._transaction() as session:
            return any(self._spend(session, openid, scene, keep) for scene, keep in _counts(reserve=reserve))

    def give_back(self, openid: str) -> None:
        """WeChat did not take the last message after all."""
        with self._transaction() as session:
            for scene, full in FULL.items():
                left = TABLE.c[f"{scene}_left"]
                undo = {f"{scene}_left": left + 1, "paid": None}
                one = TABLE.update().where(TABLE.c.person_id == WHOSE, TABLE.c.paid == scene, left < full)
                session.execute(one.values(undo), self._whose(openid))

    def left(self, openid: str) -> int:
        """How many would still be taken, the one kept back too."""
        with self._transaction() as session:
            found = session.execute(sa.select(TABLE).where(TABLE.c.person_id == WHOSE), self._whose(openid))
            row = found.mappings().one_or_none()
        return 0 if row is None else sum(_left(row, scene) for scene in SCENES)

    def _spend(self, session: Session, openid: str, scene: Scene, keep: int) -> bool:
        began, left = TABLE.c[f"{scene}_at"], TABLE.c[f"{scene}_left"]
        one = TABLE.update().where(TABLE.c.person_id == WHOSE, began > _since(scene), left > keep)
        return bool(
            session.execute(one.values({f"{scene}_left": left - 1, "paid": scene}), self._whose(openid)).rowcount
        )

    def _whose(self, openid: str) -> dict[str, str]:
        return {"digest": self._crypto.digest("openid", openid)}


def _counts(*, reserve: bool) -> tuple[tuple[Scene, int], ...]:
    return ("tap", 0), ("message", 0 if reserve else KEPT_BACK)


def _since(scene: Scene) -> int:
    """What began before this Unix second is over."""
    return clock.wire_seconds() - (TAP_SECONDS if scene == "tap" else MESSAGE_SECONDS)


def _left(row: Mapping[Any, Any], scene: Scene) -> int:
    began = row[f"{scene}_at"]
    return int(row[f"{scene}_left"]) if began is not None and began > _since(scene) else 0
