"""Today's queues: where one stands, for how long about, and reporting that one is here (报到)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.base import insert_new
from bot.db.booking import Booking as Row
from bot.db.queue import CheckIn
from bot.errors import HisRefused, HisUnavailable, NotFound, Refused
from bot.his.port import QueueState
from bot.ports import Ports
from bot.services import access, arrival, booking, expected, offered, privacy
from bot.services.arrival import Where
from bot.services.booking import Booking
from bot.services.expected import asked

ENDED = frozenset({"done", "cancelled", "stopped"})
HIS_WORDS = {  # its refusals that have words of ours
    **{code: code for code in ("not_today", "too_early", "not_queued")},
    "too_late": "check_in_too_late",
    "not_offered": "queue_on_screen",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """One of today's bookings in its queue; `calling` None before the session opens.

    `minutes_low`..`minutes_high` is the time until the call; None where nobody can tell. `check_in_until` = who reports
    later is too late, None = he is here, or it matters no more.
    """

    booking: Booking
    number: int
    calling: int | None
    ahead: int
    minutes_low: int | None
    minutes_high: int | None
    state: str
    room: str
    arrived: bool
    check_in_until: datetime | None

    @property
    def may_check_in(self) -> bool:
        """Whether reporting would change anything: not here yet, or here again after a missed call."""
        return self.state == "missed" or (not self.arrived and self.state not in ENDED)


@dataclass(frozen=True)
class CheckedIn:
    """What came of reporting. `outcome`: here | again (was here already) | back (in the queue after a missed call)."""

    place: Place
    outcome: str


@access.reads("queue.look", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Place]:
    """The queues of all this person's cards today, earliest first.

    Raises HisUnavailable; Refused('queue_on_screen') when none of their hospitals has connected its queue.
    """
    standing = booking.standing(ports, person_id=person_id, day=clock.local(ports.now()).date())
    try:
        return offered.gathered(_looked_up(ports, held, appointment_id) for held, appointment_id in standing)
    except HisRefused:
        raise Refused("queue_on_screen") from None


@access.reads("queue.look", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Place:
    """One booking's place. Raises NotFound, the same for another person's; Refused('not_queued'), HisUnavailable."""
    held = booking.one(ports, person_id=person_id, ref=ref)
    return _place(ports, held, _standing(ports, held))


@access.acts("queue.check_in", why="own")
def check_in(ports: Ports, *, person_id: int, ref: str, key: str, where: Where | None = None) -> CheckedIn:
    """Report that the patient of this booking is here; the same key gives the first outcome again.

    `where` = the proof that comes with it; None = one given shortly before. Raises NotFound; Refused('not_queued' |
    'not_today' | 'too_early' | 'check_in_too_late' | 'queue_on_screen' | 'too_far' | 'not_here' | 'wrong_place');
    HisUnavailable.
    """
    held = booking.one(ports, person_id=person_id, ref=ref)
    earlier = _reported(ports, person_id, key)
    if earlier is not None:
        return CheckedIn(_place(ports, held, _standing(ports, held)), earlier)
    _in_time(ports, held)
    before = _standing(ports, held)
    if ports.now() > _until(ports, held, before):
        raise Refused("check_in_too_late")
    _at_the_right_door(ports, person_id, held, where)
    state = _check_in_at_his(ports, before.appointment_id, key)
    outcome = "back" if before.state == "missed" else "again" if before.arrived else "here"
    _write(ports, person_id, held, key, outcome)
    return CheckedIn(_place(ports, held, state), outcome)


def _looked_up(ports: Ports, held: Booking, appointment_id: str) -> Callable[[], list[Place]]:
    """Asks for one place; none when the desk has taken it out of the queue."""

    def ask() -> list[Place]:
        try:
            return [_place(ports, held, asked(ports, appointment_id))]
        except HisRefused as refusal:
            if refusal.code == offered.NOT_OFFERED:
                raise
            return []

    return ask


def _place(ports: Ports, held: Booking, state: QueueState) -> Place:
    low, high = expected.minutes(ports, held=held, state=state)
    return Place(
        booking=held,
        number=state.number,
        calling=state.calling,
        ahead=state.ahead,
        minutes_low=low,
        minutes_high=high,
        state=state.state,
        room=state.room or held.room,
        arrived=state.arrived,
        check_in_until=None if state.arrived and state.state != "missed" else _until(ports, held, state),
    )


def _until(ports: Ports, held: Booking, state: QueueState) -> datetime:
    """The hospital's own word on who is late; our rule where it has none."""
    return state.check_in_until or held.end + timedelta(minutes=ports.rules["late_tolerance_minutes"])


def _standing(ports: Ports, held: Booking) -> QueueState:
    """The hospital's word on one booking. Raises Refused('not_queued' | 'queue_on_screen')."""
    with ports.transaction() as session:
        query = sa.select(Row.appointment_id).where(Row.ref == held.ref, Row.state == "booked")
        appointment_id = session.scalar(query)
    try:
        state = asked(ports, appointment_id) if appointment_id else None
    except HisRefused as refusal:
        if refusal.code == offered.NOT_OFFERED:
            raise Refused("queue_on_screen") from None
        state = None
    if state is None:
        raise Refused("not_queued")
    return state


def _reported(ports: Ports, person_id: int, key: str) -> str | None:
    """The outcome of an earlier run of this very act. Raises NotFound when it was another person's."""
    with ports.transaction() as session:
        found = session.execute(sa.select(CheckIn.person_id, CheckIn.outcome).where(CheckIn.key == key)).first()
    if found is not None and found.person_id != person_id:
        raise NotFound
    return found.outcome if found else None


def _in_time(ports: Ports, held: Booking) -> None:
    now, rules = ports.now(), ports.rules
    if held.state != "booked":
        raise Refused("not_queued")
    if held.day != clock.local(now).date():
        raise Refused("not_today")
    if now < held.start - timedelta(minutes=rules["check_in_from_minutes"]):
        raise Refused("too_early", minutes=rules["check_in_from_minutes"])


def _at_the_right_door(ports: Ports, person_id: int, held: Booking, where: Where | None) -> None:
    if where is not None:
        arrival.prove(ports, person_id=person_id, where=where)
    with ports.transaction() as session:
        scene = arrival.proved(ports, session, person_id=person_id)
        slot_id = session.scalar(sa.select(Row.slot_id).where(Row.ref == held.ref))
    if scene in {arrival.ANYWHERE, held.department_id}:
        return
    if scene != expected.half_hour(ports, slot_id).session_id:
        raise Refused("wrong_place")


def _check_in_at_his(ports: Ports, appointment_id: str, key: str) -> QueueState:
    try:
        state = ports.his.check_in(appointment_id=appointment_id, key=key)
    except HisRefused as refusal:
        code = HIS_WORDS.get(refusal.code, "not_queued")
        raise Refused(code, minutes=ports.rules["check_in_from_minutes"]) from None
    if state.appointment_id != appointment_id:
        log.error("the HIS checked in another appointment")
        raise HisUnavailable
    return state


def _write(ports: Ports, person_id: int, held: Booking, key: str, outcome: str) -> None:
    at: Any = ports.now()
    with ports.transaction() as session:
        row = session.execute(sa.select(Row.id, Row.patient_id).where(Row.ref == held.ref)).one()
        facts = {"booking_id": row.id, "person_id": person_id, "outcome": outcome, "at": at}
        if insert_new(session, CheckIn, key=key, **facts):
            privacy.audit(
                session,
                actor_kind="person",
                actor_id=person_id,
                action="queue.check_in",
                subject=f"{row.patient_id}/{held.ref}",
                reason=outcome,
                at=at,
            )
