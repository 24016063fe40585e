"""预问诊 on a booking's page: given to the doctor, or taken back, with one tap."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from bot.services import previsit_giving
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.room import blueprint


@blueprint.post("/bookings/<ref>/summary/give")
@patient_only
def give_summary(ref: str) -> Response:
    """The page that fits this booking, or went with it before. Twice is once."""
    previsit_giving.give(ports(), person_id=person_id(), booking_ref=ref)
    return redirect(url_for("h5.booking_page", ref=ref), 303)


@blueprint.post("/bookings/<ref>/summary/withdraw")
@patient_only
def withdraw_summary(ref: str) -> Response:
    previsit_giving.withdraw(ports(), person_id=person_id(), booking_ref=ref)
    return redirect(url_for("h5.booking_page", ref=ref), 303)
