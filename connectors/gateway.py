"""Rasa's only ear: an authenticated input channel in which an error is an error.

Rasa's stock REST channel trusts the sender in the body and turns every exception into an empty 200. Here

* the caller proves itself with a shared key (constant-time comparison);
* a turn either happens whole or not at all: when the action server cannot be reached the turn is abandoned
  before rasa saves the tracker, the caller gets 502 and may send the same message again;
* a message that had its turn gets the same answer again: its caller died, or had gone, before he heard it;
* nothing that a patient wrote reaches a log.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeGuard

from aiohttp import ClientSession, TCPConnector
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.constants import UTTER_PREFIX
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, json

log = logging.getLogger(__name__)

OnMessage = Callable[[UserMessage], Awaitable[Any]]
SESSION_START = "/session_start"
BAD_REQUEST = 400
KEPT_SECONDS = 2.0  # idle connections to the action server; shorter than its own patience, so that it never ends one
LONGEST = 8000  # characters of a text; ours are 2,000 before placeholders stand in for what they hide
# A department as hospitals number it (yh.d01): a slot may also hold a patient's own words, which are no id.
DEPARTMENT = re.compile(r"[a-z]{1,8}\.[\w\-]{1,40}", re.ASCII)
# What is said to a message that was not understood, outside forms and in them.
MISSED = frozenset(
    {
        *("utter_not_understood", "utter_guess", "utter_both_what", "utter_missed_menu", "utter_person"),
        *("utter_missed", "utter_missed_twice", "utter_no_such_number", "utter_ways_out"),
    }
)
RESPONSE = f"{UTTER_PREFIX}action"  # where rasa notes which response a bot message was made of
UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")  # NUL and halves of surrogate pairs: no tracker keeps them


class ActionServerDown(BaseException):
    """Not an Exception on purpose: rasa's processor swallows those and carries on with half a turn."""


class HadItsTurn(BaseException):
    """Leaves rasa's processor before anything is predicted; no Exception, as above."""


class GuardedEndpoint(EndpointConfig):
    """The action endpoint, except that its failures abandon the turn, and that its connections are kept."""

    _kept: ClientSession | None = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[ClientSession]:
        """One for all calls: rasa's own makes and closes a connection for each."""
        if self._kept is None or self._kept.closed:
            self._kept = ClientSession(connector=TCPConnector(keepalive_timeout=KEPT_SECONDS))
        yield self._kept

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().request(*args, **kwargs)
        except ClientResponseError as error:
            if error.status == BAD_REQUEST:  # an action's own rejection, part of rasa's protocol
                raise
            raise ActionServerDown(f"http {error.status}") from None
        except Exception as error:
            raise ActionServerDown(type(error).__name__) from None


class WholeMessage(CollectingOutputChannel):
    """Collects bot messages as we write them: text, buttons and custom together."""

    heard: dict[str, Any] | None = None

    @classmethod
    def name(cls) -> str:
        return "gateway"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        wanted = {"text", "buttons", "custom"}
        self.messages.append({k: v for k, v in message.items() if k in wanted and v})


class HeardProcessor(MessageProcessor):
    """Rasa's processor, which also tells the caller what it took the message for: names, never words.

    And it takes no turn twice. A second 确认 would find the form closed and be told that nothing was done.
    """

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        with suppress(HadItsTurn):
            return await super().handle_message(message)
        return None

    async def _handle_message_with_tracker(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        """Inside the conversation's lock, so that a turn which is still under way is waited for."""
        # Not `latest_message`: rasa may leave a form's messages out of it when it builds a tracker anew.
        last = next((event for event in reversed(tracker.events) if isinstance(event, UserUttered)), None)
        if last is not None and last.text != SESSION_START and _which(message) == _which(last) is not None:
            await _say_again(message.output_channel, tracker, of=last)
            raise HadItsTurn
        await super()._handle_message_with_tracker(message, tracker)

    async def _run_prediction_loop(self, output_channel: Any, tracker: DialogueStateTracker) -> None:
        await super()._run_prediction_loop(output_channel, tracker)
        if isinstance(output_channel, WholeMessage):
            output_channel.heard = heard(tracker)


def _which(said: UserMessage | UserUttered) -> tuple[str, ...] | None:
    """Whose message and which one: the signed id without its expiry and its mac, which every try has anew."""
    signed = (said.metadata or {}).get("inbox")
    return tuple(signed.split(".")[:2]) if isinstance(signed, str) and signed else None


async def _say_again(out: Any, tracker: DialogueStateTracker, *, of: UserUttered) -> None:
    """What the bot said in the turn that a message had; an action may have gone on as if more had been said."""
    if not isinstance(out, WholeMessage):
        return
    events = list(tracker.events)
    began = next(n for n, event in enumerate(events) if isinstance(event, UserUttered) and _which(event) == _which(of))
    for event in events[began:]:
        if isinstance(event, BotUttered):
            await out.send_response(tracker.sender_id, event.message())
    out.heard = heard(tracker)


def heard(tracker: DialogueStateTracker) -> dict[str, Any]:
    """What the last message was taken for: `wish` an intent, `missed` = not understood, `department` an id or None."""
    turn: list[Any] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        turn.append(event)
    slots = {event.key: event.value for event in reversed(turn) if isinstance(event, SlotSet)}
    said = {event.metadata.get(RESPONSE) for event in turn if isinstance(event, BotUttered)}
    spoken_of = slots.get("department") or (slots.get("thread") or {}).get("department")
    department = spoken_of if isinstance(spoken_of, str) and DEPARTMENT.fullmatch(spoken_of) else None
    wish = getattr(tracker.latest_message, "intent_name", None)
    return {"wish": wish, "missed": bool(said & MISSED), "department": department}


class GatewayInput(InputChannel):
    """POST /webhooks/gateway/messages {conversation, text, metadata, fresh} → {messages: […]}."""

    def __init__(self, key: str) -> None:
        if not key:
            raise ValueError("the gateway needs a key")
        self._key = key

    @classmethod
    def name(cls) -> str:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayInput:
        return cls((credentials or {}).get("key") or "")

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        routes = Blueprint("gateway")

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            ready = _agent(request) is not None
            return json({"ready": ready}, status=200 if ready else 503)

        @routes.post("/messages")
        async def messages(request: Request) -> HTTPResponse:
            given = request.headers.get("x-peizhen-key", "").encode("utf-8", "replace")
            if not hmac.compare_digest(given, self._key.encode()):
                return json({"error": "key"}, status=401)
            return await _turn(request, on_new_message)

        return routes


@dataclass(frozen=True)
class Turn:
    """What the caller asks for; `fresh` starts a new session before it."""

    conversation: str
    text: str
    metadata: dict[str, Any]
    fresh: bool


def _read(request: Request) -> Turn | None:
    """The turn in a body; None when it is none."""
    try:
        body = request.json
    except InvalidUsage:
        return None
    if not isinstance(body, dict):
        return None
    conversation, text, metadata = body.get("conversation"), body.get("text"), body.get("metadata") or {}
    if not (_words(conversation) and _words(text) and isinstance(metadata, dict)):
        return None
    return Turn(conversation, text, metadata, bool(body.get("fresh")))


def _words(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and not UNSTORABLE.search(value)


async def _turn(request: Request, on_new_message: OnMessage) -> HTTPResponse:
    turn = _read(request)
    if turn is None:
        return json({"error": "body"}, status=BAD_REQUEST)
    agent = _agent(request)
    if agent is None:
        return json({"error": "loading"}, status=503)
    _guard(agent)
    try:
        if turn.fresh:
            await on_new_message(_message(SESSION_START, WholeMessage(), turn.conversation, turn.metadata))
        out = WholeMessage()
        await on_new_message(_message(turn.text, out, turn.conversation, turn.metadata))
    except ActionServerDown as down:
        log.error("turn abandoned: action server %s", down)
        return json({"error": "actions"}, status=502)
    except Exception as error:
        log.error("turn failed: %s", type(error).__name__)
        return json({"error": "turn"}, status=500)
    marks = [{"custom": {"heard": out.heard}}] if out.heard else []
    return json({"messages": [*out.messages, *marks]})


def _message(text: str, out: WholeMessage, conversation: str, metadata: dict[str, Any]) -> UserMessage:
    return UserMessage(text, out, conversation, input_channel="gateway", metadata=metadata)


def _agent(request: Request) -> Any:
    agent = getattr(request.app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None


def _guard(agent: Any) -> None:
    """Make the loaded agent's action endpoint a guarded one, and the agent ours (once)."""
    if type(agent.processor) is MessageProcessor:
        adopt(agent)
    endpoint = agent.processor.action_endpoint
    if endpoint is not None and not isinstance(endpoint, GuardedEndpoint):
        endpoint.__class__ = GuardedEndpoint


def adopt(agent: Any) -> None:
    """Open the loaded agent's ears, and make the check of its actions' answers a quick one."""
    agent.processor.__class__ = HeardProcessor
    RemoteAction._validate_action_result = _checked  # noqa: SLF001


def _checked(_action: RemoteAction, result: Any) -> bool:
    """The check that rasa makes, without proving rasa's own constant schema valid again: a third of a turn.

    Raises jsonschema.ValidationError as rasa's does.
    """
    _answers().validate(result)
    return True


@lru_cache(maxsize=1)
def _answers() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
