"""The thread of the talk outside forms: 换一个医生, 那他呢, 那下午呢, 两个都要, 最早的就行.

The slot `thread` keeps what was spoken of last: `intent`, `doctor`, `department` (ids) and `booked`. A message that
names nothing itself is read with it, and acted on as if the whole of it had been said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, EventType, SlotSet, UserUttered

Entity = dict[str, Any]
Thread = Mapping[str, Any]

# 他 is the doctor spoken of; 给他挂 is a relative, 他妈 an oath or a mother.
DOCTOR = re.compile("(?<![给帮替为其])[他她](?![们妈爸爷奶家])|[他她]的号|[这那]位|[这那该]个?(?:医生|大夫|主任|专家)")
DEPARTMENT = re.compile("[这那该]个?科")
GOES_ON = re.compile("^(?:那|好的?|行|可以)[，,]?(?:就|我|帮我|给我|请)*[挂约]")
AGAIN = re.compile(
    "(?:那|还是|就|要|选|用|挂|看|找|我)*(?:刚才|刚刚|原来|之前|前面|先前)"
    "(?:的|那|个|位|家|天|选|时间|时候|医生|大夫|科室?|号)*[吧啊呢呀。！!]*"
)
ANOTHER_DOCTOR = re.compile(
    "(?:换|改|有没有|还有|看看)[^，,。]{0,4}(?:医生|大夫|专家)|(?:别的|其[他它])(?:医生|大夫|专家)"
)
ANOTHER_PLACE = re.compile("[换改][一个]*科")
BOTH = re.compile("(?:我)?(?:这?两个|俩|两个?科|全部?|两位)?都(?:要|挂|想要|看|办)(?:[了吧啊的]|一下)*|[两俩]个?都要?")
SOONEST = re.compile("最早|最快|尽快|最近的|越早越好|越快越好")
VAGUE = re.compile(
    "随便|随你|都行|都可以|都好|哪个都|看着办|你(?:们)?(?:定|选|决定)|无所谓|不挑|听你的|" + SOONEST.pattern
)
# What is left of 那眼科呢 without 眼科 asks nothing of its own.
ELLIPSIS = re.compile(r"怎么样|有没有|有吗|行吗|可以吗|[\s，,。？?！!、那么呢的吗啊呀吧嘛要是如果换成改到还有也想看挂]")
OF_DOCTORS = frozenset({"doctor_info", "doctor_schedule", "price_exam", "ask_expert", "book"})
OF_PLACES = frozenset(
    {"department_info", "department_location", "doctor_info", "doctor_schedule", "book", "ask_expert"}
)
OF_PERSONS = frozenset({"reports_list", "report_ready", "queue_position", "my_bookings", "book"})
KEPT = OF_DOCTORS | OF_PLACES | OF_PERSONS | {"price_drug", "reschedule"}
# Said to nothing in particular; these words may be the rest of something said before.
LOOSE = frozenset({"nlu_fallback", "out_of_scope", "chitchat", "affirm", "deny"})
HUH = re.compile("(?:[啊嗯哈咦诶额呃哎啥蛤]|什么|what|huh)[?？]+|[啊哈咦诶]", re.IGNORECASE)
CONTINUES = re.compile("继续(?:办|挂号?|填|吧)*|接着(?:办|来|挂|吧)*")
ALSO = re.compile("也.{0,2}[看挂]")
TITLE = re.compile("医生|大夫|主任|专家|的?号")
NAMES = frozenset({"doctor_info", "doctor_schedule", "department_info"})
TIMES = frozenset({"date", "period", "time"})


def of(tracker: Tracker) -> Thread:
    return tracker.get_slot("thread") or {}


def about(tracker: Tracker, **facts: Any) -> EventType:
    """Keep what is spoken of now; a new department forgets the doctor of another one."""
    return SlotSet("thread", {**of(tracker), **facts})


def antecedents(tracker: Tracker, text: str, intent: str, entities: list[Entity]) -> list[Entity]:
    """The doctor or the department that 他 or 那个科 stands for; outside forms, and where neither is named."""
    running = (tracker.active_loop or {}).get("name") and tracker.get_slot("requested_slot")
    if running or any(e["entity"] in {"doctor", "department"} for e in entities):
        return []
    known = of(tracker)
    goes_on = bool(GOES_ON.search(text) or VAGUE.search(text)) and intent in {"book", "book_same_day"}
    if known.get("doctor") and (DOCTOR.search(text) or goes_on):
        return [_entity("doctor", known["doctor"])]
    if known.get("department") and (DEPARTMENT.search(text) or goes_on):
        return [_entity("department", known["department"])]
    return []


def meant(tracker: Tracker, intent: str, text: str, entities: list[Entity], rest: str) -> list[EventType]:
    """What a loose message means after what was said before, as events that say it; empty = nothing."""
    if (tracker.latest_message or {}).get("meant"):
        return []
    if CONTINUES.fullmatch(text) and (tracker.get_slot("paused") or tracker.get_slot("pending")):
        return said_instead(tracker, "resume", [])
    if intent in NAMES and _says_all({e["entity"] for e in entities}) and not ELLIPSIS.sub("", TITLE.sub("", rest)):
        return said_instead(tracker, "book", entities)
    for_another = intent == "switch_patient" and ALSO.search(text)  # 我妈也要看 is her number, not her card for all
    if intent not in LOOSE and not for_another:
        return []
    if BOTH.fullmatch(text):
        return _both(tracker)
    found = ("repeat", []) if HUH.fullmatch(text) else _meant(of(tracker), text, entities, rest)
    return said_instead(tracker, found[0], found[1]) if found else []


def _says_all(kinds: set[str]) -> bool:
    """明天上午九点眼科陈守正医生: where, which day and when, and nothing else, is a wish for a number."""
    return bool(kinds & {"doctor", "department"} and "date" in kinds and kinds & {"period", "time"})


def _meant(known: Thread, text: str, entities: list[Entity], rest: str) -> tuple[str, list[Entity]] | None:
    """The intent and the entities."""
    here = _here(known)
    if ANOTHER_DOCTOR.search(text):
        if known.get("booked") or not known.get("department"):
            return ("reschedule" if known.get("booked") else "book"), entities
        return "doctor_info", [_entity("department", known["department"])]
    if ANOTHER_PLACE.search(text):
        return "book", entities
    if (AGAIN.fullmatch(text) or (DOCTOR.search(text) and not ELLIPSIS.sub("", DOCTOR.sub("", text)))) and here:
        return ("doctor_info" if known.get("doctor") else "department_info"), here
    if VAGUE.search(text) and (SOONEST.search(text) or here) and not known.get("booked"):
        return "book", [*entities, *here]
    also = bool(ALSO.search(text))
    return _elliptic(known, entities, also=also) if entities and not ELLIPSIS.sub("", rest) else None


def _elliptic(known: Thread, entities: list[Entity], *, also: bool) -> tuple[str, list[Entity]] | None:
    """那眼科呢 is asked as 骨科在几楼 was; 那下午呢 asks for a number."""
    kinds, before = {e["entity"] for e in entities}, str(known.get("intent") or "")
    if kinds <= TIMES and (known.get("booked") or _here(known)):
        return ("reschedule", entities) if known.get("booked") else ("book", [*entities, *_here(known)])
    for kind, fits, plain in (
        ("doctor", OF_DOCTORS, "doctor_info"),
        ("department", OF_PLACES, "department_info"),
        ("exam", {"price_exam"}, "price_exam"),
        ("drug", {"price_drug"}, "price_drug"),
    ):
        if kind in kinds:
            return (before if before in fits else plain), entities
    if "person" in kinds and (before or also):
        wish = "book" if known.get("booked") or also else before
        return (wish, [*entities, *(_here(known) if wish == "book" else [])]) if wish in OF_PERSONS else None
    return None


def _here(known: Thread) -> list[Entity]:
    kind = next((k for k in ("doctor", "department") if known.get(k)), None)
    return [_entity(kind, known[kind])] if kind else []


def _entity(kind: str, value: str) -> Entity:
    return {"entity": kind, "value": value, "start": 0, "end": 0}


def said_instead(tracker: Tracker, intent: str, entities: list[Entity], **more: Any) -> list[EventType]:
    """Go on as if this had been said; the message's proof of who says it stays."""
    last = tracker.latest_message or {}
    parsed = {
        "text": more.pop("text", None) or last.get("text"),
        "intent": {"name": intent, "confidence": 1.0},
        "entities": entities,
        "metadata": last.get("metadata") or {},
        "meant": True,
        **more,
    }
    uttered = {**UserUttered(parsed["text"], parse_data=parsed), "metadata": parsed["metadata"]}
    return [ActionExecuted("action_listen"), uttered]


def _both(tracker: Tracker) -> list[EventType]:
    """两个都要: of the wishes offered last the first is done, the second is kept."""
    wishes = [wish for wish in _offered(tracker) if wish["intent"] not in {"choose", "help", "ask_expert"}][:2]
    if len(wishes) < 2:  # noqa: PLR2004 - two are both
        return []
    return said_instead(tracker, wishes[0]["intent"], wishes[0]["entities"], text=wishes[0]["text"], requests=wishes)


def _offered(tracker: Tracker) -> Iterator[dict[str, Any]]:
    """The quick replies of the answer before this message, as requests."""
    users = 0
    shown: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        users += event["event"] == "user"
        if users > 1:
            break
        if users == 1 and event["event"] == "bot":
            shown = [*((event.get("data") or {}).get("buttons") or []), *shown]
    for button in shown:
        intent, brace, facts = str(button["payload"]).lstrip("/").partition("{")
        said = json.loads(brace + facts) if brace else {}
        yield {"intent": intent, "text": button["title"], "entities": [_entity(k, v) for k, v in said.items()]}
