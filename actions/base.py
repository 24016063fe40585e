"""What every action shares: ports, who is asking, a thread to work in, and words for what went wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import thread
from bot import wiring
from bot.errors import PATIENT_CODES, PeizhenError
from bot.ports import Ports
from bot.services import audit, callers, emergency, faq, follow_ups

log = logging.getLogger(__name__)

THREADS = 32  # asyncio's own pool has 6 on two cores, and forty patients would queue behind six slow calls
# Words around an answer that ask nothing: 那就改成骨科吧 is 骨科.
AROUND = re.compile(
    r"有没有|有号[吗么]|有[吗么]|可以[吗么]|行[吗么]|行不行|[\s，,。.！!、：:~～]|不是|[那这就还是改成换到看挂号约要想请给我帮选的吧啊哦嗯呢了个一下]"
)
SURE = 0.6  # about nine in ten guesses above it are right
VAULT_KINDS = frozenset({"person_name", "id_number", "phone", "card_no", "sms_code", "question", "reply", "detail"})
# A slow hospital answers or fails within 5 s a call, and web brings a late turn to the patient whole. What takes even
# longer goes out as a message of its own and leaves no slots behind (docs/decisions/0022-slow-actions.md).
LIMIT_SECONDS = 9.0

ORDINARY = "膝盖疼了两周"  # words to warm up with

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="action")


@dataclass(frozen=True)
class Caller:
    """Who is asking, proved by the signed inbox id in the message's metadata; never by a slot or `sender_id`."""

    person_id: int
    inbox_id: int

    def key(self, use_case: str) -> str:
        """Idempotency key of one use case of this message: a second run finds the first result."""
        return f"{self.inbox_id}:{use_case}"


class Heard:
    """The patient's last message: its intent and what the components found in it."""

    def __init__(self, tracker: Tracker, request: int = 0) -> None:
        """`request`: which of two requests in one message (`bot.nlu.requests`), the first one or the other."""
        message = tracker.latest_message or {}
        self.requests: int = len(message.get("requests") or [])
        own = message["requests"][request] if self.requests else message
        self.intent: str = own["intent"] if self.requests else (message.get("intent") or {}).get("name") or ""
        self.text: str = (own.get("text") or "").strip()
        self.sure: bool = bool(self.requests) or float((message.get("intent") or {}).get("confidence") or 0) >= SURE
        said = own.get("entities") or []
        self.entities = [*said, *thread.antecedents(tracker, self.text, self.intent, said)]

    def all(self, entity: str) -> Iterator[str]:
        return (str(e["value"]) for e in self.entities if e["entity"] == entity)

    def first(self, entity: str) -> str | None:
        return next(self.all(entity), None)

    def last(self, entity: str) -> str | None:
        """The one said last counts: 不是周五，是周六."""
        return next(iter(list(self.all(entity))[::-1]), None)

    def before(self, entity: str) -> str:
        """The text in front of the one said last."""
        starts = [int(e.get("start") or 0) for e in self.entities if e["entity"] == entity]
        return self.text[: starts[-1]] if starts else ""

    @property
    def rest(self) -> str:
        """What is left of the text beside the entities and the words around them; empty = nothing but an answer."""
        text = self.text
        for entity in sorted(self.entities, key=lambda e: -int(e.get("start") or 0)):
            text = text[: entity.get("start") or 0] + " " + text[entity.get("end") or 0 :]
        return "" if self.tapped else AROUND.sub("", text)

    @property
    def named(self) -> bool:
        """Whether it names anything: a department, a day, a symptom."""
        return bool(self.entities)

    @property
    def entrusted(self) -> bool:
        """Whether it holds what the vault keeps: an answer, whatever the words around it look like."""
        return any(e["entity"] in VAULT_KINDS for e in self.entities)

    @property
    def tapped(self) -> bool:
        """Whether this came from one of our own quick replies."""
        return self.text.startswith("/")


def warm() -> None:
    """Load what the first messages would wait for, each of them, and longer than LIMIT_SECONDS on a busy machine.

    A part that is down by then is met by the message that needs it.
    """
    try:
        ports = wiring.ports()
        emergency.check(ports, text=ORDINARY)
        faq.search(ports, text=ORDINARY, top=1)
    except Exception as error:
        log.error("not warm: %s", type(error).__name__)


class ServiceAction(Action, ABC):
    """Reads slots, calls one service, says one thing. Subclasses write `name` and `answer`."""

    @abstractmethod
    def answer(self, ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType] | None: ...

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Work in a thread; say what went wrong; after LIMIT_SECONDS promise the answer and send it later."""
        own = CollectingDispatcher()
        work = _pool.submit(self._guarded, own, tracker)
        try:
            events = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(work)), LIMIT_SECONDS)
        except asyncio.TimeoutError:
            work.add_done_callback(lambda done: self._send_later(done, own, tracker))
            follows = wiring.ports().channel.later
            dispatcher.utter_message(response="utter_error_too_slow" if follows else "utter_look_later")
            return []
        dispatcher.messages.extend(own.messages)
        return events

    def _guarded(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        ports = wiring.ports()
        try:
            with audit.tracing(_trace(ports, tracker)):
                return self.answer(ports, dispatcher, tracker) or []
        except PeizhenError as error:
            say_error(dispatcher, error)
        except Exception as error:
            # Where it broke, without the message: that may quote a patient.
            where = "".join(traceback.format_tb(error.__traceback__)[-3:])
            log.error("%s: %s\n%s", self.name(), type(error).__name__, where)
            dispatcher.utter_message(response="utter_error_internal")
        return []

    def _send_later(self, done: Future[list[EventType]], own: CollectingDispatcher, tracker: Tracker) -> None:
        ports = wiring.ports()
        done.exception()  # _guarded lets none out; this only marks it as seen
        follow_ups.send(ports, inbox_id=caller(ports, tracker).inbox_id, utterances=own.messages)


def caller(ports: Ports, tracker: Tracker) -> Caller:
    """The person behind this message. Raises NotFound when the signed id is missing, forged or stale."""
    token = ((tracker.latest_message or {}).get("metadata") or {}).get("inbox") or ""
    person_id, inbox_id = callers.caller(ports, token=token)
    return Caller(person_id, inbox_id)


def _trace(ports: Ports, tracker: Tracker) -> str:
    """The message that is being answered, as web names it in the audit trail too."""
    try:
        return f"inbox/{caller(ports, tracker).inbox_id}"
    except PeizhenError:
        return ""


def say_error(dispatcher: CollectingDispatcher, error: PeizhenError) -> None:
    """The response of this error's code, with its facts."""
    code = error.code if error.code in PATIENT_CODES else "internal"
    dispatcher.utter_message(response=f"utter_error_{code}", **error.facts)


def choice(label: str, intent: str = "choose", **entities: str) -> dict[str, str]:
    """One quick reply: the label is what the patient sees and may type, the payload what rasa gets."""
    return {"title": label, "payload": f"/{intent}{json.dumps(entities, ensure_ascii=False)}"}
