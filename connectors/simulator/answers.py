"""Reads the product's passive answer as strictly as WeChat: what it would not show is a fault."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from connectors.simulator.bubbles import Draft, note
from connectors.simulator.config import Json
from connectors.simulator.envelope import BadEnvelope, Envelope, fields_of
from connectors.simulator.rich import link_part, parts_of
from connectors.simulator.transport import Answer

OK = 200
NOTHING = (b"", b"success")
XML_TYPES = ("text/xml", "application/xml")
LONGEST_BYTES = 2048  # measured by others on the real platform; no page of the platform says it
MEDIA = {"image": "[图片]", "voice": "[语音]", "video": "[视频]", "music": "[音乐]"}


class BadAnswer(Exception):
    """WeChat would show its fault banner; the argument says why."""


@dataclass(frozen=True)
class Expected:
    """Whose answer it must be, and which hosts are the product's own."""

    openid: str
    account_id: str
    hosts: Collection[str]


def read(answer: Answer, envelope: Envelope, expected: Expected) -> Draft | None:
    """The bubble to show, None for `success` or an empty body. Raises BadAnswer."""
    if answer.status != OK:
        raise BadAnswer(f"HTTP {answer.status}")
    if answer.body.strip() in NOTHING:
        return None
    if answer.content_type.split(";")[0].strip().lower() not in XML_TYPES:
        raise BadAnswer("content type")
    try:
        root = envelope.open_reply(answer.body)
    except BadEnvelope as error:
        raise BadAnswer(str(error)) from None
    _check_addresses(fields_of(root), expected)
    return _draft(root, expected.hosts)


def _check_addresses(fields: dict[str, str], expected: Expected) -> None:
    if fields.get("ToUserName") != expected.openid or fields.get("FromUserName") != expected.account_id:
        raise BadAnswer("addresses")
    if not fields.get("CreateTime", "").isdecimal():
        raise BadAnswer("CreateTime")


def _draft(root: ET.Element, hosts: Collection[str]) -> Draft:
    fields = fields_of(root)
    kind = fields.get("MsgType", "")
    if kind == "text":
        return text_draft(fields.get("Content", ""), hosts)
    if kind == "transfer_customer_service":
        return note("正在为你转接人工客服")
    if kind in MEDIA:
        return Draft("bot", "text", [{"t": "text", "text": MEDIA[kind]}])
    if kind == "news":
        return news_draft([fields_of(item) for item in root.iterfind("Articles/item")][:1], hosts)
    raise BadAnswer("MsgType")


def text_draft(text: str, hosts: Collection[str], kind: str = "text") -> Draft:
    """A text bubble. Raises BadAnswer when empty or longer than WeChat takes."""
    if not text.strip() or len(text.encode()) > LONGEST_BYTES:
        raise BadAnswer("content length")
    return Draft("bot", kind, parts_of(text, hosts))


def news_draft(articles: list[dict[str, str]], hosts: Collection[str]) -> Draft:
    """A card with a title; WeChat shows one article as the answer to a message. Raises BadAnswer."""
    if not articles or not articles[0].get("Title"):
        raise BadAnswer("news")
    one = articles[0]
    card = {
        "title": one["Title"],
        "description": one.get("Description", ""),
        **page_of(one.get("Url", ""), hosts),
    }
    return Draft("bot", "news", [{"t": "text", "text": one["Title"]}], card)


def page_of(url: str, hosts: Collection[str]) -> Json:
    """Where a card leads: {"path"} on our own pages, {"url"} elsewhere, {} nowhere."""
    part = link_part(url, "", hosts)
    return {name: part[name] for name in ("path", "url") if name in part}
