"""ServiceForm: a conversation that fills slots, survives digressions, and can always be left.

One call to this action is one turn. A turn either fills slots, or is answered and the question is asked again,
or leaves the form. The subclass says what it reads (`read`), how it asks (`ask_<slot>`), and what happens when all
is known (`done`). Rasa asks nothing by itself, so a turn costs one call instead of two.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT

from actions import digressions, repair, second, thread, unclear
from actions.base import Heard, ServiceAction, choice, say_error
from actions.form_events import FormEvents, State, Turn
from actions.static import NO_CHOICE
from bot.errors import BadInput, PeizhenError
from bot.ports import Ports
from bot.services.leaving import leaves

SWITCHES = {
    "book": "booking_form",
    "book_same_day": "booking_form",
    "bind_card": "card_form",
    "triage": "triage_form",
    "ask_expert": "question_form",
    "reply_expert": "reply_form",
    "cancel_booking": "cancel_form",
    "reschedule": "reschedule_form",
}
DOING = {
    "booking_form": "挂号",
    "cancel_form": "取消预约",
    "card_form": "绑定就诊卡",
    "triage_form": "找科室",
    "question_form": "问医生",
    "reply_form": "回复医生",
    "price_form": "查价格",
    "reschedule_form": "改时间",
}
PLAIN_WISHES = frozenset({"bind_card", "cancel_booking"})  # never an answer, whatever day or department they name
TO_ASK = re.compile("[问咨]")  # 想问问眼科的医生 names no department to book
HELP = frozenset({"help", "greet", "menu"})
NOWHERE = frozenset({"chitchat", "out_of_scope"})  # answered, and yet no step forward
MISSES_EXPLAIN = 2
MISSES_HUMAN = 3


class ServiceForm(FormEvents, ServiceAction):
    """Base of all forms; `form` is its name in the domain, `slots` what it fills, in the order it asks."""

    owns: ClassVar[frozenset[str]] = frozenset()  # intents that belong to this form and are no digression
    left: ClassVar[str] = "utter_left"  # said to whoever leaves
    goes_with: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # what is forgotten with a slot on the way back

    def name(self) -> str:
        return f"validate_{self.form}"

    # -- what a subclass writes ---------------------------------------------------------------------------
    @abstractmethod
    def read(self, ports: Ports, heard: Heard, state: State, tracker: Tracker) -> Mapping[str, Any]:
        """Slots that this message fills or changes. May raise PeizhenError: said, and asked again."""

    def required(self, ports: Ports, state: State, tracker: Tracker) -> tuple[str, ...]:
        """The slots still worth asking, in order; may fill what needs no question into `state`."""
        return self.slots

    def missing(self, order: tuple[str, ...], state: State) -> str | None:
        """The next slot to ask for; None = all is known."""
        return next((slot for slot in order if state.get(slot) is None), None)

    def ask(self, ports: Ports, slot: str, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str:
        """Ask for one slot by `ask_<slot>`; returns the slot really asked, which may be an earlier one."""
        return getattr(self, f"ask_{slot}")(ports, dispatcher, state, tracker) or slot

    @abstractmethod
    def done(
        self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker
    ) -> list[EventType] | None:
        """All is known: call the service, say the outcome. A PeizhenError is said, then `recover` decides."""

    def recover(self, error: PeizhenError, state: State) -> bool:
        """After `done` failed: forget in `state` what must be asked again and go on (True), or end (False)."""
        return False

    def detour(self, ports: Ports, dispatcher: CollectingDispatcher, state: State, tracker: Tracker) -> str | None:
        """Another form that must be gone through first (no card yet → bind one), having said so; or None."""
        return None

    # -- one turn -----------------------------------------------------------------------------------------
    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """One turn; the second of two requests is answered before it, or offered when this one is done."""
        later = second.beside(ports, dispatcher, tracker, form=self.form, opens=SWITCHES)
        events = self._turn(ports, dispatcher, tracker)
        if later is None:
            return events
        kinds = {event["event"] for event in events}
        over = "active_loop" in kinds and "followup" not in kinds
        offered = second.offer(dispatcher, later) if over else []
        return [*events, *(offered or [SlotSet("pending", later)])]

    def _turn(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        turn = self._begun(ports, dispatcher, tracker)
        settled = self._no_answer(turn, turn.asked) if turn.asked else None
        if settled is not None:
            return settled
        try:
            filled = dict(self.read(ports, turn.heard, turn.state, tracker))
        except PeizhenError as error:
            say_error(dispatcher, error)
            if turn.asked and isinstance(error, BadInput):
                return self._missed(turn, "utter_ways_out")
            return self._proceed(turn)
        turn.state.update(filled)
        return self._unfilled(turn, turn.asked) if turn.asked and not filled else self._proceed(turn)

    def _begun(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> Turn:
        asked = tracker.get_slot(REQUESTED_SLOT) if self._running(tracker) else None
        before = {slot: tracker.get_slot(self.stored + slot) for slot in self.slots}
        state = dict(before) if self._goes_on(tracker) else dict.fromkeys(self.slots)
        return Turn(ports, dispatcher, tracker, Heard(tracker), state, before, asked or None)

    def _no_answer(self, turn: Turn, asked: str) -> list[EventType] | None:
        """What must not be read as an answer: a way out, something to mend, a question, a plain other wish."""
        heard, tracker = turn.heard, turn.tracker
        if self.wants_out(turn.ports, heard, tracker):
            turn.say(self.left)
            return [*self._left(), *second.offer(turn.dispatcher, tracker.get_slot("pending"))]
        if self._mended(turn, asked) or self.answered_aside(turn, asked):
            return self._proceed(turn)
        plain = heard.intent in PLAIN_WISHES or (heard.intent == "ask_expert" and TO_ASK.search(heard.text))
        wish = self.other_wish(turn.ports, heard, tracker) if heard.sure and plain else None
        return self._switch(turn, wish) if wish and not heard.entrusted else None

    def _mended(self, turn: Turn, asked: str) -> bool:
        """What is asked explained, an answer taken back, or the answers as they were before the last change."""
        former = turn.tracker.get_slot("former") or {}
        known = former.get("state") if former.get("form") == self.form else None
        said = repair.why(turn.heard, self.question(asked, turn.state)) or repair.undo(turn.heard, turn.state, known)
        said = said or self.take_back(turn.heard, asked, turn.state)
        if said:
            turn.say(said)
        return said is not None

    def question(self, asked: str, state: State) -> str:
        """The name of the open question in `utter_why_…`; one slot may stand for several questions."""
        return asked

    def take_back(self, heard: Heard, asked: str, state: State) -> str | None:
        """Forget in `state` the answer that 身份证写错了 takes back; what is said, None = it takes none back."""
        return repair.take_back(heard, asked, state, self.goes_with)

    def _running(self, tracker: Tracker) -> bool:
        return bool((tracker.active_loop or {}).get("name") == self.form)

    def wants_out(self, ports: Ports, heard: Heard, tracker: Tracker) -> bool:
        """取消 and the like."""
        return leaves(heard.text)

    def other_wish(self, ports: Ports, heard: Heard, tracker: Tracker) -> str | None:
        """The other form that this message asks for."""
        wish = SWITCHES.get(heard.intent)
        return wish if wish != self.form and heard.intent not in self.owns else None

    def _switch(self, turn: Turn, wish: str) -> list[EventType]:
        """Put this form aside for another one; back to one that was put aside for this, this one is over."""
        if wish == turn.tracker.get_slot("paused"):
            return [*self._cleared(), *self._end(), FollowupAction(wish)]
        turn.say(f"utter_pause_{self.form}")
        return self.put_aside(turn, wish)

    def _goes_on(self, tracker: Tracker) -> bool:
        """Whether earlier answers still count: the form is open, or was put aside and is taken up again."""
        open_question = self._running(tracker) and tracker.get_slot(REQUESTED_SLOT) is not None
        return open_question or tracker.get_slot("paused") == self.form

    def answered_aside(self, turn: Turn, asked: str) -> bool:
        """What fills nothing in any form: a step back, a tap that is over, the question once more, help, a question."""
        heard = turn.heard
        if heard.intent == "back":
            if not self.step_back(turn, asked):
                turn.say("utter_first_step")
        elif heard.intent == "choose" and heard.first("slot") not in self.slots:
            turn.say("utter_no_choice_here" if heard.first("slot") == NO_CHOICE else "utter_late_tap_here")
        elif heard.intent in HELP and (heard.sure or heard.tapped):
            turn.say("utter_help_here", doing=DOING.get(self.form, "办这件事"))
        elif self._asks(heard):
            return digressions.aside(turn.ports, turn.dispatcher, turn.tracker, heard)
        else:
            once_more = thread.HUH.fullmatch(heard.text) or thread.CONTINUES.fullmatch(heard.text)
            return heard.intent == "repeat" or once_more is not None
        return True

    def _asks(self, heard: Heard) -> bool:
        """A question that names something, 眼科在几楼, must not be read as an answer."""
        if heard.intent in self.owns | NOWHERE or heard.entrusted or heard.first("card"):
            return False
        return heard.named and heard.sure and bool(heard.rest)

    def step_back(self, turn: Turn, asked: str) -> bool:
        """Forget the last answer before the open question; False when there is none that was really asked for."""
        ports, state, tracker = turn.ports, turn.state, turn.tracker
        order = self.required(ports, state, tracker)
        for slot in reversed(order[: order.index(asked)] if asked in order else ()):
            if state[slot] is None:
                continue
            state.update(dict.fromkeys((slot, *self.goes_with.get(slot, ()))))
            self.required(ports, state, tracker)
            if state[slot] is None:
                return True
        return False

    def _unfilled(self, turn: Turn, asked: str) -> list[EventType]:
        """The message answered nothing we asked: another wish, a question in between, or not understood."""
        heard = turn.heard
        vague = None if heard.sure and heard.intent in SWITCHES else repair.vague(heard, asked)
        if vague or repair.undoes(heard):
            return self._missed(turn, "utter_ways_out", vague)
        wish = self.other_wish(turn.ports, heard, turn.tracker)
        if wish:
            return self._switch(turn, wish)
        again = SWITCHES.get(heard.intent) == self.form and heard.sure
        elsewhere = heard.intent not in self.owns | NOWHERE
        if again or (elsewhere and self._aside(turn)):
            return self._proceed(turn)
        unclear.note(turn.ports, turn.tracker)
        return self._missed(turn, "utter_missed_twice", self._missed_first(turn), n=str(repair.number(heard)))

    def _missed_first(self, turn: Turn) -> str:
        """What is said the first time; '' = small talk that got its own answer."""
        fresh = int(turn.tracker.get_slot("misses") or 0) == 0
        if fresh and turn.heard.intent in NOWHERE and turn.heard.sure and self._aside(turn):
            return ""
        return "utter_no_such_number" if repair.number(turn.heard) else "utter_missed"

    @staticmethod
    def _aside(turn: Turn) -> bool:
        return digressions.aside(turn.ports, turn.dispatcher, turn.tracker, turn.heard)

    def _missed(self, turn: Turn, twice: str, first: str | None = None, **facts: str) -> list[EventType]:
        """No step forward: the first time `first`, the second time the ways out, the third time a person."""
        misses = int(turn.tracker.get_slot("misses") or 0) + 1
        if misses >= MISSES_HUMAN:
            turn.say("utter_person")
            return self._left()
        said = twice if misses == MISSES_EXPLAIN else first
        if said:
            turn.say(said, **facts)
        return self._proceed(turn, misses=misses)

    def _proceed(self, turn: Turn, *, misses: int = 0) -> list[EventType]:
        """Ask for the next thing, or finish."""
        ports, dispatcher, tracker, state = turn.ports, turn.dispatcher, turn.tracker, turn.state
        first = self.detour(ports, dispatcher, state, tracker)
        if first:
            return self.put_aside(turn, first)
        try:
            wanted = self.missing(self.required(ports, state, tracker), state)
            if wanted is None:
                return self._over(tracker, self.done(ports, dispatcher, state, tracker) or [])
            asked = self.ask(ports, wanted, dispatcher, state, tracker)
        except PeizhenError as error:
            say_error(dispatcher, error)
            if not self.recover(error, state):
                return self._over(tracker, self.offer_paused(dispatcher, tracker))
            return self._proceed(turn, misses=misses)
        return [
            *self._changed(turn),
            *self._former(turn),
            *self._counted(tracker, misses),
            SlotSet(REQUESTED_SLOT, asked),
        ]

    # -- shared pieces ------------------------------------------------------------------------------------
    def offer_paused(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """After finishing: offer the form that was put aside for this one, else the second of two requests."""
        paused = tracker.get_slot("paused")
        if not paused or paused == self.form:
            return second.offer(dispatcher, tracker.get_slot("pending"))
        dispatcher.utter_message(
            response=f"utter_resume_{paused}",
            buttons=[choice("继续", "resume"), choice("先不了", "drop_paused")],
        )
        return []


__all__ = ["ServiceForm", "State", "Turn"]
