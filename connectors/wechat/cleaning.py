"""Words of a host, a model or a colleague → words that WeChat shows as they are meant. Pure, idempotent.

WeChat knows no Markdown, and it turns every address that it finds into a link. So marks go, and addresses of hosts
that nobody allowed stay readable but cannot be tapped.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from connectors.wechat.text import plain

FENCE = re.compile(r"^[ \t]*```[^\n`]*$\n?", re.MULTILINE)
HEADING = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+)+(?=\S)", re.MULTILINE)
RULE = re.compile(r"^[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$\n?", re.MULTILINE)
BULLET = re.compile(r"^([ \t]*)[*+][ \t]+(?=\S)", re.MULTILINE)
LINK = re.compile(r"!?\[([^\[\]\n]{1,200})\]\(\s*<?([^()\s<>]{1,1024})>?(?:\s+\"[^\"\n]*\")?\s*\)")
# A mark opens before a word and closes right after one: 李** and 110101****1234 are masks, not marks.
BOLD = re.compile(r"(?<!\*)\*\*(?=[\w“「『（(《【])([^*\n]+?)(?<=\S)\*\*(?!\*)")
UNDERLINED = re.compile(r"(?<![\w_])__(?=[^\W_])([^_\n]+?(?:_[^_\n]+?){0,9})(?<=[^\s_])__(?![\w_])")
STRUCK = re.compile(r"(?<!~)~~(?=\S)([^~\n]+?)(?<=\S)~~(?!~)")
CODE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]+)\1(?!`)")

NESTED = 40  # marks in marks; deeper ones nobody writes, and looking for them takes time
DOT = "．"  # wide: readable, and no part of an address
ENDINGS = (
    "com cn net org gov edu info biz top xyz vip cc me io co tv shop site online club icu link live app work fun ltd"
    " wang ink tech store pro mobi name asia hk tw uk us jp kr ru de fr eu ly gl"
)
NAMED = rf"(?:[a-z0-9](?:[a-z0-9-]{{0,62}})\.){{1,8}}(?:{'|'.join(ENDINGS.split())})(?![a-z0-9-])"
TAIL = r"(?::[0-9]{1,5})?(?:[/?#][^\s<>\"，。！？；：、（）《》【】“”]*)?"
SCHEMED = r"[a-z][a-z0-9+.-]{0,15}://[^\s<>\"，。！？；：、（）《》【】“”]+"
ADDRESS = re.compile(rf"{SCHEMED}|(?<![\w@.-]){NAMED}{TAIL}", re.IGNORECASE | re.ASCII)


def cleaned(text: str, hosts: Collection[str] = ()) -> str:
    """Plain words. `hosts`: names whose addresses may be tapped, those of their subdomains too."""
    return plain(unlinked(unmarked(plain(text), hosts), hosts))


def unmarked(text: str, hosts: Collection[str] = ()) -> str:
    """The text without Markdown; of a link its words stay, and its address where that may be tapped."""
    for _ in range(NESTED):  # one mark may stand in another
        before = text
        for mark in (FENCE, RULE, HEADING):
            text = mark.sub("", text)
        text = BULLET.sub(r"\1· ", text)
        text = LINK.sub(lambda found: _linked(found[1], found[2], hosts), text)
        for mark in (BOLD, UNDERLINED, STRUCK):
            text = mark.sub(r"\1", text)
        text = CODE.sub(r"\2", text)
        if text == before:
            break
    return text


def _linked(words: str, address: str, hosts: Collection[str]) -> str:
    return f"{words}（{address}）" if "://" in address and _allowed(address, hosts) else words


def unlinked(text: str, hosts: Collection[str] = ()) -> str:
    """The text in which no address of another host can be tapped."""
    return ADDRESS.sub(lambda found: found[0] if _allowed(found[0], hosts) else _dead(found[0]), text)


def _dead(address: str) -> str:
    """Without its scheme and with wide dots: `evil．example/x`."""
    return address.rpartition("://")[2].replace(".", DOT)


def _allowed(address: str, hosts: Collection[str]) -> bool:
    scheme, given, _rest = address.rpartition("://")
    if given and scheme.lower() not in {"http", "https"}:
        return False
    try:
        parts = urlsplit(address if given else f"//{address}")
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    return "@" not in parts.netloc and any(host == one or host.endswith(f".{one}") for one in hosts)
