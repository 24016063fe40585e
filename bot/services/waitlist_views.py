"""The waitlist in words: where one stands, and a place on offer."""

from __future__ import annotations

from collections.abc import Callable

from bot import clock
from bot.errors import Refused
from bot.ports import Ports, Reply
from bot.services import limits, masking, payment_views, waitlist, waitlist_offers, words


def waits(ports: Ports, person_id: int, _ref: str) -> Reply:
    lines = [_wait_line(wait) for wait in waitlist.mine(ports, person_id=person_id)]
    return words.say("utter_waits", lines="\n\n".join(lines))


def waiting(ports: Ports, person_id: int, ref: str) -> Reply:
    wait = waitlist.one(ports, person_id=person_id, ref=ref)
    return words.say("utter_waiting", line=_wait_line(wait), minutes=ports.rules["waitlist_offer_minutes"])


def _wait_line(wait: waitlist.Wait) -> str:
    half = {"am": "上午", "pm": "下午"}.get(wait.period or "", "")
    who = f"{wait.doctor_name}医生" if wait.doctor_name else "不限医生"
    place = "有号了，等您确认" if wait.state == "offered" else f"前面还有{wait.ahead}位"
    return f"{wait.masked_name} {wait.department_name} {who}\n{limits.day_words(wait.day)}{half}，{place}"


def place(ports: Ports, person_id: int, ref: str) -> Reply:
    """A place on offer. Raises Refused('place_gone') when it is over: the push is worth nothing then."""
    offer = waitlist_offers.one(ports, person_id=person_id, ref=ref)
    if offer.state != "offered" or offer.until <= ports.now():
        raise Refused("place_gone")
    start = clock.local(offer.start)
    said = words.say(
        "utter_place_offered" if offer.kept else "utter_place_free",
        name=offer.masked_name,
        department=masking.department(offer.department_name, ports.rules["sensitive_departments"]),
        doctor=offer.doctor_name,
        when=f"{limits.day_words(offer.day)} {start:%H:%M}",
        fee=f"{offer.fee_fen / 100:g}",
        pay=payment_views.how_to_pay(ports, prepay=offer.prepay),
        until=f"{clock.local(offer.until):%H:%M}",
    )
    answers = [words.choice("接受", "take_place", ref), words.choice("让给下一位", "pass_place", ref)]
    return {**said, "choices": answers, "until": offer.until}


VIEWS: dict[str, Callable[[Ports, int, str], Reply]] = {"waits": waits, "waiting": waiting, "place": place}
