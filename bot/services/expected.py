"""When a patient will be called: our own estimate where something is behind it, else the hospital's word, else none."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from bot.db.booking import Booking as Row
from bot.errors import HisRefused, HisUnavailable
from bot.his.port import QueueState, Slot
from bot.ports import Ports
from bot.services import pace, waiting
from bot.services.booking import Booking
from bot.services.waiting import Line, Wait

WAITS = frozenset({"booked", "waiting"})

log = logging.getLogger(__name__)


def asked(ports: Ports, appointment_id: str) -> QueueState:
    """The hospital's word on one appointment. Raises HisRefused and HisUnavailable, also for another's place."""
    state = ports.his.queue(appointment_id)
    if state.appointment_id != appointment_id:
        log.error("the HIS answered a queue with another appointment's")
        raise HisUnavailable
    return state


def half_hour(ports: Ports, slot_id: str) -> Slot:
    """The half hour of a booking. Raises HisUnavailable, also when the hospital does not know its own."""
    try:
        return ports.his.slot(slot_id)
    except HisRefused:
        raise HisUnavailable from None


def minutes(ports: Ports, *, held: Booking, state: QueueState) -> tuple[int, int] | tuple[None, None]:
    """From now until this number is called, at the earliest and at the latest; None = nobody can tell."""
    if state.state not in WAITS:
        return 0, 0
    wait = _ours(ports, held, state)
    return (wait.low, wait.high) if wait else _his(state)


def wait(ports: Ports, *, held: Booking, state: QueueState) -> Wait | None:
    """The same with its middle, for reminders; the hospital's word has its middle halfway."""
    ours = _ours(ports, held, state)
    low, high = _his(state)
    return ours if ours or low is None or high is None else Wait(low, (low + high) // 2, high)


def _his(state: QueueState) -> tuple[int, int] | tuple[None, None]:
    return (state.minutes_low, state.minutes_high) if state.minutes_high else (None, None)


def _ours(ports: Ports, held: Booking, state: QueueState) -> Wait | None:
    """Our estimate; None when it knows nothing that the hospital does not, or the hospital does not tell its calls."""
    try:
        line = _line(ports, held, state)
    except (HisRefused, HisUnavailable):
        return None
    planned = (held.end - held.start).total_seconds() / 60 / max(line.capacity, 1)
    with ports.transaction() as session:
        half = pace.period(held.start)
        habit = pace.habit(session, doctor_id=held.doctor_id, half=half, planned_minutes=planned)
    return waiting.estimate(habit, line) if waiting.knows(habit, line) or not state.minutes_high else None


def _line(ports: Ports, held: Booking, state: QueueState) -> Line:
    with ports.transaction() as session:
        slot_id = session.scalar(sa.select(Row.slot_id).where(Row.ref == held.ref))
    slot = half_hour(ports, slot_id)
    return Line(
        now=ports.now(),
        ahead=state.ahead,
        calls=ports.his.calls(session_id=slot.session_id),
        slot_start=held.start,
        capacity=slot.capacity,
        early=float(ports.rules["called_early_minutes"]),
    )
