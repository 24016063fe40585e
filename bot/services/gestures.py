"""What a patient does without words: taps the menu, scans a code, follows or leaves the account, shares a place."""

from __future__ import annotations

from bot import clock
from bot.errors import Refused
from bot.ports import Ports, Reply
from bot.services import account_events, arrival, booking, following, hospitals, inbox, scenes, talking, words

MENU_KEYS = frozenset(
    "book book_same_day my_bookings queue_position reports_list bind_card ask_expert my_questions triage faq_question"
    " price_exam hospital_address parking_traffic phone_hours visit_guide human_agent help switch_patient"
    " check_in".split()
)


def event(ports: Ports, leased: inbox.Leased) -> tuple[list[Reply], bool]:
    event, key = leased.body.get("event"), str(leased.body.get("event_key") or "")
    sign = arrival.scanned(key) if event in {"scan", "subscribe"} else None
    opens = scenes.wish(ports, key) if event in {"scan", "subscribe"} else None
    if event == "unsubscribe":
        following.left(ports, person_id=leased.person_id)
        return [], False
    if event == "subscribe":
        return _welcomed(ports, leased, sign, opens)
    if sign is not None:
        return _arrived(ports, leased, sign)
    if opens is not None:
        return talking.turn(ports, leased, opens), True
    if event == "click" and key in MENU_KEYS:
        return talking.turn(ports, leased, f"/{key}"), True
    return _unasked(ports, leased, str(event or ""), key), False


def _unasked(ports: Ports, leased: inbox.Leased, event: str, key: str) -> list[Reply]:
    """An event that opens nothing. A scan was a person's act: WeChat sends it for codes of ours alone, so this one is
    old, and that is said.
    """
    if event == "scan":
        return [words.say("utter_unknown_sign")]
    extra = leased.body.get("extra") or {}
    account_events.hear(ports, person_id=leased.person_id, event=event, key=key, extra=extra)
    return []


def _welcomed(
    ports: Ports, leased: inbox.Leased, sign: arrival.Scan | None, opens: str | None
) -> tuple[list[Reply], bool]:
    """Say hello, and do at once what the code was scanned for."""
    welcome = [words.say("utter_welcome", hospital=hospitals.names(ports))]
    if opens is not None:
        return [*welcome, *talking.turn(ports, leased, opens)], True
    if sign is None or not _waits_today(ports, leased.person_id):
        return welcome, False
    replies, talked = _arrived(ports, leased, sign)
    return [*welcome, *replies], talked


def place(ports: Ports, leased: inbox.Leased) -> tuple[list[Reply], bool]:
    """A shared place is a check-in of whoever has a number today; nobody else needs one."""
    extra = leased.body.get("extra") or {}
    spot = arrival.shared(extra.get("Location_X"), extra.get("Location_Y"))
    if spot is None or not _waits_today(ports, leased.person_id):
        return [words.say("utter_got_location")], False
    return _arrived(ports, leased, spot)


def _waits_today(ports: Ports, person_id: int) -> bool:
    return bool(booking.standing(ports, person_id=person_id, day=clock.local(ports.now()).date()))


def _arrived(ports: Ports, leased: inbox.Leased, where: arrival.Where) -> tuple[list[Reply], bool]:
    """Remember the proof of being here; the dialogue then checks in, or asks which number."""
    try:
        arrival.prove(ports, person_id=leased.person_id, where=where)
    except Refused as refusal:
        return [words.say(f"utter_error_{refusal.code}")], False
    return talking.turn(ports, leased, "/check_in"), True
