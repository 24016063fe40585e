"""Hospitals that tell no news are asked about every number of the next days: it may have been called off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking
from bot.errors import HisUnavailable, OddAnswer
from bot.his.port import hospital_of
from bot.ports import Ports
from bot.services import attendance, hospitals

FAILURES_BEFORE_STOP = 3


def ask(ports: Ports) -> int:
    """Look at the numbers of the next days; gives how many no longer stand. Called by bot.jobs.

    Stops when the hospital gave no answer three times: the next run goes on. Raises HisUnavailable.
    """
    ended = failures = 0
    for row in _standing(ports):
        if failures == FAILURES_BEFORE_STOP:
            break
        try:
            ended += attendance.ask(ports, row)
        except OddAnswer:
            continue
        except HisUnavailable:
            failures += 1
    return ended


def _standing(ports: Ports) -> list[Any]:
    silent = {hospital.id for hospital in hospitals.known(ports) if "news" not in hospital.offers}
    if not silent:
        return []
    today = clock.local(ports.now()).date()
    until = today + timedelta(days=ports.rules["unheard_days"])
    soon = sa.select(Booking).where(Booking.state == "booked", Booking.day >= today, Booking.day < until)
    with ports.transaction() as session:
        return [row for row in session.scalars(soon.order_by(Booking.start)) if hospital_of(row.slot_id) in silent]
