"""我的预约: all numbers with their states; one of them with its place and time, and what can be done with it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot import clock
from bot.errors import HisUnavailable, PeizhenError, Refused
from bot.services import booking, booking_history, limits, previsit_giving, stopping
from bot.services.booking import Booking
from bot.web import once
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5 import way
from bot.web.h5.refused import said, ways_on
from bot.web.h5.room import blueprint

Page = tuple[str, int]
# What a page says of what was just done, while it still is so.
DONE = {
    ("booked", "booked"): "约好了，请按时来。",
    ("moved", "booked"): "改好了，原来的号已经还回去。",
    ("cancelled", "cancelled"): "已经取消，号还回去了。",
}
LONGEST = 4  # digits of a page's number


@blueprint.get("/bookings")
@patient_only
def bookings_page() -> str:
    """What is to come, then what is over, newest first; `?page=2` goes further back."""
    text = request.args.get("page", "1")
    page = max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else 1
    past, more = booking_history.past(ports(), person_id=person_id(), page=page)
    coming = booking.mine(ports(), person_id=person_id()) if page == 1 else []
    return render_template("h5/bookings.html", coming=coming, past=past, page=page, more=more)


@blueprint.get("/bookings/<ref>")
@patient_only
def booking_page(ref: str) -> Page:
    made = booking.one(ports(), person_id=person_id(), ref=ref)
    return shown(made, done=DONE.get((request.args.get("done", ""), made.state), ""))


def shown(made: Booking, *, done: str = "", error: PeizhenError | None = None) -> Page:
    """One number's page; with what was just done, or why it was not."""
    why_no_move, why_no_cancel = _refusals(made)
    page = render_template(
        "h5/booking.html",
        booking=made,
        done=done,
        trouble=said(error) if error else "",
        why_no_move=why_no_move,
        why_no_cancel=why_no_cancel,
        instead=_instead(made),
        kept=_page_beside(made),
        today=made.day == clock.today(),
        moves_left=ports().rules["reschedules_per_booking"] - made.moves,
        until=limits.cancel_until(ports().rules, made.start),
    )
    return page, status_of(error) if error else OK


def _instead(made: Booking) -> list[booking.Offer]:
    """Other half hours for a number whose clinic was called off; none while the hospital is silent."""
    if made.state != "stopped":
        return []
    try:
        return stopping.alternatives(ports(), person_id=person_id(), ref=made.ref)
    except HisUnavailable:
        return []


def _page_beside(made: Booking) -> previsit_giving.Kept | None:
    """What the patient told before he booked, while it can still help the doctor."""
    if made.state not in previsit_giving.STANDS:
        return None
    return previsit_giving.beside(ports(), person_id=person_id(), booking_ref=made.ref)


def _refusals(made: Booking) -> tuple[str, str]:
    """Why the number cannot be moved, and why not given back; "" = it can."""
    whys = ["", ""]
    for place, check in enumerate((booking.check_move, booking.check_cancel)):
        try:
            check(ports(), person_id=person_id(), ref=made.ref)
        except Refused as refusal:
            whys[place] = said(refusal)
    return whys[0], whys[1]


@blueprint.get("/bookings/<ref>/move")
@patient_only
@ways_on
def move_page(ref: str) -> Page:
    """The calendar of the same department; `?day=2026-11-24&doctor=yh.p01`, both optional."""
    return way.asked_calendar(way.to_moved(ref, request.args.get("doctor")))


@blueprint.get("/bookings/<ref>/cancel")
@patient_only
@ways_on
def cancel_page(ref: str) -> str:
    """真的要取消吗."""
    booking.check_cancel(ports(), person_id=person_id(), ref=ref)
    made = booking.one(ports(), person_id=person_id(), ref=ref)
    if made.state not in {"booked", "unpaid"}:
        raise Refused("not_cancellable")
    return render_template("h5/cancel.html", booking=made, once=once.fresh())


@blueprint.post("/bookings/<ref>/cancel")
@patient_only
def cancel(ref: str) -> Page | Response:
    made = booking.one(ports(), person_id=person_id(), ref=ref)
    key = f"h5:{person_id()}:{request.form.get('once', '')[:16]}"
    try:
        booking.cancel(ports(), person_id=person_id(), ref=made.ref, key=key)
    except Refused as refusal:
        return shown(made, error=refusal)
    except HisUnavailable:  # the page says that it is being confirmed
        return redirect(url_for("h5.booking_page", ref=made.ref), 303)
    return redirect(url_for("h5.booking_page", ref=made.ref, done="cancelled"), 303)
