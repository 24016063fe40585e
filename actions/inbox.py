"""我的消息: how many are new, and the page that has them all."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Heard, caller
from actions.digressions import responds_to
from bot.ports import Ports
from bot.services import notice_inbox


@responds_to("my_messages")
def my_messages(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """What they say stands on the page alone."""
    new = notice_inbox.unread(ports, person_id=caller(ports, tracker).person_id)
    dispatcher.utter_message(
        response="utter_my_messages" if new else "utter_no_new_messages",
        count=new,
        json_message={"link": {"title": "打开我的消息", "url": f"{ports.public_url}{notice_inbox.INBOX}"}},
    )
