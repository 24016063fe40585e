"""What a message means for a booking: whose, where, when, and yes or no; what a changed answer makes worthless."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rasa_sdk import Tracker

from actions import directory, whose
from actions.base import Heard, caller
from actions.forms import State
from actions.times import first_open_day, holds, in_period
from bot import clock
from bot.errors import BadInput, PeizhenError, Refused
from bot.ports import Ports
from bot.services import booking, cards, hospitals
from bot.services.hospitals import hospital_of

SOONEST = re.compile("最早|最快|尽快|最近的|越早越好|越快越好|第一个号")
VAGUE = re.compile("随便|都行|都可以|都好|哪个都|哪天都|你看着|无所谓|不挑|" + SOONEST.pattern)
# 换个医生: what the patient wants to choose again, and what is forgotten for it.
ANOTHER = (
    (re.compile("[换改][一个位名]*(?:医生|大夫|专家)"), ("doctor", "title", "half_hour", "confirm")),
    (re.compile("[换改][一个]*(?:科|科室)(?!学)"), ("department", "doctor", "title", "half_hour", "confirm")),
    (re.compile("[换改][一个]*(?:日子|日期|天)"), ("day", "period", "half_hour", "confirm")),
    (re.compile("[换改][一个下]*(?:时间|钟头|点|时段|号)"), ("period", "half_hour", "confirm")),
)
NOT_KNOWN = "?"  # before the person word, in the slot `card`: wished for, and no single card answers to it
# 我和我妈, 我跟老婆: two people, one number each, so it is asked who comes first.
TOGETHER = re.compile("我[和跟与同][我咱]?们?(?:[家老孩爸妈父母儿女爷奶姥外哥姐弟妹]|爱人)")
FOR_WHOM = frozenset({"book", "book_same_day", "switch_patient"})
ANOTHER_HOSPITAL = re.compile("[换改][一个家所]*(?:别的)?医院")
WITH_HOSPITAL = ("card", "department", "department_said", "doctor", "title", "page", "half_hour", "confirm")
# 还有别的时间吗: the rest of a list that was shown in part.
MORE = re.compile(
    "更多|下一页|还有(?:没有)?(?:吗|么|别的|其[他它余]|哪些)|别的时间|其[他它]时间|只有这些|就这[些几]个?吗"
)
TITLES = (
    (re.compile("副主任医?师?"), "副主任医师"),
    (re.compile("主任医师|正主任|(?<![副一-龥])主任的?号"), "主任医师"),
    (re.compile("主治医?师?"), "主治医师"),
)
CORRECTING = re.compile("不|改|换|别")
# A day in words that no calendar or no clinic has any more; the components find no day in it.
NUMERAL = "[0-9一二三四五六七八九十]+"
NO_SUCH_DAY = re.compile(f"昨[天日晚]|前天|上个?(?:周|星期|礼拜|月)|{NUMERAL}月{NUMERAL}[日号]?|[0-9]{{1,2}}[号日]")
# 嗯，就挂这个吧: a yes where a number is to be confirmed.
GO_AHEAD = re.compile(
    "(?:嗯|好的?|行|可以|对|是的?|没错|没问题|[，,。！! ])*"
    "(?:就|帮我|给我|那|请)*(?:挂|约|要|定)(?:这个|它|上|号)*[吧了啊]*[。！!]*"
)


def read(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
    """Slots that this message fills or changes. Raises what `_read_time` raises, with the rest kept in `state`."""
    if heard.intent == "choose":
        whose.keep_kin(ports, caller(ports, tracker).person_id, str(heard.first("value")), heard)
        return reset_dependents(_chosen(ports, str(heard.first("slot")), heard.first("value")), state)
    filled: dict[str, Any] = _another(heard.text)
    filled.update(_read_hospital(ports, heard, state, tracker))
    filled.update(_read_list(heard, state, tracker))
    where = {"hospital": filled.get("hospital", state["hospital"])}
    filled.update(_read_place(ports, heard, state | where))
    filled.update(_read_card(ports, heard, tracker))
    try:
        _read_time(ports, heard, state, filled, tracker)
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
        if len(found) == 1:
            return {"doctor": found[0].id, "department": found[0].department_id}
        return {"doctor": heard.last("doctor")} | _department(ports, heard, state)
    if heard.last("department"):
        found = _department(ports, heard, state)
        return found | ({"doctor": None} if found and found.get("department") != state["department"] else {})
    return {}


def _department(ports: Ports, heard: Heard, state: State) -> dict[str, Any]:
    """The department in the message: its id, or its name while several hospitals have it and none is chosen."""
    said = heard.last("department") or ""
    named = directory.departments_named(ports, said)
    named = [d for d in named if hospital_of(d.id) == state["hospital"]] or named
    if len({hospital_of(d.id) for d in named}) > 1:
        return {"department_said": said, "department": None}
    return {"department": named[0].id} if named else {}


def settle_hospital(ports: Ports, state: State) -> None:
    """The hospital into `state` where it needs no question, and the department that was named before the hospital."""
    if state["department"]:
        state["hospital"] = hospital_of(state["department"])
    elif not hospitals.several(ports):
        state["hospital"] = hospitals.known(ports)[0].id
    if state["hospital"] and state["department_said"]:
        named = directory.departments_named(ports, state["department_said"])
        here = (d.id for d in named if hospital_of(d.id) == state["hospital"])
        state["department"], state["department_said"] = state["department"] or next(here, None), None


def _read_time(ports: Ports, heard: Heard, state: State, filled: dict[str, Any], tracker: Tracker) -> None:
    """Day, part of the day and half hour into `filled`. Raises BadInput('bad_day'), Refused('slot_full')."""
    if heard.last("period"):
        filled["period"] = heard.last("period")
    try:
        filled.update(_read_day(ports, heard, state | filled, tracker))
    except (BadInput, Refused):
        filled["day"] = None
        raise
    known = state | reset_dependents(filled, state)
    if not known["department"] or not known["day"] or ambiguous(known):
        return
    try:
        filled.update(_read_half_hour(ports, heard, known, tracker))
    except Refused:
        filled["half_hour"] = None
        raise


def _read_day(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> dict[str, Any]:
    """A day said, or the first one with places for 随便 and 最早的. Raises BadInput('bad_day')."""
    asked = tracker.get_slot("requested_slot")
    if heard.last("date"):
        return {"day": _bookable(ports, _day_said(heard, days_of(ports, state)))}
    if asked in {"day", "half_hour", "confirm"} and NO_SUCH_DAY.search(heard.text) and not heard.last("time"):
        raise BadInput("bad_day")
    if heard.intent == "book_same_day" and not state["day"]:
        return {"day": clock.today().isoformat()}
    if ((asked == "day" and VAGUE.search(heard.text)) or SOONEST.search(heard.text)) and not state["day"]:
        soonest = free_days(ports, state, tracker)[:1]
        return {"day": soonest[0].isoformat()} if soonest else {}
    return {}


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


def settled_card(ports: Ports, person_id: int, card: str | None, here: Sequence[cards.Card]) -> str | None:
    """A card that is known here; of one that was wished for, the one bound since; without a wish the only one."""
    if card is not None and card.startswith(NOT_KNOWN):
        word = card.removeprefix(NOT_KNOWN)
        return (whose.found(ports, person_id, word) if word else None) or card
    if card in {each.ref for each in here}:
        return card
    return here[0].ref if len(here) == 1 else None


def card_open(state: State) -> bool:
    """Whether somebody was named whose card is not known."""
    return str(state["card"] or "").startswith(NOT_KNOWN)


def _another(text: str) -> dict[str, Any]:
    """What 换个医生 or 改个时间 throws away."""
    return {slot: None for pattern, slots in ANOTHER if pattern.search(text) for slot in slots}


def reset_dependents(filled: dict[str, Any], state: State) -> dict[str, Any]:
    """A changed answer makes the answers after it worthless: 不是周五，是周六 asks for the half hour again.

    The day stays when the department changes: it is said again with the half hours, and full days are said.
    """
    filled = {slot: value or None for slot, value in filled.items()}
    for slot, after in (
        ("hospital", WITH_HOSPITAL),
        ("department", ("page", "half_hour", "confirm")),
        ("doctor", ("page", "half_hour", "confirm")),
        ("title", ("page", "half_hour", "confirm")),
        ("day", ("page", "half_hour", "confirm")),
        ("period", ("page", "half_hour", "confirm")),
        ("half_hour", ("confirm",)),
    ):
        first = slot == "hospital" and state[slot] is None  # nothing of another hospital is known yet
        if slot in filled and filled[slot] != state[slot] and not first:
            filled = {**dict.fromkeys(after), **filled, "confirm": None}
    return filled


def _day_said(heard: Heard, open_days: list[date]) -> str:
    """周六、周日都行: the first of them with places. 不是周五，是周六: the last one."""
    days = [first_open_day(wish, open_days) for wish in heard.all("date")]
    wanted = [] if CORRECTING.search(heard.text) else [day for day in days if date.fromisoformat(day) in open_days]
    return (wanted or days[-1:])[0]


def _bookable(ports: Ports, day: str) -> str:
    """The day itself when it lies in the booking window. Raises BadInput('bad_day'), Refused('not_released')."""
    booking.check_day(ports, day=date.fromisoformat(day))
    return day


def _read_half_hour(ports: Ports, heard: Heard, state: State, tracker: Tracker) -> dict[str, Any]:
    """The half hour of a clock time, or the first one for 最早的. Raises Refused('slot_full') when it has no place."""
    wish = heard.last("time")
    if wish:  # a clock time counts more than the part of the day that was said before
        offers = offers_of(ports, state | {"period": None})
        found = next((o.slot_id for o in offers if holds(o, wish)), None)
        if found is None and offers:
            raise Refused("slot_full")
        return {"half_hour": found, "period": None} if found else {}
    offers = offers_of(ports, state)
    vague = tracker.get_slot("requested_slot") == "half_hour" and VAGUE.search(heard.text)
    if offers and (vague or (state["half_hour"] is None and SOONEST.search(heard.text))):
        return {"half_hour": offers[0].slot_id}
    return {}


def ambiguous(state: State) -> bool:
    return str(state["doctor"] or "").startswith(directory.SURNAME)


def doctor_of(state: State) -> str | None:
    return None if state["doctor"] is None or ambiguous(state) else str(state["doctor"])


def days_of(ports: Ports, state: State) -> list[date]:
    """Days with places, of the doctor or the title that is wished."""
    return sorted({stock.day for stock in stock_of(ports, state) if stock.left > 0})


def stock_of(ports: Ports, state: State) -> list[booking.DayStock]:
    """Places left by day; of one title, those of its doctors together."""
    if not state["department"]:
        return []
    if not state["title"] or doctor_of(state):
        return booking.open_days(ports, department_id=state["department"], doctor_id=doctor_of(state))
    left: Counter[date] = Counter()
    for each in booking.doctors_of(ports, department_id=state["department"]):
        if each.title == state["title"]:
            left.update({s.day: s.left for s in booking.open_days(ports, doctor_id=each.id)})
    return [booking.DayStock(day, left[day]) for day in sorted(left)]


def calendar(ports: Ports, state: State, tracker: Tracker) -> booking.Calendar:
    """What the patient's own numbers leave open; of a number that is to be moved, as if it were gone."""
    if not state["card"] or not state["department"]:
        return booking.Calendar()
    person_id, without = caller(ports, tracker).person_id, str(state.get("moved") or "")
    facts = {"card_ref": state["card"], "department_id": state["department"], "without": without}
    return booking.calendar(ports, person_id=person_id, **facts)


def free_days(ports: Ports, state: State, tracker: Tracker) -> list[date]:
    """Days with places on which this patient may take one more number."""
    own = calendar(ports, state, tracker)
    return [day for day in days_of(ports, state) if own.refusal(day) is None]


def offers_of(ports: Ports, state: State) -> list[booking.Offer]:
    """The half hours of the wished day, part of the day, doctor and title."""
    offers = booking.offers(
        ports,
        department_id=state["department"],
        doctor_id=doctor_of(state),
        day=date.fromisoformat(state["day"]),
    )
    titled = [o for o in offers if state["title"] in {None, o.doctor_title} or doctor_of(state)]
    return [o for o in titled if in_period(o.start, state["period"])]
