"""Articles of an account: drafts, publishing, and sending one to many followers.

Nothing here tries again by itself. A mass send carries the host's own key (`clientmsgid`): WeChat remembers it for a
day and answers a repetition with the first send's id (45065), so after an unknown outcome the same send may be asked
for again with the same key. Publishing knows no such key: an unknown outcome has to be looked at by a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from connectors.wechat import media
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.transport import Upload

LONGEST_TITLE, LONGEST_AUTHOR, LONGEST_DIGEST = 64, 16, 120  # characters
LONGEST_CONTENT, LARGEST_CONTENT = 20_000, 1_000_000  # characters, bytes of UTF-8
MOST_ARTICLES = 8
LONGEST_KEY = 64  # bytes
KEY_HOURS = 24  # how long WeChat remembers a key
SENT_BEFORE = 45065
BAD_TITLE, BAD_DIGEST, BAD_CONTENT, BAD_COUNT, BAD_KEY = 45003, 45004, 45002, 45008, 45067  # WeChat's own codes
UNKNOWN = frozenset({"network", "http", "bad_answer"})  # reasons of a PlatformLater after which it may have happened

Progress = Literal["sending", "sent", "failed", "deleted"]
PROGRESS: Mapping[str, Progress] = {
    "SENDING": "sending",
    "SEND_SUCCESS": "sent",
    "SEND_FAIL": "failed",
    "DELETE": "deleted",
}
PUBLISHED, PUBLISHING = 0, 1
REASONS = {2: "not_original", 3: "publish_failed", 4: "audit_refused", 5: "taken_down", 6: "banned"}


class Caller(Protocol):
    """What is needed of `platform.Platform`."""

    def call(self, path: str, body: Any) -> dict[str, Any]:
        """One call → WeChat's answer. Raises PlatformRefused or PlatformLater."""


@dataclass(frozen=True)
class Article:
    """`content` is HTML without scripts, `thumb` the media_id of a lasting picture (`Articles.cover`)."""

    title: str
    content: str = field(repr=False)
    thumb: str
    digest: str = ""
    author: str = ""
    source_url: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """As draft/add and draft/update take it. Raises PlatformRefused with the code WeChat would give."""
        self._check()
        return {
            "article_type": "news",
            "title": self.title,
            "author": self.author,
            "digest": self.digest,
            "content": self.content,
            "content_source_url": self.source_url,
            "thumb_media_id": self.thumb,
            "need_open_comment": 0,
        }

    def _check(self) -> None:
        if not 0 < len(self.title) <= LONGEST_TITLE:
            raise PlatformRefused(BAD_TITLE, "bad_data")
        if len(self.digest) > LONGEST_DIGEST or len(self.author) > LONGEST_AUTHOR:
            raise PlatformRefused(BAD_DIGEST, "bad_data")
        if len(self.content) >= LONGEST_CONTENT or len(self.content.encode()) >= LARGEST_CONTENT:
            raise PlatformRefused(BAD_CONTENT, "too_long")


@dataclass(frozen=True)
class Published:
    """How a publication stands: `reason` says why it failed; `url` where it can be read."""

    state: Literal["publishing", "published", "failed"]
    article_id: str = ""
    url: str = ""
    reason: str = ""


class Articles:
    """The calls. Each raises PlatformRefused (never will) or PlatformLater (`UNKNOWN`: it may have happened)."""

    def __init__(self, platform: Caller) -> None:
        self._platform = platform

    def cover(self, content: bytes) -> str:
        """A picture as lasting material → its media_id."""
        file = media.read(content)
        if file.sort != "image":
            raise PlatformRefused(media.BAD_TYPE, "bad_type")
        return _text(self._platform.call("material/add_material", Upload(file.sort, file.part)), "media_id")

    def add(self, articles: Sequence[Article]) -> str:
        """A draft of one to eight articles → its media_id. Sending or publishing takes it out of the drafts."""
        if not 0 < len(articles) <= MOST_ARTICLES:
            raise PlatformRefused(BAD_COUNT, "bad_data")
        return _text(self._platform.call("draft/add", {"articles": [one.body for one in articles]}), "media_id")

    def update(self, media_id: str, article: Article, *, index: int = 0) -> None:
        """Replace one article of a draft; the first is 0. 40007 = there is no such draft any more."""
        self._platform.call("draft/update", {"media_id": media_id, "index": index, "articles": article.body})

    def delete(self, media_id: str) -> None:
        """Throw a draft away."""
        self._platform.call("draft/delete", {"media_id": media_id})

    def publish(self, media_id: str) -> str:
        """Put a draft on the account's page, where nobody is told of it → publish_id. Never ask twice."""
        return _text(self._platform.call("freepublish/submit", {"media_id": media_id}), "publish_id")

    def published(self, publish_id: str) -> Published:
        """What became of a publication."""
        answer = self._platform.call("freepublish/get", {"publish_id": publish_id})
        status = answer.get("publish_status")
        if status == PUBLISHING:
            return Published("publishing")
        if status == PUBLISHED:
            return Published("published", str(answer.get("article_id") or ""), _first_url(answer))
        if status in REASONS:
            return Published("failed", reason=REASONS[status])
        raise PlatformLater(0, "bad_answer")

    def unpublish(self, article_id: str) -> None:
        """Take a published article off the account's page; it cannot be put back."""
        self._platform.call("freepublish/delete", {"article_id": article_id})

    def preview(self, media_id: str, *, openid: str = "", wechat_id: str = "") -> None:
        """Show a draft to one follower, by openid or by the WeChat ID that he gave himself. 100 a day."""
        to = {"towxname": wechat_id} if wechat_id else {"touser": openid}
        self._platform.call("message/mass/preview", {**to, "mpnews": {"media_id": media_id}, "msgtype": "mpnews"})

    def send(self, media_id: str, *, key: str, tag: int | None = None) -> str:
        """Send a draft to all followers, or to those with a tag → msg_id, the job that MASSSENDJOBFINISH reports.

        The same `key` (at most 64 bytes) within a day is sent once and gives the first msg_id again; '' when WeChat
        says that it went out before and not under which id.
        """
        if not 0 < len(key.encode()) <= LONGEST_KEY:
            raise PlatformRefused(BAD_KEY, "bad_data")
        who = {"is_to_all": True} if tag is None else {"is_to_all": False, "tag_id": tag}
        what = {"mpnews": {"media_id": media_id}, "msgtype": "mpnews", "send_ignore_reprint": 0}
        try:
            return _text(
                self._platform.call("message/mass/sendall", {"filter": who, **what, "clientmsgid": key}), "msg_id"
            )
        except PlatformRefused as refused:
            if refused.code != SENT_BEFORE:
                raise
            return str(refused.answer.get("msg_id") or "")

    def progress(self, msg_id: str) -> Progress:
        """How far a mass send has come."""
        status = PROGRESS.get(str(self._platform.call("message/mass/get", {"msg_id": msg_id}).get("msg_status")))
        if status is None:
            raise PlatformLater(0, "bad_answer")
        return status

    def withdraw(self, msg_id: str) -> None:
        """Take the articles of a mass send away. Cards already shown stay, and lead to a page that says so."""
        self._platform.call("message/mass/delete", {"msg_id": _number(msg_id)})

    def members(self, tag: int) -> Iterator[str]:
        """The openids that carry a tag, 10,000 a call."""
        last = ""
        while True:
            answer = self._platform.call("user/tag/get", {"tagid": tag, "next_openid": last})
            data = answer.get("data")
            found = data.get("openid") if isinstance(data, dict) else None
            if not answer.get("count") or not found:
                return
            yield from (str(openid) for openid in found)
            following = str(answer.get("next_openid") or "")
            if following in {"", last}:
                return
            last = following


def _text(answer: Mapping[str, Any], name: str) -> str:
    """A field that must be there, a number as well as a text. Raises PlatformLater."""
    value = answer.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not value:
        raise PlatformLater(0, "bad_answer")
    return str(value)


def _number(msg_id: str) -> int | str:
    return int(msg_id) if msg_id.isdecimal() else msg_id


def _first_url(answer: Mapping[str, Any]) -> str:
    detail = answer.get("article_detail")
    items = detail.get("item") if isinstance(detail, dict) else None
    first = items[0] if isinstance(items, list) and items else None
    return str(first.get("article_url") or "") if isinstance(first, dict) else ""
