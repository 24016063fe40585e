"""Where one stands in today's queues."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot import clock
from bot.errors import HisRefused, HisUnavailable
from bot.his.port import QueueState
from bot.ports import Ports
from bot.services import access, booking
from bot.services.booking import Booking

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """One of today's bookings in its queue; `calling` None before the session opens, minutes as a range."""

    booking: Booking
    number: int
    calling: int | None
    ahead: int
    minutes_low: int
    minutes_high: int
    state: str
    room: str


@access.reads("queue.look", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Place]:
    """The queues of all this person's cards today, earliest first. Raises HisUnavailable."""
    today = clock.local(ports.now()).date()
    places = []
    for held, appointment_id in booking.standing(ports, person_id=person_id, day=today):
        try:
            state = ports.his.queue(appointment_id)
        except HisRefused:
            continue  # the desk has taken it out of the queue
        if state.appointment_id != appointment_id:
            log.error("the HIS answered a queue with another appointment's")
            raise HisUnavailable
        places.append(_place(held, state))
    return places


def _place(held: Booking, state: QueueState) -> Place:
    return Place(
        booking=held,
        number=state.number,
        calling=state.calling,
        ahead=state.ahead,
        minutes_low=state.minutes_low,
        minutes_high=state.minutes_high,
        state=state.state,
        room=state.room or held.room,
    )
