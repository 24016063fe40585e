"""rasa's ear: who may speak, and what an error looks like from outside."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig
from sanic.request import Request

from connectors import gateway
from connectors.gateway import ActionServerDown, GatewayInput, GuardedEndpoint, WholeMessage

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
