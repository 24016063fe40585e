"""确认: the last look at a half hour before it is taken, and the tap that takes it; for new numbers and moved ones.

The form carries which wish it is (`confirming.wish`) and the fee that was read, so that the same wish from two tabs is
one booking and nobody pays what he did not see.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.errors import HisUnavailable, NotFound, PeizhenError, Refused
from bot.his.port import hospital_of
from bot.services import booking, confirming, limits
from bot.services.booking import Booking, Offer
from bot.web.auth import patient_only
from bot.web.context import person_id, ports
from bot.web.errors import OK, status_of
from bot.web.h5 import way
from bot.web.h5.refused import said, ways_on
from bot.web.h5.room import blueprint
from bot.web.h5.way import Page, Way

OTHER_TIME = frozenset(
    {
        *("slot_full", "slot_past", "slot_closed", "conflict", "not_released", "same_time", "place_gone"),
        *("already_booked", "department_limit", "week_limit"),
    }
)
AGAIN = frozenset({"too_fast", "too_hurried", "not_your_turn"})  # the same form once more, a moment later
HIS_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")  # as docs/his-api.yaml has it
LONGEST = 9  # digits of a number in the form
CHANGED = 409


@blueprint.get("/book/<card>/slot/<slot>")
@patient_only
@ways_on
def confirm_page(card: str, slot: str) -> Page:
    return _asked(*_new(card, slot))


@blueprint.post("/book/<card>/slot/<slot>")
@patient_only
@ways_on
def book(card: str, slot: str) -> Page | Response:
    to, offer = _new(card, slot)

    def take(key: str) -> Booking:
        return booking.book(ports(), person_id=person_id(), card_ref=to.card.ref, slot_id=offer.slot_id, key=key)

    return _sent(to, offer, take, what=to.card.ref, done="booked")


@blueprint.get("/bookings/<ref>/move/<slot>")
@patient_only
@ways_on
def confirm_move_page(ref: str, slot: str) -> Page:
    return _asked(way.to_moved(ref), _offer(slot))


@blueprint.post("/bookings/<ref>/move/<slot>")
@patient_only
@ways_on
def move(ref: str, slot: str) -> Page | Response:
    made = booking.one(ports(), person_id=person_id(), ref=ref)
    if made.state in {"moved", "moving"}:  # the form was sent twice
        return _moved_before(made, slot)
    to, offer = way.to_moved(ref), _offer(slot)

    def take(key: str) -> Booking:
        return booking.reschedule(ports(), person_id=person_id(), ref=ref, slot_id=offer.slot_id, key=key)

    return _sent(to, offer, take, what=ref, done="moved")


def _moved_before(made: Booking, slot: str) -> Response:
    """To the number that stands instead when this very form made it, else to the old one, which says what it is."""
    key = _key(made.ref, slot, _number("wish") or 0)
    new = confirming.open_ref(ports(), person_id=person_id(), key=key) if made.state == "moved" else None
    return redirect(url_for("h5.booking_page", ref=new or made.ref, done="moved" if new else None), 303)


def _new(card: str, slot: str) -> tuple[Way, Offer]:
    who, offer = way.card_of(card), _offer(slot)
    if hospital_of(offer.slot_id) != hospital_of(who.patient_id):
        raise NotFound
    return way.to_new(who, offer.department_id), offer


def _offer(slot: str) -> Offer:
    if not HIS_ID.fullmatch(slot):
        raise NotFound
    return booking.offer(ports(), slot_id=slot, closed=True)


def _asked(to: Way, offer: Offer) -> Page:
    """The page to confirm on, or the calendar of that day when the half hour is gone."""
    gone = _gone(offer)
    return way.calendar(to, day=offer.day, error=gone) if gone else _confirm(to, offer)


def _gone(offer: Offer) -> Refused | None:
    """Why nobody can take this half hour now."""
    if offer.closed:
        return Refused("slot_closed")
    try:
        limits.check_slot(ports().rules, ports().now(), day=offer.day, start=offer.start)
    except Refused as refusal:
        return refusal
    left = booking.offers(ports(), department_id=offer.department_id, doctor_id=offer.doctor_id, day=offer.day)
    return None if offer.slot_id in {each.slot_id for each in left} else Refused("slot_full")


def _confirm(to: Way, offer: Offer, *, trouble: str = "", status: int = OK) -> Page:
    wish = confirming.wish(ports(), person_id=person_id(), card_ref=to.card.ref, slot_id=offer.slot_id)
    until = limits.cancel_until(ports().rules, offer.start)
    facts = {"way": to, "offer": offer, "wish": wish, "trouble": trouble}
    return render_template("h5/confirm.html", **facts, until=until if until > ports().now() else None), status


def _sent(to: Way, offer: Offer, take: Callable[[str], Booking], *, what: str, done: str) -> Page | Response:
    """Take it once, however often this is sent; what is not as it was read is said instead."""
    wish, fee = _number("wish"), _number("fee")
    key = _key(what, offer.slot_id, wish or 0)
    known = confirming.open_ref(ports(), person_id=person_id(), key=key)
    if wish is None or (known is None and fee != offer.fee_fen):
        return _confirm(to, offer, trouble="挂号费变了，请再看一眼。", status=CHANGED)
    try:
        made = take(key)
    except HisUnavailable:
        open_ref = confirming.open_ref(ports(), person_id=person_id(), key=key)
        if open_ref is None:
            raise
        return redirect(url_for("h5.booking_page", ref=to.old.ref if to.old else open_ref), 303)
    except Refused as refusal:
        return _refused(to, offer, refusal)
    return redirect(url_for("h5.booking_page", ref=made.ref, done=done), 303)


def _refused(to: Way, offer: Offer, refusal: PeizhenError) -> Page:
    if refusal.code in OTHER_TIME:
        return way.calendar(to, day=offer.day, error=refusal)
    if refusal.code in AGAIN:
        return _confirm(to, offer, trouble=said(refusal), status=status_of(refusal))
    raise refusal


def _key(what: str, slot: str, wish: int) -> str:
    return confirming.key(ports(), person_id=person_id(), what=what, slot_id=slot, wish=wish)


def _number(field: str) -> int | None:
    text = request.form.get(field, "")[: LONGEST + 1]
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None
