"""Bookings in words: a number made, moved or lost, a clinic that was called off, a patient who may not book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from bot import clock
from bot.errors import Refused
from bot.ports import Ports, Reply
from bot.services import booking, limits, masking, payment_views, stopping, suspensions, words


def _when(made: booking.Booking) -> str:
    return words.half_hour(made.day, made.start, made.end)


def _line(made: booking.Booking) -> str:
    return f"{made.masked_name} {made.department_name} {made.doctor_name}\n{_when(made)}"


def booked(ports: Ports, person_id: int, ref: str) -> Reply:
    return _booked(ports, booking.one(ports, person_id=person_id, ref=ref), "utter_booked")


def rebooked(ports: Ports, person_id: int, ref: str) -> Reply:
    return _booked(ports, booking.one(ports, person_id=person_id, ref=ref), "utter_rebooked")


def _booked(ports: Ports, made: booking.Booking, response: str) -> Reply:
    """The new number; how to give it back only while that is possible."""
    in_time = ports.now() <= limits.cancel_until(ports.rules, made.start)
    change = words.say(
        "utter_change_until" if in_time else "utter_change_closed",
        minutes=ports.rules["cancel_until_minutes"],
    )
    return words.say(
        response,
        name=made.masked_name,
        department=made.department_name,
        doctor=made.doctor_name,
        when=_when(made),
        number=made.number,
        place=f"{made.place} {made.room}".strip(),
        fee=f"{made.fee_fen / 100:g}",
        paid="（已付）" if made.prepay else "",
        change=change["text"],
    )


def already(ports: Ports, person_id: int, ref: str) -> Reply:
    """The number that stands in the way of a second one."""
    made = booking.one(ports, person_id=person_id, ref=ref)
    facts = {"name": made.masked_name, "department": made.department_name, "doctor": made.doctor_name}
    response = "utter_already" if booking.can_move(ports, made) else "utter_already_and_stays"
    return words.say(response, **facts, when=_when(made), number=_number(made))


def _outcome(response: str) -> Callable[[Ports, int, str], Reply]:
    """What became of a number, in one sentence about its line."""

    def told(ports: Ports, person_id: int, ref: str) -> Reply:
        made = booking.one(ports, person_id=person_id, ref=ref)
        return words.say(response, line=_line(made), money=payment_views.money(made))

    return told


def suspended(ports: Ports, person_id: int, ref: str) -> Reply:
    name, until, missed = suspensions.one(ports, person_id=person_id, ref=ref)
    return words.say("utter_suspended", name=name, until=limits.day_words(until), missed=missed)


def suspension_lifted(ports: Ports, person_id: int, ref: str) -> Reply:
    name, _until, _missed = suspensions.one(ports, person_id=person_id, ref=ref)
    return words.say("utter_suspension_lifted", name=name)


def booking_line(ports: Ports, person_id: int, ref: str) -> Reply:
    return {"text": _line(booking.one(ports, person_id=person_id, ref=ref))}


def bookings(ports: Ports, person_id: int, _ref: str) -> Reply:
    mine = booking.mine(ports, person_id=person_id)
    lines = [f"{_line(made)}\n{_number(made)} {made.place} {made.room}".strip() for made in mine]
    return {**words.say("utter_bookings", lines="\n\n".join(lines)), **payment_views.way_to_pay(ports, mine)}


def _number(made: booking.Booking) -> str:
    if made.state == "unpaid" and made.pay_until is not None:
        return f"还没付款，号留到{clock.local(made.pay_until):%H:%M}"
    known = {"booked": f"{made.number}号", "moving": "正在和医院确认改时间", "stopped": "医生停诊，可以换个时间"}
    known["paid"] = "付款收到了，正在和医院确认"
    return known.get(made.state, "正在和医院确认")


def stopped(ports: Ports, person_id: int, ref: str) -> Reply:
    """A clinic that was called off, with other half hours to tap."""
    made = booking.one(ports, person_id=person_id, ref=ref)
    if made.state != "stopped":
        raise Refused("not_cancellable")
    said = words.say(
        "utter_stopped",
        name=made.masked_name,
        department=masking.department(made.department_name, ports.rules["sensitive_departments"]),
        doctor=made.doctor_name,
        when=_when(made),
        money=payment_views.money(made),
    )
    found = stopping.alternatives(ports, person_id=person_id, ref=ref)
    moves = [words.choice(_move_label(offer), "move_stopped", f"{ref} {offer.slot_id}") for offer in found]
    until = clock.utc(datetime.combine(made.day + timedelta(days=1), time()))
    return {**said, "choices": [*moves, {"label": "看看别的时间", "payload": "/book"}], "until": until}


def _move_label(offer: booking.Offer) -> str:
    return f"换到 {limits.day_words(offer.day)} {clock.local(offer.start):%H:%M} {offer.doctor_name}医生"


VIEWS: dict[str, Callable[[Ports, int, str], Reply]] = {
    "booked": booked,
    "rebooked": rebooked,
    "already": already,
    "booking_line": booking_line,
    "bookings": bookings,
    "cancelled_at_desk": _outcome("utter_cancelled_at_desk"),
    "not_booked": _outcome("utter_not_booked"),
    "place_gone": _outcome("utter_error_place_gone"),
    "not_moved": _outcome("utter_not_moved"),
    "not_moved_and_lost": _outcome("utter_not_moved_and_lost"),
    "moved_and_cancelled": _outcome("utter_moved_and_cancelled"),
    "given_back": _outcome("utter_given_back"),
    "not_given_back": _outcome("utter_not_given_back"),
    "stopped": stopped,
    "suspended": suspended,
    "suspension_lifted": suspension_lifted,
}
