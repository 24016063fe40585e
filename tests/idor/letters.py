"""Broadcasts for the staff's doors, one for each door that takes something away, and one that went to each patient."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.db.broadcast import Broadcast
from bot.ports import Ports
from bot.push import outbox
from bot.services import broadcast_steps as steps
from tests.services.broadcasts import ALL_TICKED, Desk

FAMILIES = ("broadcast", "discardable", "article", "proposed", "returned", "sending")
MEANT: dict[str, Any] = {"=ticked": ALL_TICKED}
NONE = "n_0000000000"


class Letters:
    """Written by people who ask at no door."""

    def __init__(self, ports: Ports) -> None:
        self.ports, self.desk = ports, Desk(ports)

    def for_staff(self) -> dict[str, str]:
        """References by family."""
        desk = self.desk
        made = {"article": desk.draft("mass"), "sending": desk.approved()}
        made |= {family: desk.draft() for family in ("broadcast", "discardable")}
        made |= {family: desk.proposed() for family in ("proposed", "returned")}
        return {family: one.ref for family, one in made.items()}

    def told(self, person_id: int) -> str:
        """A notice that went to one person alone."""
        ref, now = self.desk.approved().ref, self.ports.now()
        with self.ports.transaction() as session:
            session.execute(sa.update(Broadcast).where(Broadcast.ref == ref).values(state="sent", look_at=None))
            facts = {"crypto": self.ports.crypto, "person_id": person_id, "kind": steps.KIND, "due_at": now}
            payload = {"view": "broadcast", "ref": ref}
            outbox.enqueue(session, **facts, payload=payload, dedupe_key=steps.notice_key(ref, person_id))
        return ref

    def version(self, ref: str) -> str:
        """The version that a form of this broadcast would carry."""
        with self.ports.transaction() as session:
            return str(session.scalar(sa.select(Broadcast.version).where(Broadcast.ref == ref)) or 1)
