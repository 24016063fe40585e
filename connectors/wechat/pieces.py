"""Messages of a host → pieces, each of which is one message of WeChat. Pure.

A piece is a message again, so that it can be stored and composed once more. It holds either words (`text`,
`choices`, `links`, and `then`: more such words below), at most 1,800 bytes as rendered, or one of `image`,
`articles`, `transfer`. Words that were `cut` go on in the next piece and are joined with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from connectors.wechat.cleaning import cleaned
from connectors.wechat.ports import Message
from connectors.wechat.text import LIMIT, label, plain, split, wide

CHOICE_ID_MAX = 128  # characters, percent-encoded
GAP = "\n\n"
WEB = re.compile(r"https?://[^\s<>\"'\\\x00-\x1f]{1,1024}")
MAP = "https://apis.map.qq.com/uri/v1/marker?marker=coord:{},{};title:{};addr:{}&referer=wechat"
SEE_MAP, PLACE = "查看地图", "📍 "
WHOLE = ("image", "articles", "transfer")  # what shares its message with nothing else
MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")


def of(
    messages: Iterable[Message], *, hosts: Collection[str] = (), cards: int = 1, limit: int = LIMIT
) -> list[Message]:
    """The pieces of one answer, in order, as few as may be. `cards`: how many one message may hold."""
    flat = (part for message in messages for part in (message, *message.get("then", ())))
    return _packed((piece for one in _numbered(flat) for piece in _pieces(one, hosts, cards, limit)), limit)


def words(piece: Message) -> bool:
    """Whether a piece is words."""
    return not any(name in piece for name in WHOLE)


def render(message: Message) -> str:
    """The text of one message whose choices have their numbers."""
    lines = [plain(message.get("text") or "").strip("\n ")]
    lines += [_link(link) for link in _links(message)]
    lines += [_choice(choice) for choice in message.get("choices") or ()]
    blocks = ["\n".join(line for line in lines if line), *map(render, message.get("then", ()))]
    return GAP.join(block for block in blocks if block)


def size(message: Message) -> int:
    """Bytes as WeChat counts them."""
    return len(render(message).encode())


def joined(first: Message, second: Message) -> Message:
    """Two pieces of words as one, the second below the first."""
    if set(first) == {"text"}:
        return {**second, "text": f"{first['text']}{GAP}{second.get('text', '')}".rstrip()}
    return {**first, "then": [*first.get("then", ()), second]}


def _packed(pieces: Iterable[Message], limit: int) -> list[Message]:
    """As few messages as possible: WeChat allows five in 48 hours."""
    result: list[Message] = []
    for piece in pieces:
        last = result[-1] if result else {"cut": True}
        one = None if last.get("cut") or not words(last) or not words(piece) else joined(last, piece)
        if one and size(one) <= limit:
            result[-1] = one
        else:
            result.append(piece)
    return result


def _numbered(messages: Iterable[Message]) -> Iterator[Message]:
    """Numbers run through all messages of one answer; a choice that brings its `n` keeps it, None = no number."""
    count = 0
    for message in messages:
        choices = []
        for choice in message.get("choices") or ():
            count += 1
            choices.append({"n": count, **choice})
        yield {**message, "choices": choices}


def _pieces(message: Message, hosts: Collection[str], cards: int, limit: int) -> Iterator[Message]:
    """Pictures and cards stand before the words of their own message, because its choices end it."""
    message = _with_place(_with_cards(message, cards))
    if message.get("articles"):
        yield {"articles": [dict(card) for card in message["articles"]]}
    image = message.get("image")
    if isinstance(image, Mapping) and MEDIA_ID.fullmatch(str(image.get("media_id") or "")):
        yield {"image": {"media_id": str(image["media_id"])}}
    yield from _words(message, hosts, limit)
    if message.get("transfer") is not None:
        yield {"transfer": dict(message["transfer"])}


def _words(message: Message, hosts: Collection[str], limit: int) -> list[Message]:
    """Text, then links, then choices, in parts of at most `limit` bytes."""
    texts = [part.strip("\n ") for part in split(cleaned(message.get("text") or "", hosts), limit)]
    pieces: list[Message] = [{"text": text, "cut": True} for text in texts if text]
    if pieces and not message.get("cut"):
        pieces[-1] = {"text": pieces[-1]["text"]}
    for link in _links(message):
        _attach(pieces, {"links": [link]}, limit)
    for choice in message["choices"]:
        _attach(pieces, {"choices": [choice]}, limit)
    return pieces


def _attach(pieces: list[Message], more: Message, limit: int) -> None:
    """Put one more thing on the last piece, or on a new one when it would be too long."""
    last = pieces[-1] if pieces else {}
    grown = {**last, **{name: [*last.get(name, ()), *found] for name, found in more.items()}}
    if size(grown) <= limit:
        pieces[-1:] = [grown]
    else:
        pieces.append(more)


def _with_cards(message: Message, most: int) -> Message:
    """Cards that one message can hold; more of them become links below the text, so that none is lost."""
    cards = [card for card in message.get("articles") or () if WEB.fullmatch(str(card["url"]))]
    if len(cards) <= most:
        return {**message, "articles": cards}
    return {**message, "articles": [], "links": [*cards, *_links(message)], "link": None}


def _with_place(message: Message) -> Message:
    """A place is its name, its address and a link that opens the map there (GCJ-02)."""
    place = message.get("location")
    if not place:
        return message
    name, address = (label(str(place.get(key) or "")) for key in ("name", "address"))
    spot = float(place["latitude"]), float(place["longitude"])
    where = MAP.format(*spot, quote(name, safe=""), quote(address or name, safe=""))
    text = "\n".join(line for line in (message.get("text") or "", PLACE + name, address) if line)
    return {**message, "text": text, "links": [{"title": SEE_MAP, "url": where}, *_links(message)], "link": None}


def _links(message: Message) -> list[Any]:
    return [*(message.get("links") or ()), *([message["link"]] if message.get("link") else [])]


def _choice(choice: Message) -> str:
    shown, identity = label(choice["label"]), quote(str(choice["id"]), safe="")
    number = f"{choice['n']}. " if choice["n"] is not None else ""
    if len(identity) > CHOICE_ID_MAX:
        return number + wide(shown)  # still answerable by its number
    target = f"weixin://bizmsgmenu?msgmenucontent={quote(shown, safe='')}&msgmenuid={identity}"
    return f'{number}<a href="{target}">{wide(shown)}</a>'


def _link(link: Message) -> str:
    title, url = wide(label(link["title"])), str(link["url"])
    return f'<a href="{url}">{title}</a>' if WEB.fullmatch(url) and "]]>" not in url else title
