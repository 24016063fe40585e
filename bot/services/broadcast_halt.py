"""The stop switch: one press halts every article and notice that is approved or on its way, until somebody lifts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.db.base import insert_new
from bot.db.broadcast import Broadcast, BroadcastHalt
from bot.db.push import Notice
from bot.db.staff import StaffMember
from bot.errors import Refused
from bot.ports import Ports
from bot.services import broadcast_steps as steps
from bot.services.staff import Staff

PRESSES = frozenset({"editor", "operator"})
ON_THEIR_WAY = ("approved", "sending")


@dataclass(frozen=True)
class Halt:
    """The switch as it was pressed."""

    by: str
    at: datetime
    why: str


def standing(ports: Ports) -> Halt | None:
    """Who pressed the switch and why; None = it is not pressed."""
    query = sa.select(StaffMember.name, BroadcastHalt.pressed_at, BroadcastHalt.why)
    query = query.join(StaffMember, StaffMember.id == BroadcastHalt.pressed_by).where(BroadcastHalt.standing)
    with ports.transaction() as session:
        row = session.execute(query).first()
    return Halt(*row) if row is not None else None


def press(ports: Ports, *, staff: Staff, why: str) -> int:
    """Halt everything; gives how many broadcasts it stopped. Pressing twice is pressing once.

    The broadcasts are taken before their notices: a batch that is being written ends first and its notices are seen,
    one that begins later finds its broadcast stopped. Raises BadInput('bad_why'), Refused (role).
    """
    reason, now = steps.reason_of(why), ports.now()
    _must_press(staff)
    with ports.transaction() as session:
        facts = {"pressed_by": staff.id, "pressed_at": now, "why": reason}
        new = insert_new(session, BroadcastHalt, standing=True, **facts)
        stopped = steps.move(session, Broadcast.state.in_(ON_THEIR_WAY), **steps.stopped_as(staff, reason, now))
        steps.drop(session, Notice.kind == steps.KIND)
        if new or stopped:
            steps.note(session, staff, "stop_all", f"all/{stopped}", at=now, reason=reason)
    return stopped


def lift(ports: Ports, *, staff: Staff, why: str) -> bool:
    """Let sending begin again; what was stopped stays stopped. False = the switch was not pressed.

    Raises BadInput('bad_why'), Refused (role).
    """
    reason, now = steps.reason_of(why), ports.now()
    _must_press(staff)
    with ports.transaction() as session:
        values = {"standing": None, "lifted_by": staff.id, "lifted_at": now}
        lifted = steps.update(session, BroadcastHalt, BroadcastHalt.standing, **values) == 1
        if lifted:
            steps.note(session, staff, "lift", "all", at=now, reason=reason)
    return lifted


def _must_press(staff: Staff) -> None:
    if staff.role not in PRESSES:
        raise Refused
