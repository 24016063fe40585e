"""What a phone does → the fields of WeChat's message or event, and the bubble that the phone shows."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.simulator.bubbles import Draft, note
from connectors.simulator.config import Json
from connectors.simulator.errors import Rejected
from connectors.simulator.phones import Phone
from connectors.simulator.words import clean, number, optional

LONGEST_TEXT = 2000
SAMPLES = {"report": "报告单照片", "prescription": "处方照片"}


@dataclass(frozen=True)
class Outgoing:
    """fields: XML after the common ones, MsgType first. scene: what it opens in the quota ledger.

    message: carries a MsgId. answered: the phone shows the reply, or the fault banner.
    """

    label: str
    fields: dict[str, str]
    message: bool = True
    answered: bool = True
    scene: str = "message"
    bubble: Draft | None = None
    subscribes: bool | None = None


def read(body: Json, phone: Phone, base_url: str) -> Outgoing:
    """`{"type": …}` or the short form `{"text": …}` → what to send. Raises Rejected."""
    kind = body.get("type", "text")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Rejected(400, "bad_type")
    following = kind in {"subscribe", "scan"}
    if not phone.subscribed and not following:
        raise Rejected(409, "not_subscribed")
    return reader(body, phone, base_url)


def _text(body: Json, _phone: Phone, _base: str) -> Outgoing:
    """A typed text, or with `menu_id` the tap on a quick reply."""
    text, menu_id = clean(body.get("text"), LONGEST_TEXT, "bad_text"), optional(body, "menu_id", 256)
    fields = {"MsgType": "text", "Content": text}
    bubble = Draft("me", "text", [{"t": "text", "text": text}])
    if menu_id:
        return Outgoing(f"点按 {text}", {**fields, "bizmsgmenuid": menu_id}, scene="tap", bubble=bubble)
    return Outgoing(text, fields, bubble=bubble)


def _image(body: Json, _phone: Phone, base: str) -> Outgoing:
    sample = body.get("sample", "report")
    if not isinstance(sample, str) or sample not in SAMPLES:
        raise Rejected(400, "bad_sample")
    path = f"/sim/static/samples/{sample}.svg"
    fields = {"MsgType": "image", "PicUrl": base + path, "MediaId": _media()}
    return Outgoing("[图片]", fields, bubble=_media_bubble("image", "[图片]", {"src": path, "alt": SAMPLES[sample]}))


def _voice(body: Json, _phone: Phone, _base: str) -> Outgoing:
    """Recognition stays empty, as WeChat delivers it nowadays."""
    seconds = round(number(body.get("seconds", 3), 1, 60, "bad_seconds"))
    media = _media()
    fields = {
        "MsgType": "voice",
        "MediaId": media,
        "Format": "amr",
        "MediaId16K": f"{media}_16k",
        "Recognition": "",
    }
    return Outgoing("[语音]", fields, bubble=_media_bubble("voice", f"[语音 {seconds}″]", {"seconds": seconds}))


def _location(body: Json, _phone: Phone, _base: str) -> Outgoing:
    latitude = number(body.get("latitude", 39.9087), -90, 90, "bad_latitude")
    longitude = number(body.get("longitude", 116.3975), -180, 180, "bad_longitude")
    label = optional(body, "label", 100) or "我的位置"
    where = {"Location_X": f"{latitude:.6f}", "Location_Y": f"{longitude:.6f}", "Scale": "16", "Label": label}
    bubble = _media_bubble("location", f"[位置] {label}", {"label": label})
    return Outgoing("[位置]", {"MsgType": "location", **where}, bubble=bubble)


def _click(body: Json, _phone: Phone, _base: str) -> Outgoing:
    key = clean(body.get("key"), 128, "bad_key")
    return _event("CLICK", key, label=f"菜单 {key}")


def _view(body: Json, _phone: Phone, _base: str) -> Outgoing:
    url = clean(body.get("url"), 1024, "bad_url")
    return _event("VIEW", url, label="菜单 打开网页", answered=False)


def _subscribe(body: Json, phone: Phone, _base: str) -> Outgoing:
    if phone.subscribed:
        raise Rejected(409, "already_subscribed")
    scene = optional(body, "scene", 64)
    ticket = {"Ticket": _media()} if scene else {}
    key = f"qrscene_{scene}" if scene else ""
    return _event("subscribe", key, ticket, label="关注", subscribes=True, bubble=note("你已关注该服务号"))


def _unsubscribe(_body: Json, _phone: Phone, _base: str) -> Outgoing:
    return _event(
        "unsubscribe",
        "",
        label="取消关注",
        answered=False,
        subscribes=False,
        bubble=note("你已取消关注该服务号"),
    )


def _scan(body: Json, phone: Phone, base: str) -> Outgoing:
    scene = clean(body.get("scene"), 64, "bad_scene")
    if not phone.subscribed:
        return _subscribe(body, phone, base)
    return _event("SCAN", scene, {"Ticket": _media()}, label=f"扫码 {scene}", bubble=note("你扫描了带参数的二维码"))


def _event(event: str, key: str, more: dict[str, str] | None = None, *, label: str, **rest: Any) -> Outgoing:
    fields = {"MsgType": "event", "Event": event, "EventKey": key, **(more or {})}
    return Outgoing(label, fields, message=False, scene="" if event in SILENT else "tap", **rest)


def job_finished(message_id: int) -> Outgoing:
    """The event that follows a template message."""
    fields = {
        "MsgType": "event",
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": str(message_id),
        "Status": "success",
    }
    return Outgoing("模板消息送达", fields, message=False, answered=False, scene="")


def _media_bubble(kind: str, text: str, card: Json) -> Draft:
    return Draft("me", kind, [{"t": "text", "text": text}], card)


def _media() -> str:
    return secrets.token_urlsafe(32)


SILENT = frozenset(["VIEW", "unsubscribe"])
READERS: dict[str, Callable[[Json, Phone, str], Outgoing]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "location": _location,
    "click": _click,
    "view": _view,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "scan": _scan,
}
