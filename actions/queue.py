"""候诊: where one stands, reporting that one is here, and how long the way is."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot import clock
from bot.ports import Ports
from bot.services import queue, travel
from bot.services.queue import Place

REFRESH = choice("刷新", "queue_position")
REPORT = choice("报到", "check_in")
WAYS = (15, 30, 60, 90)  # minutes
FAR_MINUTES = 20  # whoever is called sooner need not be asked about his way


@responds_to("queue_position")
def queue_position(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """排到几号了."""
    person_id = caller(ports, tracker).person_id
    places = queue.mine(ports, person_id=person_id)
    if not places:
        buttons = [choice("我的预约", "my_bookings"), choice("我要挂号", "book")]
        return dispatcher.utter_message(response="utter_no_queue", buttons=buttons)
    report = [REPORT] if any(place.may_check_in for place in places) else []
    dispatcher.utter_message(json_message={"view": "queue"}, buttons=[*report, REFRESH])
    if any(_far(place) for place in places) and travel.may_ask(ports, person_id=person_id):
        ways = [choice(f"{way}分钟", "travel_time", way=str(way)) for way in WAYS]
        dispatcher.utter_message(response="utter_want_travel", buttons=[*ways, choice("不用", "travel_time", way="0")])
    return None


@responds_to("check_in")
def check_in(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """我到了: the only number to report for, or the one that was chosen."""
    who, ref = caller(ports, tracker), heard.first("booking")
    places = queue.mine(ports, person_id=who.person_id)
    waiting = [place.booking.ref for place in places if place.may_check_in]
    if ref is None and len(waiting) > 1:
        buttons = [_which(place) for place in places if place.may_check_in]
        return dispatcher.utter_message(response="utter_which_check_in", buttons=buttons)
    if ref is None and not waiting:
        return _nothing_to_report(dispatcher, places)
    ref = ref or waiting[0]
    done = queue.check_in(ports, person_id=who.person_id, ref=ref, key=who.key(f"check_in:{ref}"))
    return dispatcher.utter_message(
        json_message={"view": "checked_in", "ref": f"{done.outcome}:{ref}"}, buttons=[REFRESH]
    )


@responds_to("travel_time")
def travel_time(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """路上多久: kept for 现在出发."""
    minutes = travel.tell(ports, person_id=caller(ports, tracker).person_id, minutes=heard.first("way"))
    dispatcher.utter_message(
        response="utter_travel_kept" if minutes else "utter_travel_none", minutes=minutes, buttons=[REFRESH]
    )


def _nothing_to_report(dispatcher: CollectingDispatcher, places: list[Place]) -> None:
    if places:
        dispatcher.utter_message(response="utter_check_in_done_before")
        dispatcher.utter_message(json_message={"view": "queue"}, buttons=[REFRESH])
    else:
        dispatcher.utter_message(response="utter_check_in")


def _which(place: Place) -> dict[str, str]:
    label = f"⟦card:{place.booking.card_ref}⟧ {clock.local(place.booking.start):%H:%M}"
    return choice(label, "check_in", booking=place.booking.ref)


def _far(place: Place) -> bool:
    """Whether there is time enough that a reminder to leave makes sense."""
    return not place.arrived and (place.minutes_low or 0) >= FAR_MINUTES
