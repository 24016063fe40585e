"""Customer and template messages: the platform's checks, then a bubble on the phone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from connectors.simulator.answers import BadAnswer, news_draft, page_of, text_draft
from connectors.simulator.bubbles import Draft
from connectors.simulator.config import Json
from connectors.simulator.errors import PlatformError

MEDIA = {"voice": "[语音]", "video": "[视频]", "music": "[音乐]", "wxcard": "[卡券]"}
MENU_CHOICES = 50

# Field type → what the platform accepts; its name is the key without the number at the end.
FIELDS = {
    "thing": re.compile(r"[^\n]{1,20}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "number": re.compile(r"[0-9.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[!-/:-@\[-`{-~]{1,5}"),
    "time": re.compile(r"[0-9年月日时分秒:：/\-~～ .T+Z]{4,40}"),
    "date": re.compile(r"[0-9年月日时分秒:：/\-~～ .T+Z]{4,40}"),
    "amount": re.compile(r"[¥￥$]?[0-9]{1,10}(\.[0-9]{1,2})?元?"),
    "phone_number": re.compile(r"[0-9+\-() ]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r"[^\n]{1,20}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
    "const": re.compile(r"[^\n]{1,20}"),
}
NAMES = {"thing": "内容", "time": "时间", "date": "日期", "amount": "金额", "name": "姓名", "phrase": "状态"}


def customer_draft(body: Json, hosts: Collection[str]) -> Draft:
    """The body of message/custom/send → a bubble. Raises PlatformError."""
    kind = body.get("msgtype")
    if kind == "text":
        return _text(_inner(body, "text").get("content"), hosts)
    if kind == "msgmenu":
        return _menu(_inner(body, "msgmenu"), hosts)
    if kind == "news":
        return _news(_inner(body, "news").get("articles"), hosts)
    if isinstance(kind, str) and kind in MEDIA:
        return Draft("bot", "push", [{"t": "text", "text": MEDIA[kind]}])
    raise PlatformError(40008)


def media_of(body: Json) -> Any:
    """The media_id of an image message. Raises PlatformError."""
    return _inner(body, "image").get("media_id")


def _inner(body: Json, name: str) -> Json:
    inner = body.get(name)
    if not isinstance(inner, dict):
        raise PlatformError(47001)
    return inner


def _text(content: Any, hosts: Collection[str]) -> Draft:
    if not isinstance(content, str) or not content.strip():
        raise PlatformError(44004)
    try:
        return text_draft(content, hosts, "push")
    except (BadAnswer, UnicodeEncodeError):
        raise PlatformError(45002) from None


def _menu(menu: Json, hosts: Collection[str]) -> Draft:
    """A msgmenu → the lines of a text whose choices can be tapped."""
    choices = menu.get("list")
    if not isinstance(choices, list) or not 0 < len(choices) <= MENU_CHOICES:
        raise PlatformError(47001)
    head, tail = (str(menu.get(name) or "") for name in ("head_content", "tail_content"))
    parts = list(_text(head, hosts).parts) if head.strip() else []
    for choice in choices:
        parts += [*([_line()] if parts else []), _choice(choice)]
    return Draft("bot", "push", [*parts, *([_line(), *_text(tail, hosts).parts] if tail.strip() else [])])


def _line() -> Json:
    return {"t": "text", "text": "\n"}


def _choice(choice: Any) -> Json:
    if not isinstance(choice, dict) or not choice.get("content"):
        raise PlatformError(47001)
    content = str(choice["content"])
    return {"t": "reply", "text": content, "content": content, "id": str(choice.get("id") or "")}


def _news(articles: Any, hosts: Collection[str]) -> Draft:
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise PlatformError(45008)
    one = {name.capitalize(): str(articles[0].get(name) or "") for name in ("title", "description", "url")}
    try:
        return news_draft([one], hosts)
    except BadAnswer:
        raise PlatformError(44004) from None


def template_draft(body: Json, templates: Mapping[str, Json], hosts: Collection[str]) -> Draft:
    """The body of message/template/send → a card. Raises PlatformError 40037, 47001 or 47003."""
    template_id, data = body.get("template_id"), body.get("data")
    if not isinstance(template_id, str) or not template_id or (templates and template_id not in templates):
        raise PlatformError(40037)
    if not isinstance(data, dict) or not data:
        raise PlatformError(47001)
    template = templates.get(template_id, {})
    labels = template.get("fields", {})
    _check_complete(data, labels)
    rows = [{"label": labels.get(key) or _name(key), "value": _value(key, field)} for key, field in data.items()]
    card = {
        "title": template.get("title", "服务通知"),
        "rows": rows,
        **page_of(str(body.get("url") or ""), hosts),
    }
    text = "\n".join([card["title"], *(f"{row['label']}：{row['value']}" for row in rows)])
    return Draft("bot", "template", [{"t": "text", "text": text}], card)


def _check_complete(data: Json, labels: Mapping[str, str]) -> None:
    """A template's own fields, no more and no fewer."""
    if labels and set(data) != set(labels):
        raise PlatformError(47003, f"data.{min(set(data) ^ set(labels))}.value")


def _kind(key: Any) -> str:
    return re.sub(r"\d+$", "", key) if isinstance(key, str) else ""


def _name(key: str) -> str:
    return NAMES.get(_kind(key), key)


def _value(key: Any, field: Any) -> str:
    """A field's text when its type allows it. Raises PlatformError 47003."""
    value = field.get("value") if isinstance(field, dict) else None
    pattern = FIELDS.get(_kind(key))
    if not isinstance(value, str) or pattern is None or not pattern.fullmatch(value):
        raise PlatformError(47003, f"data.{key}.value")
    return value
