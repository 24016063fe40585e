"""rasa's ear: who may speak, and what an error looks like from outside."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sanic.request import Request

from connectors import gateway
from connectors.gateway import ActionServerDown, GatewayInput, GuardedEndpoint, HeardProcessor, WholeMessage
from tests.architecture.source import ROOT

KEY = "the shared key"


class FakeAgent:
    def __init__(self) -> None:
        self.processor = SimpleNamespace(action_endpoint=EndpointConfig("http://127.0.0.1:9/webhook"))

    def is_ready(self) -> bool:
        return True


class FakeRequest:
    """What the route sees of a sanic request; `raw` is read as sanic reads a body."""

    def __init__(self, raw: bytes, key: str, agent: Any) -> None:
        self.headers, self._raw = {"x-peizhen-key": key}, raw
        self.app = SimpleNamespace(ctx=SimpleNamespace(agent=agent))

    @property
    def json(self) -> Any:
        made = Request(b"/", {}, "1.1", "POST", None, None)  # type: ignore[arg-type]
        made.body = self._raw
        return made.json


def request(body: Any, *, key: str = KEY, agent: Any = None) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return FakeRequest(raw, key, agent or FakeAgent())


def post(body: Any, on_message: Any, **kwargs: Any) -> tuple[int, dict[str, Any]]:
    """One call of the route as Sanic would make it."""
    routes = {route.uri: route.handler for route in GatewayInput(KEY).blueprint(on_message)._future_routes}
    answer = asyncio.run(routes["/messages"](request(body, **kwargs)))
    return answer.status, json.loads(answer.body)


async def echo(message: Any) -> None:
    await message.output_channel.send_response(
        message.sender_id, {"text": message.text, "buttons": [{"title": "好", "payload": "/affirm"}], "custom": {}}
    )


def test_a_turn_gives_back_all_bot_messages():
    status, answer = post({"conversation": "c", "text": "你好"}, echo)
    assert (status, answer["messages"]) == (200, [{"text": "你好", "buttons": [{"title": "好", "payload": "/affirm"}]}])


def test_without_the_key_nobody_is_heard():
    heard = []

    async def note(message: Any) -> None:
        heard.append(message)

    for key in ("another", "", "\udcff", "钥匙", KEY + "\0"):
        assert post({"conversation": "c", "text": "你好"}, note, key=key)[0] == 401
    assert heard == []


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"no JSON \xe6\x82\xa3\xe8\x80\x85", b'{"text": "\xff"}', b"[" * 100_000, b'{"a":' * 5000),
        *(None, [], ["conversation"], "text", 5, True, {}, {"conversation": "c"}, {"text": "x"}),
        *({"conversation": 1, "text": "x"}, {"conversation": "c", "text": ["x"]}, {"conversation": "c", "text": ""}),
        *({"conversation": "c", "text": "x", "metadata": wrong} for wrong in (["m"], "m", 5)),
        *({"conversation": "c", "text": wrong} for wrong in ("a\0b", "\ud800", "x" * 8001)),
        {"conversation": "c\0", "text": "x"},
    ],
    ids=lambda body: ascii(body)[:30],
)
def test_a_broken_body_is_refused(body):
    heard = []

    async def note(message: Any) -> None:
        heard.append(message)

    assert post(body, note) == (400, {"error": "body"})
    assert heard == []


def test_an_exception_is_an_error_and_never_an_empty_answer():
    async def fail(_message: Any) -> None:
        raise RuntimeError("金丝雀")

    status, answer = post({"conversation": "c", "text": "x"}, fail)
    assert status == 500
    assert "金丝雀" not in json.dumps(answer, ensure_ascii=False)


def test_a_dead_action_server_abandons_the_turn():
    async def act(_message: Any) -> None:
        raise ActionServerDown("refused")

    assert post({"conversation": "c", "text": "x"}, act)[0] == 502


def test_a_fresh_session_is_started_before_the_message():
    heard = []

    async def note(message: Any) -> None:
        heard.append(message.text)

    post({"conversation": "c", "text": "你好", "fresh": True}, note)
    assert heard == [gateway.SESSION_START, "你好"]


def test_the_guarded_endpoint_turns_a_refused_connection_into_an_abandoned_turn():
    endpoint = EndpointConfig("http://127.0.0.1:9/webhook")
    endpoint.__class__ = GuardedEndpoint
    with pytest.raises(ActionServerDown):
        asyncio.run(endpoint.request(json={}))


def test_a_malformed_answer_of_an_action_is_still_refused():
    gateway._guard(FakeAgent())
    action = RemoteAction("action_x", EndpointConfig("http://127.0.0.1:9"))
    assert action._validate_action_result({"events": [], "responses": []})
    with pytest.raises(ValidationError):
        action._validate_action_result({"events": [{"event": 5}], "responses": "text"})


def test_a_gateway_without_a_key_does_not_start():
    with pytest.raises(ValueError, match="key"):
        GatewayInput.from_credentials({"key": ""})


def test_whole_messages_keep_text_buttons_and_custom_together():
    out = WholeMessage()
    asyncio.run(out.send_response("c", {"text": "a", "custom": {"view": "x"}, "image": None}))
    assert out.messages == [{"text": "a", "custom": {"view": "x"}}]


def talked(*events: Any) -> Any:
    tracker = DialogueStateTracker("c", [])
    for event in events:
        tracker.update(event)
    return tracker


def asked(intent: str) -> UserUttered:
    return UserUttered("膝盖疼挂什么科，我叫李雷", {"name": intent, "confidence": 1.0})


def answered(response: str) -> BotUttered:
    return BotUttered("好的", metadata={gateway.RESPONSE: response})


def test_what_a_message_was_taken_for_is_told_in_names():
    last = talked(
        asked("greet"), answered("utter_missed"), asked("book"), SlotSet("department", "yh.d01"), answered("x")
    )
    assert gateway.heard(last) == {"wish": "book", "missed": False, "department": "yh.d01"}


def test_a_patients_own_words_for_a_department_are_not_told():
    spoken = talked(asked("book"), SlotSet("department", "李雷那个科"), SlotSet("thread", {"department": "yh.李雷"}))
    assert gateway.heard(spoken)["department"] is None


@pytest.mark.parametrize("response", sorted(gateway.MISSED))
def test_an_answer_that_says_so_is_a_miss(response: str):
    assert gateway.heard(talked(asked("nlu_fallback"), answered(response)))["missed"]


def test_every_answer_of_a_miss_is_one_that_we_have():
    domain = ROOT.joinpath("domain.yml").read_text() + "".join(p.read_text() for p in ROOT.glob("bot/domain/*.yml"))
    assert {name for name in gateway.MISSED if f"\n  {name}:" not in domain} == set()


def test_what_was_heard_comes_after_the_messages():
    async def act(message: Any) -> None:
        message.output_channel.heard = {"wish": "book", "missed": False, "department": None}

    _status, answer = post({"conversation": "c", "text": "挂号"}, act)
    assert answer["messages"] == [{"custom": {"heard": {"wish": "book", "missed": False, "department": None}}}]


def test_the_loaded_agent_gets_ears():
    agent = FakeAgent()
    made = object.__new__(MessageProcessor)
    made.action_endpoint = agent.processor.action_endpoint
    agent.processor = made
    gateway._guard(agent)
    assert isinstance(agent.processor, HeardProcessor)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("7.21.1795338118.mac", "7.21.1795339999.cam", True),
        ("7.21.1795338118.mac", "7.22.1795338118.mac", False),
        ("7.21.1795338118.mac", "8.21.1795338118.mac", False),
    ],
)
def test_a_message_is_known_by_its_signed_id_whenever_that_was_signed(one: str, other: str, same: bool):
    first, again = (UserUttered("看过", metadata={"inbox": signed}) for signed in (one, other))
    assert (gateway._which(first) == gateway._which(again)) is same


@pytest.mark.parametrize("metadata", [None, {}, {"inbox": ""}, {"inbox": 7}])
def test_what_carries_no_id_is_never_the_same(metadata: Any):
    assert gateway._which(UserUttered("看过", metadata=metadata)) is None
