"""What a turn of a form leaves in the tracker: slots that changed, the form put aside, left or done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT

from actions.base import Heard
from bot.ports import Ports

State = dict[str, Any]
PASSING = frozenset(  # slots that are no answer to go back to
    {"page", "confirm", "full", "wait", "sms_code", "code_for"}
)


@dataclass(frozen=True)
class Turn:
    """One message to a form: `before` is what was known, `state` is filled on the way, `asked` the open slot."""

    ports: Ports
    dispatcher: CollectingDispatcher
    tracker: Tracker
    heard: Heard
    state: State
    before: State
    asked: str | None

    def say(self, response: str, **facts: str) -> None:
        self.dispatcher.utter_message(response=response, **facts)


class FormEvents:
    """The form whose events they are; `slots` is what it fills, in the order it asks."""

    form: ClassVar[str]
    slots: ClassVar[tuple[str, ...]]
    stored: ClassVar[str] = ""  # before each slot's name in the tracker: two forms can ask the same without mixing

    def _counted(self, tracker: Tracker, misses: int) -> list[EventType]:
        """Misses and turns; a form that was put aside is taken up again by this."""
        turns = float(int(tracker.get_slot("turn") or 0) + 1)
        return [SlotSet("misses", float(misses)), SlotSet("turn", turns), *self._taken_up(tracker)]

    def _taken_up(self, tracker: Tracker) -> list[EventType]:
        return [SlotSet("paused", None)] if tracker.get_slot("paused") == self.form else []

    def _former(self, turn: Turn) -> list[EventType]:
        """The answers before one of them was changed, for 还是刚才那个."""
        before, state = turn.before, turn.state
        changed = any(before[slot] not in {None, state[slot]} for slot in self.slots if slot not in PASSING)
        return [SlotSet("former", {"form": self.form, "state": before})] if changed else []

    def _over(self, tracker: Tracker, after: list[EventType]) -> list[EventType]:
        return [*self._cleared(), SlotSet("misses", 0.0), *self._taken_up(tracker), *self._end(), *after]

    def _changed(self, turn: Turn) -> list[EventType]:
        return [SlotSet(self.stored + slot, v) for slot, v in turn.state.items() if turn.before.get(slot) != v]

    def _left(self) -> list[EventType]:
        return [*self._cleared(), SlotSet("misses", 0.0), SlotSet("paused", None), *self._end()]

    def put_aside(self, turn: Turn, form: str) -> list[EventType]:
        """Leave this form with its slots kept and open the other; it is offered again when that one ends."""
        return [*self._changed(turn), SlotSet("paused", self.form), *self._end(), FollowupAction(form)]

    def _cleared(self) -> list[EventType]:
        return [SlotSet("former", None), *(SlotSet(self.stored + slot, None) for slot in self.slots)]

    @staticmethod
    def _end() -> list[EventType]:
        return [SlotSet(REQUESTED_SLOT, None), ActiveLoop(None)]
