"""Numbers that are paid first, in the chat's words: to be paid, paid, lapsed, and money on its way back."""

from __future__ import annotations

from collections.abc import Sequence

from bot import clock
from bot.errors import Refused
from bot.ports import Ports, Reply
from bot.services import booking, limits, masking, words
from bot.services.booking import Booking


def unpaid(ports: Ports, person_id: int, ref: str) -> Reply:
    """A number that is kept, with the way to the cashier. Raises Refused('not_payable') when it is over."""
    made = booking.one(ports, person_id=person_id, ref=ref)
    if made.state == "paid":
        raise Refused("pay_settling")
    if made.state != "unpaid" or made.pay_until is None:
        raise Refused("not_payable")
    until = f"{clock.local(made.pay_until):%H:%M}"
    return {**words.say("utter_unpaid", **_facts(ports, made), until=until), **way_to_pay(ports, [made])}


def way_to_pay(ports: Ports, made: Sequence[Booking]) -> Reply:
    """The link to the cashier of the first of these numbers that waits to be paid; {} = none does."""
    refs = [each.ref for each in made if each.state == "unpaid"]
    return {"link": {"title": "去支付", "url": f"{ports.public_url}/h5/bookings/{refs[0]}/pay"}} if refs else {}


def how_to_pay(ports: Ports, *, prepay: bool) -> str:
    """Words behind a fee: paid here before the number is booked, or at the hospital."""
    name = "utter_pay_until" if prepay else "utter_pay_at_desk"
    return str(words.say(name, minutes=ports.rules["hold_minutes"])["text"])


def kept() -> str:
    """Words behind a fee that was paid for the number before this one."""
    return str(words.say("utter_pay_kept")["text"])


def money(made: Booking) -> str:
    """What becomes of the money of a number that the hospital called off; "" = nothing was paid here."""
    return str(words.say("utter_money_returns")["text"]) if made.prepay else ""


def paid_booked(ports: Ports, person_id: int, ref: str) -> Reply:
    made = booking.one(ports, person_id=person_id, ref=ref)
    in_time = ports.now() <= limits.cancel_until(ports.rules, made.start)
    name = "utter_change_until" if in_time else "utter_change_closed"
    change = words.say(name, minutes=ports.rules["cancel_until_minutes"])["text"]
    where = f"{made.place} {made.room}".strip()
    return words.say("utter_paid_booked", **_facts(ports, made), number=made.number, place=where, change=change)


def pay_lapsed(ports: Ports, person_id: int, ref: str) -> Reply:
    return _said(ports, person_id, ref, "utter_pay_lapsed")


def pay_called_off(ports: Ports, person_id: int, ref: str) -> Reply:
    return _said(ports, person_id, ref, "utter_pay_called_off")


def money_back(ports: Ports, person_id: int, ref: str) -> Reply:
    return _said(ports, person_id, ref, "utter_money_back")


def refunded(ports: Ports, person_id: int, ref: str) -> Reply:
    return _said(ports, person_id, ref, "utter_refunded")


def _said(ports: Ports, person_id: int, ref: str, response: str) -> Reply:
    return words.say(response, **_facts(ports, booking.one(ports, person_id=person_id, ref=ref)))


def _facts(ports: Ports, made: Booking) -> dict[str, str]:
    """What these words name; a department that others should not read on a locked phone is not named."""
    return {
        "name": made.masked_name,
        "department": masking.department(made.department_name, ports.rules["sensitive_departments"]),
        "doctor": made.doctor_name,
        "when": words.half_hour(made.day, made.start, made.end),
        "fee": f"{made.fee_fen / 100:g}",
    }


VIEWS = {
    "unpaid": unpaid,
    "paid_booked": paid_booked,
    "pay_lapsed": pay_lapsed,
    "pay_called_off": pay_called_off,
    "money_back": money_back,
    "refunded": refunded,
}
