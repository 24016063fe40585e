"""The host's messages → WeChat's payloads. Pure.

A message is `{"text", "choices": [{"label", "id"}], "link": {"title", "url"}}`, every key optional. Choices
become numbered links that send their label when tapped; a reader without links can answer with the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from connectors.wechat.ports import Message
from connectors.wechat.text import LIMIT, label, plain, split, wide

CHOICE_ID_MAX = 128  # characters, percent-encoded
GAP = "\n\n"
WEB = re.compile(r"https?://[^\s<>\"'\\\x00-\x1f]{1,1024}")


def compose(messages: Iterable[Message]) -> tuple[str, list[Message]]:
    """(the text of one passive reply, what did not fit): each at most 1,800 bytes; '' = nothing to say."""
    pieces = [piece for message in _numbered(messages) for piece in _pieces(message)]
    content, used = "", 0
    for piece in pieces:
        longer = f"{content}{GAP}{render(piece)}" if content else render(piece)
        if _size(longer) > LIMIT:
            break
        content, used = longer, used + 1
    return content, _packed(pieces[used:])


def passive_xml(content: str, *, to: str, sender: str, at: int) -> str:
    """The passive text reply; `content` from `compose`, names from the inbound message, `at` Unix seconds."""
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content></xml>"
    )


def customer_payloads(message: Message) -> list[dict[str, Any]]:
    """Bodies for `Platform.send_custom`, one for each part of at most 1,800 bytes, in order."""
    pieces = _packed(piece for whole in _numbered([message]) for piece in _pieces(whole))
    return [{"msgtype": "text", "text": {"content": render(piece)}} for piece in pieces]


def render(message: Message) -> str:
    """The text of one message whose choices have their numbers."""
    lines = [plain(message.get("text") or "").strip("\n ")]
    if message.get("link"):
        lines.append(_link(message["link"]))
    lines += [_choice(choice) for choice in message.get("choices") or ()]
    return "\n".join(line for line in lines if line)


def _choice(choice: Message) -> str:
    words, identity = label(choice["label"]), quote(str(choice["id"]), safe="")
    number = f"{choice['n']}. "
    if len(identity) > CHOICE_ID_MAX:
        return number + wide(words)  # still answerable by its number
    target = f"weixin://bizmsgmenu?msgmenucontent={quote(words, safe='')}&msgmenuid={identity}"
    return f'{number}<a href="{target}">{wide(words)}</a>'


def _link(link: Message) -> str:
    title, url = wide(label(link["title"])), str(link["url"])
    return f'<a href="{url}">{title}</a>' if WEB.fullmatch(url) and "]]>" not in url else title


def _numbered(messages: Iterable[Message]) -> list[Message]:
    """Numbers run through all messages of one answer; a choice that brings its `n` keeps it."""
    result: list[Message] = []
    count = 0
    for message in messages:
        choices = []
        for choice in message.get("choices") or ():
            count += 1
            choices.append({"n": count, **choice})
        result.append({**message, "choices": choices})
    return result


def _pieces(message: Message) -> list[Message]:
    """The message in parts that each render to at most 1,800 bytes; link and choices follow the text."""
    texts = (part.strip("\n ") for part in split(plain(message.get("text") or "")))
    pieces: list[Message] = [{"text": text} for text in texts if text]
    if message.get("link"):
        _attach(pieces, {"link": message["link"]})
    for choice in message["choices"]:
        _attach(pieces, {"choices": [choice]})
    return pieces


def _attach(pieces: list[Message], more: Message) -> None:
    """Put one more thing on the last piece, or on a new one when it would be too long."""
    last = pieces[-1] if pieces else {}
    grown = {**last, **more, "choices": [*last.get("choices", ()), *more.get("choices", ())]}
    if _size(render(grown)) <= LIMIT:
        pieces[-1:] = [grown]
    else:
        pieces.append(more)


def _packed(pieces: Iterable[Message]) -> list[Message]:
    """As few messages as possible: WeChat allows five in 48 hours. Only plain text takes another after it."""
    result: list[Message] = []
    for piece in pieces:
        joined = _joined(result[-1], piece) if result else None
        if joined and _size(render(joined)) <= LIMIT:
            result[-1] = joined
        else:
            result.append(piece)
    return result


def _joined(first: Message, second: Message) -> Message | None:
    if set(first) != {"text"}:
        return None
    return {**second, "text": f"{first['text']}{GAP}{second.get('text', '')}".rstrip()}


def _size(text: str) -> int:
    return len(text.encode())
