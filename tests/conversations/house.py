"""The whole house in one process: trained model, real actions, real services, real hospital; only the wire is missing.

`Talk` is a patient: what he sends goes through the inbox, red flags, vault, rasa, actions, services and views exactly
as in web; what he gets is what he would read in WeChat.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.db.messages import Person
from bot.ports import Ports, Reply
from bot.services import inbox, messages
from connectors.gateway import SESSION_START, WholeMessage, adopt
from connectors.rasa import _reply

_numbers = itertools.count(1)


class LocalActions(EndpointConfig):
    """The action server without a socket."""

    def __init__(self) -> None:
        super().__init__(url="http://actions.invalid")
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *_args: Any, **kwargs: Any) -> Any:
        return await self._executor.run(kwargs["json"])


class InProcessRasa:
    """DialoguePort over a loaded agent, on one event loop in its own thread, as rasa itself runs."""

    def __init__(self, model: str) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.agent = Agent.load(model, action_endpoint=LocalActions())
        adopt(self.agent)  # as the gateway does

    def talk(self, *, conversation: str, text: str, metadata: Mapping[str, Any], fresh: bool, **_: Any) -> list[Reply]:
        return asyncio.run_coroutine_threadsafe(
            self._turn(conversation, text, dict(metadata), fresh=fresh), self.loop
        ).result(timeout=60)

    async def _turn(self, conversation: str, text: str, metadata: dict[str, Any], *, fresh: bool) -> list[Reply]:
        if fresh:
            await self.agent.handle_message(UserMessage(SESSION_START, WholeMessage(), conversation, metadata=metadata))
        out = WholeMessage()
        await self.agent.handle_message(UserMessage(text, out, conversation, metadata=metadata))
        return [_reply(message) for message in out.messages]


class Talk:
    """One patient's phone."""

    def __init__(self, ports: Ports, openid: str | None = None) -> None:
        self.ports, self.openid = ports, openid or f"o-talk-{next(_numbers)}"
        self.replies: list[Reply] = []

    def __call__(self, text: str, *, menu_id: str = "") -> str:
        """Send a text; everything that came back, one string."""
        return self._send({"kind": "text", "text": text, "menu_id": menu_id})

    def tap(self, label: str) -> str:
        """Tap the first quick reply whose label contains `label`."""
        for choice in self.choices:
            if label in choice["label"]:
                return self(choice["label"], menu_id=choice["id"])
        raise AssertionError(f"no choice {label!r} among {[c['label'] for c in self.choices]}")

    def click(self, key: str) -> str:
        """Tap a menu button."""
        return self._send({"kind": "event", "event": "click", "event_key": key})

    def event(self, event: str) -> str:
        return self._send({"kind": "event", "event": event})

    def scan(self, scene: str) -> str:
        """Scan one of the hospital's signs."""
        return self._send({"kind": "event", "event": "scan", "event_key": scene})

    def follow(self, key: str) -> str:
        """Follow the account by something that leaves a key."""
        return self._send({"kind": "event", "event": "subscribe", "event_key": key})

    def share(self, latitude: float, longitude: float) -> str:
        """Send a place from the map."""
        extra = {"Location_X": f"{latitude:.6f}", "Location_Y": f"{longitude:.6f}", "Scale": "16"}
        return self._send({"kind": "location", "extra": extra})

    def speak(self, seconds: int) -> str:
        """Send a voice of which WeChat understood nothing."""
        return self._send({"kind": "voice", "media_id": f"voice-{seconds}", "text": ""})

    @property
    def said(self) -> str:
        """Everything of the last answer, one string."""
        return "\n".join(str(reply.get("text", "")) for reply in self.replies)

    @property
    def choices(self) -> list[dict[str, str]]:
        return [choice for reply in self.replies for choice in reply.get("choices") or []]

    @property
    def labels(self) -> list[str]:
        return [choice["label"] for choice in self.choices]

    @property
    def person_id(self) -> int:
        digest = self.ports.crypto.digest("openid", self.openid)
        with self.ports.transaction() as session:
            return int(session.scalar(sa.select(Person.id).where(Person.openid_hash == digest)))

    def _send(self, body: dict[str, Any]) -> str:
        row, _new = inbox.accept(
            self.ports, key=f"{next(_numbers):064d}", openid=self.openid, kind=body["kind"], body=body, created=0
        )
        answered = messages.work(self.ports, inbox_id=row)
        assert answered is not None, "the message was not answered"
        self.replies = answered
        return self.said
