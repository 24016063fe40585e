"""What a holder may still do with a number: give it back, move it."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import Refused
from bot.ports import Ports
from bot.services import limits
from bot.services.booking_asking import MOVABLE
from bot.services.booking_reading import Booking, one

GIVEN_BACK = frozenset({"booked", "unpaid"})  # states of a number that its holder can cancel


def check_cancel(ports: Ports, *, person_id: int, ref: str) -> None:
    """Raises what `booking.cancel` would refuse now: NotFound, Refused('cancel_too_late', until_minutes)."""
    _in_time(ports, one(ports, person_id=person_id, ref=ref))


def check_move(ports: Ports, *, person_id: int, ref: str) -> None:
    """Raises what `booking.reschedule` would refuse whatever the new half hour: NotFound, Refused as there."""
    _movable(ports, one(ports, person_id=person_id, ref=ref))


def can_cancel(ports: Ports, made: Booking) -> bool:
    """Whether there is any use in offering it."""
    return made.state in GIVEN_BACK and _allowed(_in_time, ports, made)


def can_move(ports: Ports, made: Booking) -> bool:
    """Whether there is any use in offering it."""
    return _allowed(_movable, ports, made)


def _allowed(check: Callable[[Ports, Booking], None], ports: Ports, made: Booking) -> bool:
    try:
        check(ports, made)
    except Refused:
        return False
    return True


def _in_time(ports: Ports, made: Booking) -> None:
    if made.state != "unpaid":
        limits.check_cancel(ports.rules, ports.now(), made.start)


def _movable(ports: Ports, made: Booking) -> None:
    if made.state not in MOVABLE:
        raise Refused("not_movable")
    if made.state != "stopped":
        limits.check_move(ports.rules, ports.now(), start=made.start, moves=made.moves)
