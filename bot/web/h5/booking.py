"""One booking: number, time, place, and what to bring."""

from __future__ import annotations

from flask import render_template

from bot.services import booking
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint


@blueprint.get("/bookings/<ref>")
@patient_only
def booking_page(ref: str) -> str:
    return render_template("h5/booking.html", booking=booking.one(ports(), person_id=person_id(), ref=ref))
