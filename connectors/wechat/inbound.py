"""A decrypted document → Inbound. Pure; the only error is Malformed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from connectors.wechat.document import read
from connectors.wechat.element import Element
from connectors.wechat.errors import Malformed
from connectors.wechat.ports import Inbound, Kind

__all__ = ["Malformed", "parse"]

KINDS: dict[str, Kind] = {
    "text": "text",
    "event": "event",
    "image": "image",
    "voice": "voice",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "link": "link",
    "file": "file",
}
# Stickers and other things that an account cannot get arrive as a text with these words.
UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"
TAKEN = frozenset(
    {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "EventKey"}
    | {"Content", "Recognition", "bizmsgmenuid", "MediaId", "PicUrl", "Url"}
)
LISTS = frozenset({"List", "item"})  # one or many, always counted from 0
NAME = re.compile(r"[A-Za-z0-9_@.-]{1,64}")
EVENT = re.compile(r"[A-Za-z0-9_]{1,64}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SECONDS = re.compile(r"[0-9]{1,10}")


def parse(raw: bytes) -> Inbound:
    """One decrypted post → one message. Raises Malformed; an unknown MsgType gives kind 'unknown'."""
    root = read(raw)
    fields = root.texts(TAKEN)
    kind = _kind(fields)
    extra = dict(_extra(root))
    account, openid = (_checked(NAME, fields[name], name) for name in ("ToUserName", "FromUserName"))
    created = int(_checked(SECONDS, fields["CreateTime"], "CreateTime"))
    event = _checked(EVENT, fields["Event"], "Event").lower() if kind == "event" else ""
    return Inbound(
        key=_key(fields, event, extra),
        account=account,
        openid=openid,
        kind=kind,
        created=created,
        text=_text(kind, fields),
        event=event,
        event_key=fields["EventKey"].strip() if event else "",
        menu_id=fields["bizmsgmenuid"].strip(),
        media_id=fields["MediaId"].strip(),
        url=(fields["Url"] or fields["PicUrl"]).strip(),
        extra=extra,
    )


def _checked(pattern: re.Pattern[str], value: str, name: str) -> str:
    if not pattern.fullmatch(value.strip()):
        raise Malformed(name)
    return value.strip()


def _kind(fields: dict[str, str]) -> Kind:
    wire = fields["MsgType"].strip().lower()
    if not wire:
        raise Malformed("MsgType")
    if wire == "text" and fields["Content"].strip() == UNSUPPORTED:
        return "unsupported"
    return KINDS.get(wire, "unknown")


def _text(kind: Kind, fields: dict[str, str]) -> str:
    return {"text": fields["Content"], "voice": fields["Recognition"]}.get(kind, "")


def _key(fields: dict[str, str], event: str, extra: dict[str, str]) -> str:
    """MsgId where there is one, else sender, second and content. Events never carry a MsgId of their own.

    A job's MsgID is part of an event's identity: two jobs may end for one user in the same second.
    """
    message_id = fields["MsgId"].strip()
    if message_id not in {"", "0"}:
        _checked(MESSAGE_ID, message_id, "MsgId")
    sender, second = fields["FromUserName"].strip(), fields["CreateTime"].strip()
    if event:
        parts = ["event", sender, second, event, fields["EventKey"].strip(), extra.get("MsgID", "")]
    elif message_id not in {"", "0"}:
        parts = ["message", fields["ToUserName"].strip(), message_id]
    else:
        content = hashlib.sha1(fields["Content"].encode()).hexdigest()  # noqa: S324 - an identity, not a secret
        parts = ["message", sender, second, fields["MsgType"].strip().lower(), content]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _extra(element: Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field without a place of its own, flattened: `SendLocationInfo.Label`, `List.0.TemplateId`."""
    seen: dict[str, int] = {}
    for child in element.children:
        if not path and child.name in TAKEN:
            continue
        count = seen[child.name] = seen.get(child.name, -1) + 1
        counted = child.name in LISTS or count
        name = f"{path}{child.name}.{count}" if counted else f"{path}{child.name}"
        if child.children:
            yield from _extra(child, f"{name}.")
        else:
            yield name, child.text
