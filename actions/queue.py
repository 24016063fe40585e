"""候诊: my number, the number being called, how many before me, about how long."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller, choice
from actions.digressions import responds_to
from bot.ports import Ports
from bot.services import queue


@responds_to("queue_position")
def queue_position(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """排到几号了."""
    if queue.mine(ports, person_id=caller(ports, tracker).person_id):
        dispatcher.utter_message(json_message={"view": "queue"}, buttons=[choice("刷新", "queue_position")])
    else:
        dispatcher.utter_message(
            response="utter_no_queue", buttons=[choice("我的预约", "my_bookings"), choice("我要挂号", "book")]
        )
