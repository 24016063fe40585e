"""Red flags, checked on every text before rasa and without it: what to do now, and the ordinary way below it."""

from __future__ import annotations

from bot.ports import Ports, Reply
from bot.services import hospitals
from bot.triage import redflags

NEAREST = ("最近医院的急诊科", "120")
RAISED, ASKED, CLEARED = "raised", "asked", "cleared"  # what a reply with "alarm" does to the flag of its person


def check(ports: Ports, *, text: str, softly: bool = False) -> Reply | None:
    """The emergency reply for this text, or None. Needs no rasa; of the HIS only names that have a fallback.

    Whoever answers with it raises the flag, which then stands: see `flagged`. `softly`: a rule that the rest of the
    message speaks against gives None, as only he may ask whose answer goes out through `flagged.cautioned`.
    """
    found = redflags.check(text)
    if not (found.red_flag if softly else found.alarming):
        return None
    place, phone = nearest(ports)
    advice = redflags.fill(found.advice, place=place, phone=phone)
    return {
        "alarm": RAISED,
        "text": advice,
        "choices": ways(),
    }


def doubted(text: str) -> tuple[str, ...]:
    """The words in which a rule found an emergency that the rest of the message speaks against; () = none."""
    found = redflags.check(text)
    return found.words if found.doubted else ()


def ways() -> list[dict[str, str]]:
    """What can be done below a warning: whoever was warned wrongly finishes his booking in one tap."""
    return [
        {"label": "不是急症，继续挂号", "payload": "/book"},
        {"label": "不知道看哪科", "payload": "/triage"},
        {"label": "人工服务", "payload": "/human_agent"},
    ]


def nearest(ports: Ports) -> tuple[str, str]:
    """Where our emergency room is; the words must come even when the HIS does not answer."""
    try:
        hospital, *others = hospitals.known(ports)
    except Exception:
        return NEAREST
    if others:  # which of them is near, only the patient knows
        return NEAREST
    return f"{hospital.name}{hospital.emergency_place}", hospital.emergency_phone
