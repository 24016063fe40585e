"""询价: exams and drugs from the hospital's price list; the item may come with the question or after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions import directory
from actions.base import Heard
from actions.digressions import responds_to
from actions.forms import ServiceForm, State, Turn
from actions.thread import about
from bot.his.port import Price
from bot.ports import Ports
from bot.services import hospitals, prices

SHOWN = 6
KINDS = {"price_exam": "exam", "price_drug": "drug"}
# What an item's name alone may be taken for when we have just asked for one.
BARE_NAMES = frozenset("out_of_scope nlu_fallback faq_question drug_guidance exam_booking prescriptions triage".split())
LONGEST_NAME = 20
ASKING = re.compile(
    r"^(?:您好|你好|请问|麻烦|帮我|我?想|要|再)*(?:查询|查|问|知道)?(?:一?下)?"
    r"|(?:大概|大约|需要|要|得|是|的|一[次盒片瓶支个针])*(?:多少钱|多少|几块钱?|什么价[格钱]?|价格|价钱|怎么收费|收费|费用|贵不贵|贵吗|怎么卖)"
    r"|[\s,.?!，。？！呀啊呢吗吧嘛了]"
)
# What a number with a doctor costs; it stands in the directory, not in the price list.
FEE = re.compile(
    r"挂号费|挂号(?:多少|要?多少|几块|怎么收费|收费|价)|诊查费|诊疗费|诊金|门诊费|号费|(?:个|的|专家|普通)号(?:要|得)?(?:多少钱|几块)"
)
NO_NAMES = frozenset(("", "药", "药品", "检查", "做检查", "化验", "项目", "这个", "那个", "它"))


class PriceForm(ServiceForm):
    """Which item → what it costs."""

    form = "price_form"
    slots: ClassVar[tuple[str, ...]] = ("price_kind", "price_item")
    owns = frozenset(KINDS)

    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        filled = {"price_kind": KINDS[heard.intent]} if heard.intent in KINDS else {}
        if heard.intent in KINDS or heard.intent in BARE_NAMES:
            item = _item(heard)
            return filled | ({"price_item": item} if item else {})
        return filled

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        return ("price_item",)

    def ask_price_item(self, _ports: Ports, dispatcher: CollectingDispatcher, state: State, _t: Tracker) -> None:
        dispatcher.utter_message(response=f"utter_want_price_{state['price_kind'] or 'exam'}")

    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        heard = Heard(tracker)
        if FEE.search(heard.text):
            _say_fee(ports, dispatcher, tracker, heard)
        else:
            _say(ports, dispatcher, state["price_item"], heard)
        return [
            *self.offer_paused(dispatcher, tracker),
            about(tracker, intent=f"price_{state['price_kind'] or 'exam'}"),
        ]

    def put_aside(self, turn: Turn, form: str) -> list[EventType]:
        """A price is asked anew in one sentence: nothing is kept for later."""
        return [*self._left(), FollowupAction(form)]


@responds_to(*KINDS)
def price(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """多少钱, asked in the middle of something else."""
    item = _item(heard)
    if FEE.search(heard.text) or (item is None and (tracker.active_loop or {}).get("name") == "booking_form"):
        _say_fee(ports, dispatcher, tracker, heard)
    elif item is None:
        dispatcher.utter_message(response=f"utter_want_price_{KINDS[heard.intent]}")
    else:
        _say(ports, dispatcher, item, heard)


def _item(heard: Heard) -> str | None:
    """The item as the lookups name it, else what the patient called it."""
    known = heard.last("drug") or heard.last("exam")
    if known or heard.tapped:
        return known
    named = ASKING.sub("", heard.text)
    return named if named not in NO_NAMES and len(named) <= LONGEST_NAME and "⟦" not in named else None


def _say(ports: Ports, dispatcher: CollectingDispatcher, item: str, heard: Heard) -> None:
    """What it costs; else what is near; else that it is not in the list."""
    found = prices.find(ports, text=item)
    known = item in {heard.last("drug"), heard.last("exam")}  # such a name may be longer than the list's
    if found:
        dispatcher.utter_message(response="utter_prices", lines=_lines(ports, found))
    elif near := prices.near(ports, text=item) or (prices.find(ports, text=item[:2]) if known else []):
        dispatcher.utter_message(response="utter_prices_near", item=item, lines=_lines(ports, near))
    else:
        dispatcher.utter_message(response="utter_price_nothing", item=item)


def _lines(ports: Ports, found: list[Price]) -> str:
    houses = hospitals.labels(ports)
    return "\n".join(_line(price, houses.get(price.hospital_id, "")) for price in found[:SHOWN])


def _line(price: Price, house: str) -> str:
    spec = f"（{price.spec}）" if price.spec else ""
    return f"{house} {price.name}{spec} {price.fen / 100:g}元/{price.unit}".strip()


def _say_fee(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """What a number costs: of the doctor or department named, else of those in the open booking, else the range."""
    fees = prices.registration(ports, **_whose_fee(ports, tracker, heard))
    facts = {"whom": f"{fees.whom}的" if fees.whom else "", "low": f"{fees.low_fen / 100:g}"}
    if fees.low_fen == fees.high_fen:
        dispatcher.utter_message(response="utter_fee", whom=facts["whom"], fee=facts["low"])
    else:
        dispatcher.utter_message(response="utter_fee_range", high=f"{fees.high_fen / 100:g}", **facts)


def _whose_fee(ports: Ports, tracker: Tracker, heard: Heard) -> dict[str, str]:
    """`doctor_id` or `department_id` for the fee; empty = nobody in particular."""
    doctors = directory.doctors_named(ports, heard.last("doctor") or "")
    if len(doctors) == 1:
        return {"doctor_id": doctors[0].id}
    named = directory.departments_named(ports, heard.last("department") or "")
    if named:
        return {"department_id": named[0].id}
    if (tracker.active_loop or {}).get("name") != "booking_form":
        return {}
    chosen = directory.doctors_named(ports, tracker.get_slot("doctor") or "")
    if len(chosen) == 1:
        return {"doctor_id": chosen[0].id}
    return {"department_id": tracker.get_slot("department")} if tracker.get_slot("department") else {}
