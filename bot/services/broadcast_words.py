"""What articles and notices must keep to, and how their words leave: the check list, flagged words, the AI label."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import yaml

from bot.errors import BadInput
from bot.ports import Reply

FILE = Path(__file__).resolve().parents[1] / "broadcasts.yaml"
AUDIENCES = {"mass": ("all", "tag"), "publish": ("all",), "notice": ("agreed",)}
LONGEST_TITLE, LONGEST_DIGEST = 64, 120  # characters, as WeChat takes them
LONGEST_BODY = {"mass": 8000, "publish": 8000, "notice": 400}  # characters; a notice is one message with its title
MOST_TAG = 2**31 - 1


@dataclass(frozen=True)
class Words:
    """What somebody wrote, and for whom. `link` is one of ours (`links`) or ''."""

    way: str
    title: str
    digest: str
    body: str
    link: str
    ai: bool
    audience: str
    tag_id: int | None


@dataclass(frozen=True)
class Check:
    """One line of the list that a proposer ticks."""

    id: str
    words: str


@dataclass(frozen=True)
class Flag:
    """A word that is not allowed (`forbidden`), or that deserves a second look."""

    word: str
    why: str
    forbidden: bool


def checks() -> tuple[Check, ...]:
    """The check list, in its order."""
    return tuple(Check(**line) for line in _file()["checks"])


def links() -> dict[str, str]:
    """Path of a page of ours → its name."""
    return {line["path"]: line["words"] for line in _file()["links"]}


def parse(
    *, way: str, title: str, digest: str, body: str, link: str, ai: bool, audience: str, tag_id: str | int | None
) -> Words:
    """Typed fields → words. Raises BadInput(bad_way | bad_title | bad_digest | bad_body | bad_link | bad_audience)."""
    if way not in AUDIENCES:
        raise BadInput("bad_way")
    if audience not in AUDIENCES[way]:
        raise BadInput("bad_audience")
    if link and link not in links():
        raise BadInput("bad_link")
    return Words(
        way=way,
        title=_text(" ".join(title.split()), LONGEST_TITLE, "bad_title"),
        digest=_text(" ".join(digest.split()), LONGEST_DIGEST, "bad_digest", least=0) if way != "notice" else "",
        body=_text(body.replace("\r\n", "\n"), LONGEST_BODY[way], "bad_body"),
        link=link,
        ai=ai,
        audience=audience,
        tag_id=_tag(tag_id) if audience == "tag" else None,
    )


def flags(words: Words, *, sensitive: Collection[str] = ()) -> list[Flag]:
    """Words to be looked at, forbidden ones first; `sensitive` departments count in notices, which others may read."""
    text = f"{words.title}\n{words.digest}\n{words.body}"
    found = [flag for kind in ("forbidden", "careful") for flag in _flags(text, kind)]
    if words.way == "notice":
        found += [Flag(name, "锁屏上别人也看得到", forbidden=False) for name in sensitive if name in text]
    return found


def forbidden(words: Words) -> list[str]:
    """The words for which nothing can be proposed."""
    return [flag.word for flag in flags(words) if flag.forbidden]


def unticked(ticked: Collection[str]) -> list[str]:
    """The ids of the check list that are missing."""
    return [check.id for check in checks() if check.id not in ticked]


def html(words: Words) -> str:
    """The article's text: a paragraph for each line, the AI label below."""
    lines = [line.strip() for line in words.body.split("\n")]
    label = [f"<p>{escape(_file()['ai_label'])}</p>"] if words.ai else []
    return "".join([*(f"<p>{escape(line) or '<br>'}</p>" for line in lines), *label])


def reply(words: Words, *, public_url: str) -> Reply:
    """A notice as it is read in the chat."""
    label = [_file()["ai_label_short"]] if words.ai else []
    said: Reply = {"text": "\n".join([f"【{words.title}】", words.body, *label])}
    if words.link:
        said["link"] = {"title": links()[words.link], "url": public_url + words.link}
    return said


@lru_cache(maxsize=1)
def _file() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def _flags(text: str, kind: str) -> list[Flag]:
    hard = kind == "forbidden"
    return [Flag(word, group["why"], hard) for group in _file()[kind] for word in group["words"] if word in text]


def _text(text: str, longest: int, code: str, *, least: int = 1) -> str:
    plain = text.replace("\x00", "").strip()
    if not least <= len(plain) <= longest:
        raise BadInput(code, longest=longest)
    return plain


def _tag(value: str | int | None) -> int:
    text = str(value or "").strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text[:11]) <= MOST_TAG):
        raise BadInput("bad_audience")
    return int(text)
