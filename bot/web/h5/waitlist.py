"""候补: the lines somebody stands in, a place on offer with its deadline, and joining for a day that is full."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import BadInput, HisUnavailable, PeizhenError, Refused
from bot.services import booking, waitlist, waitlist_offers
from bot.services.offers import Period
from bot.services.waitlist import Wait
from bot.services.waitlist_offers import Place
from bot.web import once
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5 import way
from bot.web.h5.refused import said, ways_on
from bot.web.h5.room import blueprint
from bot.web.h5.way import Page, Way

DONE = {
    "joined": "排上了。有号会马上告诉您，也可以来这里看。",
    "left": "不等了。想再等，可以重新候补。",
    "passed": "已经让给下一位。想再等，可以重新候补。",
    "asked": "正在和医院确认，有结果马上告诉您。",
}
PERIODS = {"am": "上午", "pm": "下午"}


@blueprint.get("/waits")
@patient_only
def waits_page() -> Page:
    return _page(done=DONE.get(request.args.get("done", ""), ""))


def _page(*, done: str = "", error: PeizhenError | None = None) -> Page:
    mine = waitlist.mine(ports(), person_id=person_id())
    page = render_template(
        "h5/waits.html",
        waits=[(wait, _offer(wait)) for wait in mine],
        periods=PERIODS,
        done=done,
        trouble=said(error) if error else "",
    )
    return page, status_of(error) if error else OK


def _offer(wait: Wait) -> Place | None:
    """The place that can be taken now."""
    if wait.offer_ref is None:
        return None
    place = waitlist_offers.one(ports(), person_id=person_id(), ref=wait.offer_ref)
    return place if place.until > ports().now() else None


@blueprint.get("/wait/<card>/<department>")
@patient_only
@ways_on
def join_page(card: str, department: str) -> Page:
    """`?day=2026-11-24&doctor=yh.p01`; a day that has places again shows them instead."""
    to, day = _wish(card, department)
    if booking.offers(ports(), department_id=to.department.id, doctor_id=to.doctor_id, day=day):
        return way.calendar(to, day=day)
    return render_template("h5/wait.html", way=to, day=day, periods=PERIODS, once=once.fresh()), OK


@blueprint.post("/wait/<card>/<department>")
@patient_only
@ways_on
def join(card: str, department: str) -> Page | Response:
    to, day = _wish(card, department)
    period, key = request.form.get("period", ""), f"h5:{person_id()}:{once.sent()}:wait"
    if period not in {"", *PERIODS}:
        raise BadInput("bad_request")
    facts: dict[str, Any] = {"card_ref": to.card.ref, "department_id": to.department.id, "doctor_id": to.doctor_id}
    facts |= {"day": day, "period": cast("Period | None", period or None)}
    try:
        waitlist.join(ports(), person_id=person_id(), key=key, **facts)
    except Refused as refusal:
        return _page(error=refusal)
    return redirect(url_for("h5.waits_page", done="joined"), 303)


def _wish(card: str, department: str) -> tuple[Way, date]:
    """Raises NotFound, BadInput('bad_day'), Refused as `way.to_new` does and for a day that is not open yet."""
    to, day = way.to_new(way.card_of(card), department, request.values.get("doctor")), way.asked_day()
    if day is None:
        raise BadInput("bad_day")
    booking.check_day(ports(), day=day)
    return to, day


@blueprint.post("/waits/<ref>/leave")
@patient_only
def leave_wait(ref: str) -> Response:
    waitlist.leave(ports(), person_id=person_id(), ref=ref)
    return redirect(url_for("h5.waits_page", done="left"), 303)


@blueprint.post("/offers/<ref>/accept")
@patient_only
def accept_offer(ref: str) -> Page | Response:
    try:
        made = waitlist_offers.accept(ports(), person_id=person_id(), ref=ref)
    except Refused as refusal:
        return _page(error=refusal)
    except HisUnavailable:
        return redirect(url_for("h5.waits_page", done="asked"), 303)
    return redirect(url_for("h5.booking_page", ref=made.ref, done="booked"), 303)


@blueprint.post("/offers/<ref>/decline")
@patient_only
def decline_offer(ref: str) -> Response:
    """让给下一位; whoever took the place in another tab sees that he has it."""
    waitlist_offers.decline(ports(), person_id=person_id(), ref=ref)
    taken = waitlist_offers.one(ports(), person_id=person_id(), ref=ref).state in {"accepting", "accepted"}
    return redirect(url_for("h5.bookings_page") if taken else url_for("h5.waits_page", done="passed"), 303)
