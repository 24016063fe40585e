"""Reads the product's passive answer as strictly as WeChat: what it would not show is a fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.simulator.bubbles import Draft, note
from connectors.simulator.config import Json
from connectors.simulator.envelope import BadEnvelope
from connectors.simulator.line import Letter, Line
from connectors.simulator.rich import link_part, parts_of
from connectors.simulator.transport import Answer

OK = 200
NOTHING = (b"", b"success")
LONGEST_BYTES = 2048  # measured by others on the real platform; no page of the platform says it
MEDIA = {"voice": "[语音]", "video": "[视频]", "music": "[音乐]"}
ARTICLES_AFTER_MESSAGE, ARTICLES_AFTER_EVENT = 1, 8  # the rest is dropped without a word


class BadAnswer(Exception):
    """WeChat would show its fault banner; the argument says why."""


@dataclass(frozen=True)
class Expected:
    """Whose answer it must be, which hosts are the product's own, how many articles are shown."""

    openid: str
    account_id: str
    hosts: Collection[str]
    articles: int = ARTICLES_AFTER_MESSAGE


def read(answer: Answer, line: Line, letter: Letter, expected: Expected) -> Draft | None:
    """The bubble to show, None for `success` or an empty body. Raises BadAnswer."""
    if answer.status != OK:
        raise BadAnswer(f"HTTP {answer.status}")
    if answer.body.strip() in NOTHING:
        return None
    try:
        fields = line.answer(letter, answer.body, answer.content_type)
    except BadEnvelope as error:
        raise BadAnswer(str(error)) from None
    _check_addresses(fields, expected)
    return _draft(fields, expected)


def _check_addresses(fields: Json, expected: Expected) -> None:
    if fields.get("ToUserName") != expected.openid or fields.get("FromUserName") != expected.account_id:
        raise BadAnswer("addresses")
    if not str(fields.get("CreateTime", "")).isdecimal():
        raise BadAnswer("CreateTime")


def _draft(fields: Json, expected: Expected) -> Draft:
    kind = fields.get("MsgType", "")
    if kind == "text":
        return text_draft(_word(fields, "Content"), expected.hosts)
    if kind == "transfer_customer_service":
        return note("正在为你转接人工客服")
    if kind == "image":
        return picture(_word(_object(fields.get("Image")), "MediaId"))
    if kind in MEDIA:
        return Draft("bot", "text", [{"t": "text", "text": MEDIA[kind]}])
    if kind == "news":
        return news_draft(_articles(fields)[: expected.articles], expected.hosts)
    raise BadAnswer("MsgType")


def _articles(fields: Json) -> list[Json]:
    """XML has `<item>`s below `<Articles>`, JSON a list."""
    found = fields.get("Articles")
    items = found.get("item") if isinstance(found, dict) else found
    return [_object(item) for item in (items if isinstance(items, list) else [items])]


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _word(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def picture(media_id: str) -> Draft:
    """An uploaded picture → a bubble. Raises BadAnswer without one."""
    if not media_id:
        raise BadAnswer("media")
    return Draft(
        "bot",
        "image",
        [{"t": "text", "text": "[图片]"}],
        {"src": f"/sim/media/{quote(media_id, safe='')}", "alt": "图片"},
    )


def text_draft(text: str, hosts: Collection[str], kind: str = "text") -> Draft:
    """A text bubble. Raises BadAnswer when empty or longer than WeChat takes."""
    if not text.strip() or len(text.encode()) > LONGEST_BYTES:
        raise BadAnswer("content length")
    return Draft("bot", kind, parts_of(text, hosts))


def news_draft(articles: Sequence[Mapping[str, Any]], hosts: Collection[str]) -> Draft:
    """A card with a title, further articles as lines below it. Raises BadAnswer."""
    if not articles or not all(_word(one, "Title") for one in articles):
        raise BadAnswer("news")
    first, *others = (_article(one, hosts) for one in articles)
    card = {**first, **({"more": others} if others else {})}
    return Draft("bot", "news", [{"t": "text", "text": first["title"]}], card)


def _article(one: Mapping[str, Any], hosts: Collection[str]) -> Json:
    told = {"title": _word(one, "Title"), "description": _word(one, "Description")}
    return {**told, **page_of(_word(one, "Url"), hosts)}


def page_of(url: str, hosts: Collection[str]) -> Json:
    """Where a card leads: {"path"} on our own pages, {"url"} elsewhere, {} nowhere."""
    part = link_part(url, "", hosts)
    return {name: part[name] for name in ("path", "url") if name in part}
