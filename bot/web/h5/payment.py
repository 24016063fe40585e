"""去支付: from a number that is kept to the cashier of WeChat, and back."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from bot.errors import Refused
from bot.services import booking, payment
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.h5.booking import Page, shown
from bot.web.h5.room import blueprint


@blueprint.get("/bookings/<ref>/pay")
@patient_only
def pay(ref: str) -> str | Page:
    """The page that opens the cashier; where there is nothing to pay (any more), the number as it stands.

    A link in the chat leads here, so it is a GET: it opens an order outside, each time the same, and moves no money.
    """
    try:
        checkout = payment.checkout(ports(), person_id=person_id(), ref=ref)
    except Refused as refusal:
        return shown(booking.one(ports(), person_id=person_id(), ref=ref), error=refusal)
    made = booking.one(ports(), person_id=person_id(), ref=ref)
    return render_template("h5/pay.html", checkout=checkout, booking=made)


@blueprint.post("/bookings/<ref>/paid")
@patient_only
def paid(ref: str) -> Response:
    """Back from the cashier, however it ended: what became of it the platform says, not this browser."""
    payment.come_back(ports(), person_id=person_id(), ref=ref)
    return redirect(url_for("h5.booking_page", ref=ref), 303)
