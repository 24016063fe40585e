"""What a message means for a booking: whose, where, and yes or no; when: booking_when.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker

from actions import booking_choice, booking_when, directory, whose
from actions.base import Heard, caller
from actions.booking_choice import NOT_KNOWN, WITH_HOSPITAL, reset_dependents
from actions.forms import State
from actions.thread import ANOTHER_DOCTOR
from bot.errors import PeizhenError
from bot.ports import Ports
from bot.services import booking, hospitals
from bot.services.hospitals import hospital_of

# 换个医生: what the patient wants to choose again, and what is forgotten for it.
ANOTHER = (
    (ANOTHER_DOCTOR, ("doctor", "title", "half_hour", "confirm")),
    (re.compile("[换改][一个]*(?:科|科室)(?!学)"), ("department", "doctor", "title", "half_hour", "confirm")),
    (re.compile("[换改][一个]*(?:日子|日期|天)"), ("day", "period", "half_hour", "confirm")),
    (re.compile("[换改][一个下]*(?:时间|钟头|点|时段|号)"), ("period", "half_hour", "confirm")),
)
# 我和我妈, 我跟老婆: two people, one number each, so it is asked who comes first.
TOGETHER = re.compile("我[和跟与同][我咱]?们?(?:[家老孩爸妈父母儿女爷奶姥外哥姐弟妹]|爱人)")
FOR_WHOM = frozenset({"book", "book_same_day", "switch_patient"})
ANOTHER_HOSPITAL = re.compile("[换改][一个家所]*(?:别的)?医院")
# 还有别的时间吗: the rest of a list that was shown in part.
MORE = re.compile(
    "更多|下一页|还有(?:没有)?(?:吗|么|别的|其[他它余]|哪些)|别的时间|其[他它]时间|只有这些|就这[些几]个?吗"
)
TITLES = (
    (re.compile("副主任医?师?"), "副主任医师"),
    (re.compile("主任医师|正主任|(?<![副一-龥])主任的?号"), "主任医师"),
    (re.compile("主治医?师?"), "主治医师"),
)
# 嗯，就挂这个吧: a yes where a number is to be confirmed.
GO_AHEAD = re.compile(
    "(?:嗯|好的?|行|可以|对|是的?|没错|没问题|[，,。！! ])*"
    "(?:就|帮我|给我|那|请)*(?:挂|约|要|定)(?:这个|它|上|号)*[吧了啊]*[。！!]*"
)


def read(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
    """Slots that this message fills or changes. Raises what `read_time` raises, with the rest kept in `state`."""
    if heard.intent == "choose":
        whose.keep_kin(ports, caller(ports, tracker).person_id, str(heard.first("value")), heard)
        return reset_dependents(_chosen(ports, str(heard.first("slot")), heard.first("value")), state)
    if heard.tapped and heard.first("slot") == "half_hour":
        return reset_dependents(_place(ports, heard), state)
    filled: dict[str, Any] = _another(heard.text) | _not_him(ports, heard.text, state)
    filled.update(_read_hospital(ports, heard, state, tracker))
    filled.update(_read_list(heard, state, tracker))
    where = {"hospital": filled.get("hospital", state["hospital"])}
    filled.update(_read_place(ports, heard, state | where))
    filled.update(_read_card(ports, heard, tracker))
    try:
        booking_when.read_time(ports, heard, state, filled, tracker)
    except PeizhenError:
        state.update(reset_dependents(filled, state))  # what could be read stays
        raise
    if all(state[slot] == value for slot, value in filled.items()):
        filled.update(_read_confirm(heard, tracker))
    return reset_dependents(filled, state)


def _chosen(ports: Ports, slot: str, value: str | None) -> dict[str, Any]:
    """A tap; a doctor brings his department."""
    if slot == "doctor" and value:
        return {slot: value, "department": booking.doctor(ports, doctor_id=value).department_id}
    return {slot: value}


def _place(ports: Ports, heard: Heard) -> dict[str, Any]:
    """A half hour that was offered outside the form brings its department and day, and the card it was for."""
    offer = booking.offer(ports, slot_id=str(heard.first("value")))
    card = {"card": heard.last("card")} if heard.last("card") else {}
    return {"department": offer.department_id, "day": offer.day.isoformat(), "half_hour": offer.slot_id, **card}


def _read_hospital(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> dict[str, Any]:
    """The hospital in the message, where there are several; asked for it, a part of its name will do."""
    if not hospitals.several(ports):
        return {}
    if ANOTHER_HOSPITAL.search(heard.text):
        return dict.fromkeys(("hospital", *WITH_HOSPITAL))
    asked = tracker.get_slot("requested_slot") == "hospital"
    meant = hospitals.meant(ports, text=heard.text, part=asked)
    if meant is None or meant == state["hospital"]:
        return {}
    return {"hospital": meant}


def _read_list(heard: Heard, state: State, tracker: Tracker) -> dict[str, Any]:
    """The rest of the half hours, or those of doctors with one title."""
    title = next((title for pattern, title in TITLES if pattern.search(heard.text)), None)
    if title and not heard.last("doctor") and not heard.intent.startswith("price"):
        return {"title": title, "doctor": None}
    if tracker.get_slot("requested_slot") in {"half_hour", "confirm"} and MORE.search(heard.text):
        return {"page": str(int(state["page"] or 0) + 1), "half_hour": None}
    return {}


def _read_place(ports: Ports, heard: Heard, state: State) -> dict[str, Any]:
    if heard.last("doctor"):
        found = directory.doctors_named(ports, str(heard.last("doctor")), state["department"])
        found = found or directory.doctors_named(ports, str(heard.last("doctor")))
        found = [d for d in found if hospital_of(d.id) == state["hospital"]] or found
        here = _department(ports, heard, state)
        if len(found) == 1 and here.get("department") not in {None, found[0].department_id}:
            return here | {"doctor": f"{directory.SURNAME}{found[0].name[0]}"}  # 心内科李医生, who is in another one
        if len(found) == 1:
            return {"doctor": found[0].id, "department": found[0].department_id}
        return {"doctor": heard.last("doctor")} | here
    if heard.last("department"):
        if same := _namesake(ports, heard, state):
            return same
        place = _department(ports, heard, state)
        return place | ({"doctor": None} if place and place.get("department") != state["department"] else {})
    return {}


def _namesake(ports: Ports, heard: Heard, state: State) -> dict[str, Any]:
    """皮肤科的, where it was asked which 周医生."""
    if not booking_choice.ambiguous(state):
        return {}
    here = _department(ports, heard, state).get("department")
    found = directory.doctors_named(ports, state["doctor"], here) if here else []
    return {"doctor": found[0].id, "department": here} if len(found) == 1 else {}


def _department(ports: Ports, heard: Heard, state: State) -> dict[str, Any]:
    """The department in the message: its id, or its name while several hospitals have it and none is chosen."""
    said = heard.last("department") or ""
    named = directory.departments_named(ports, said)
    named = [d for d in named if hospital_of(d.id) == state["hospital"]] or named
    if len({hospital_of(d.id) for d in named}) > 1:
        return {"department_said": said, "department": None}
    return {"department": named[0].id} if named else {}


def _read_confirm(heard: Heard, tracker: Tracker) -> dict[str, Any]:
    if tracker.get_slot("requested_slot") != "confirm":
        return {}
    if heard.intent == "affirm" or GO_AHEAD.fullmatch(heard.text):
        return {"confirm": "yes"}
    return {"half_hour": None, "confirm": None, "period": None} if heard.intent == "deny" else {}


def _read_card(ports: Ports, heard: Heard, tracker: Tracker) -> dict[str, Any]:
    """给我妈挂: her card, or that none is known yet. 换个人, 我和我妈: asked. 孩子咳嗽 does not say for whom."""
    asked = tracker.get_slot("requested_slot") == "card"
    if not (asked or heard.intent in FOR_WHOM or heard.last("card") or whose.for_somebody(heard)):
        return {}
    if TOGETHER.search(heard.text):
        return {"card": NOT_KNOWN}
    wish = whose.meant(ports, caller(ports, tracker).person_id, heard)
    if wish is not None:
        return {"card": wish.ref or f"{NOT_KNOWN}{wish.word}"}
    return {"card": NOT_KNOWN} if heard.intent == "switch_patient" else {}


def _another(text: str) -> dict[str, Any]:
    """What 换个医生 or 改个时间 throws away."""
    return {slot: None for pattern, slots in ANOTHER if pattern.search(text) for slot in slots}


def _not_him(ports: Ports, text: str, state: State) -> dict[str, Any]:
    """换个医生: anybody but the one who was chosen."""
    if not ANOTHER_DOCTOR.search(text):
        return {}
    chosen = booking_choice.doctor_of(state)
    if chosen is None and state["half_hour"]:
        chosen = booking.offer(ports, slot_id=state["half_hour"]).doctor_id
    return {"other_than": chosen} if chosen else {}
