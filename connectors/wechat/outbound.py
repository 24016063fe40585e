"""The host's messages → WeChat's payloads. Pure. What a message may hold stands in ports.py.

An answer leaves in at most four parts, because customer messages are counted: the first in the passive reply, the
others after it. What does not fit is for the host to keep, and the last part ends with 继续, which asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.wechat import pieces
from connectors.wechat.cleaning import cleaned
from connectors.wechat.keeping import there_is_more
from connectors.wechat.pieces import GAP, WEB, render
from connectors.wechat.ports import Message
from connectors.wechat.text import LIMIT, label

__all__ = ["CARDS", "PARTS", "Composed", "compose", "customer_payloads", "passive_xml", "render", "spread"]

PARTS = 4  # messages of one answer; WeChat allows five in 48 hours, and one stays for what is urgent
ROOM = len((GAP + render(there_is_more())).encode())
CARDS = 8  # of a passive reply at most, and only to events; a message gets one
DESCRIPTION = 120  # characters; a card shows three lines of it


@dataclass(frozen=True)
class Composed:
    """One answer. `first` is the passive reply, None = nothing to say; `rest` follows it; `kept` comes on 继续."""

    first: Message | None
    rest: list[Message] = field(default_factory=list)
    kept: list[Message] = field(default_factory=list)


def compose(
    messages: Sequence[Message],
    *,
    hosts: Collection[str] = (),
    cards: int = 1,
    later: bool = True,
    transfers: bool = True,
) -> Composed:
    """An answer for a passive reply.

    `later`: whether customer messages can follow; without them cards turn into links where they are not alone.
    `transfers`: whether this message may be handed to human staff, which is a passive reply of its own: the words
    then follow it.
    """
    handed = [{"transfer": dict(one["transfer"])} for one in messages if one.get("transfer") is not None]
    handed = handed[:1] if later and transfers else []
    said, kept = _parted(messages, hosts, cards, PARTS - len(handed) if later else 1)
    parts = [*handed, *said]
    return Composed(parts[0] if parts else None, parts[1:], kept)


def spread(messages: Sequence[Message], *, hosts: Collection[str] = ()) -> tuple[list[Message], list[Message]]:
    """(what goes out as customer messages, at most four, what is kept until 继续); a transfer is left out."""
    return _parted(messages, hosts, 1, PARTS)


def customer_payloads(message: Message, *, hosts: Collection[str] = ()) -> list[dict[str, Any]]:
    """Bodies for `message/custom/send` of one message, in order; a transfer is left out."""
    return [_payload(piece) for piece in _said([message], hosts, 1, LIMIT)]


def passive_xml(piece: Message, *, to: str, sender: str, at: int) -> str:
    """The passive reply of one piece (`Composed.first`); names from the inbound message, `at` Unix seconds."""
    kind, inner = _inner(piece)
    return (
        f"<xml><ToUserName>{_cdata(to)}</ToUserName><FromUserName>{_cdata(sender)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>{_cdata(kind)}</MsgType>{inner}</xml>"
    )


def _said(messages: Iterable[Message], hosts: Collection[str], cards: int, limit: int) -> list[Message]:
    found = pieces.of(messages, hosts=hosts, cards=cards, limit=limit)
    return [piece for piece in found if "transfer" not in piece]


def _parted(
    messages: Sequence[Message], hosts: Collection[str], cards: int, parts: int
) -> tuple[list[Message], list[Message]]:
    """(at most so many parts, what is left). Where something is left, every part has room for 继续."""
    found = _said(messages, hosts, cards, LIMIT)
    if len(found) > parts:
        found = _said(messages, hosts, cards if parts > 1 else 0, LIMIT - ROOM)
    return _limited(found, parts)


def _limited(found: list[Message], parts: int) -> tuple[list[Message], list[Message]]:
    """The last part says that there is more; a picture cannot, so words take its place where others went before."""
    if len(found) <= parts:
        return found, []
    before, last, after = found[: parts - 1], found[parts - 1], found[parts:]
    if pieces.words(last):
        uncut = {name: value for name, value in last.items() if name != "cut"}
        return [*before, pieces.joined(uncut, there_is_more())], after
    return ([*before, there_is_more()], [last, *after]) if before else ([last], after)


def _inner(piece: Message) -> tuple[str, str]:
    if "transfer" in piece:
        account = str(piece["transfer"].get("account") or "")
        info = f"<TransInfo><KfAccount>{_cdata(account)}</KfAccount></TransInfo>" if account else ""
        return "transfer_customer_service", info
    if "image" in piece:
        return "image", f"<Image><MediaId>{_cdata(piece['image']['media_id'])}</MediaId></Image>"
    if "articles" in piece:
        items = "".join(_item(_article(card)) for card in piece["articles"])
        return "news", f"<ArticleCount>{len(piece['articles'])}</ArticleCount><Articles>{items}</Articles>"
    return "text", f"<Content>{_cdata(render(piece))}</Content>"


def _item(card: dict[str, str]) -> str:
    names = (("Title", "title"), ("Description", "description"), ("PicUrl", "picurl"), ("Url", "url"))
    return "<item>" + "".join(f"<{name}>{_cdata(card[key])}</{name}>" for name, key in names) + "</item>"


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]＞')}]]>"


def _payload(piece: Message) -> dict[str, Any]:
    if "image" in piece:
        return {"msgtype": "image", "image": dict(piece["image"])}
    if "articles" in piece:
        return {"msgtype": "news", "news": {"articles": [_article(card) for card in piece["articles"]]}}
    return {"msgtype": "text", "text": {"content": render(piece)}}


def _article(card: Message) -> dict[str, str]:
    """A card under WeChat's own names; a picture that is no web address is left out."""
    picture = str(card.get("picture") or "")
    return {
        "title": label(str(card["title"])),
        "description": cleaned(str(card.get("description") or ""))[:DESCRIPTION],
        "url": str(card["url"]),
        "picurl": picture if WEB.fullmatch(picture) else "",
    }
