"""我的: the patient's cards, what is coming up, and the ways on."""

from __future__ import annotations

from flask import render_template

from bot.services import booking, cards
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint


@blueprint.get("/me")
@patient_only
def me() -> str:
    return render_template(
        "h5/me.html",
        cards=cards.mine(ports(), person_id=person_id()),
        bookings=booking.mine(ports(), person_id=person_id()),
    )
