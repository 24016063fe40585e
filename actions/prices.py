"""询价: exams and drugs from the hospital's price list; the item may come with the question or after it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard
from actions.digressions import responds_to
from actions.forms import ServiceForm, State
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
        _say(ports, dispatcher, state["price_item"], _found(ports, state["price_item"], Heard(tracker)))
        return self.offer_paused(dispatcher, tracker)

    def _put_aside(self, state: State, before: State, form: str) -> list[EventType]:
        """A price is asked anew in one sentence: nothing is kept for later."""
        return [*self._left(), FollowupAction(form)]


@responds_to(*KINDS)
def price(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """多少钱, asked in the middle of something else."""
    item = _item(heard)
    if item is None:
        dispatcher.utter_message(response=f"utter_want_price_{KINDS[heard.intent]}")
    else:
        _say(ports, dispatcher, item, _found(ports, item, heard))


def _item(heard: Heard) -> str | None:
    """The item as the lookups name it, else what the patient called it."""
    known = heard.last("drug") or heard.last("exam")
    if known or heard.tapped:
        return known
    named = ASKING.sub("", heard.text)
    return named if named not in NO_NAMES and len(named) <= LONGEST_NAME and "⟦" not in named else None


def _found(ports: Ports, item: str, heard: Heard) -> list[Price]:
    """The list's entries; a name from the lookups may be longer than the list's, a patient's own word may not."""
    found = prices.find(ports, text=item)
    known = item in {heard.last("drug"), heard.last("exam")}
    return found or (prices.find(ports, text=item[:2]) if known else [])


def _say(ports: Ports, dispatcher: CollectingDispatcher, item: str, found: list[Price]) -> None:
    if not found:
        dispatcher.utter_message(response="utter_price_nothing", item=item)
        return
    houses = hospitals.labels(ports)
    lines = "\n".join(_line(price, houses.get(price.hospital_id, "")) for price in found[:SHOWN])
    dispatcher.utter_message(response="utter_prices", lines=lines)


def _line(price: Price, house: str) -> str:
    spec = f"（{price.spec}）" if price.spec else ""
    return f"{house} {price.name}{spec} {price.fen / 100:g}元/{price.unit}".strip()
