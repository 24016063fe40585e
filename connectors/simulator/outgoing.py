"""What a phone sends, before it has an id and a time."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.simulator.bubbles import Draft
from connectors.simulator.config import Json

SILENT = frozenset(["VIEW", "view_miniprogram", "unsubscribe", "LOCATION"])  # they open no quota
DELIVERED = "success"


@dataclass(frozen=True)
class Outgoing:
    """fields: those after the common ones, MsgType first. scene: what it opens in the quota ledger.

    message: carries a MsgId. answered: the phone shows the reply, or the fault banner.
    media: files behind the ids in its fields, which the product can fetch.
    consents: (template, yes or no) of a pop-up for subscription notices.
    bare: has no MsgId and no bizmsgmenuid, as taps on quick replies sometimes come.
    """

    label: str
    fields: Json
    message: bool = True
    answered: bool = True
    scene: str = "message"
    bubble: Draft | None = None
    subscribes: bool | None = None
    media: Mapping[str, bytes] = field(default_factory=dict)
    consents: tuple[str, bool] | None = None
    bare: bool = False


def event(name: str, key: str, more: Json | None = None, *, label: str, **rest: Any) -> Outgoing:
    """An event with its key; `rest` are fields of Outgoing."""
    fields = {"MsgType": "event", "Event": name, "EventKey": key, **(more or {})}
    scene = "" if name in SILENT else "tap"
    return Outgoing(label, fields, **{"message": False, "scene": scene, **rest})


def job_finished(message_id: int, status: str = DELIVERED) -> Outgoing:
    """The event that follows a template message."""
    fields = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": message_id, "Status": status}
    label = "模板消息送达" if status == DELIVERED else "模板消息没有送达"
    return Outgoing(label, fields, message=False, answered=False, scene="")


def fresh_id() -> str:
    """A media id or ticket that nobody has seen."""
    return secrets.token_urlsafe(32)
