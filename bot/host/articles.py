"""ArticlePort over the official account's API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.errors import Refused, Unavailable
from bot.ports import Article, Publication
from connectors.wechat import articles as wechat
from connectors.wechat.errors import PlatformLater, PlatformRefused

T = TypeVar("T")
NO_SUCH_DRAFT = 40007


class WeChatArticles:
    """The connector's calls in our words."""

    def __init__(self, calls: wechat.Articles) -> None:
        self._calls = calls

    def cover(self, picture: bytes) -> str:
        return _asked(lambda: self._calls.cover(picture))

    def draft(self, article: Article, *, media_id: str = "") -> str:
        one = wechat.Article(
            article.title, article.html, article.thumb, digest=article.digest, source_url=article.source_url
        )
        return _asked(lambda: self._draft(one, media_id))

    def preview(self, media_id: str, *, wechat_id: str) -> None:
        _asked(lambda: self._calls.preview(media_id, wechat_id=wechat_id))

    def send(self, media_id: str, *, key: str, tag: int | None) -> str:
        return _asked(lambda: self._calls.send(media_id, key=key, tag=tag))

    def progress(self, job: str) -> str:
        return _asked(lambda: self._calls.progress(job))

    def withdraw(self, job: str) -> None:
        _asked(lambda: self._calls.withdraw(job))

    def publish(self, media_id: str) -> str:
        return _asked(lambda: self._calls.publish(media_id))

    def publication(self, job: str) -> Publication:
        found = _asked(lambda: self._calls.published(job))
        return Publication(found.state, found.article_id, found.url, found.reason)

    def unpublish(self, article: str) -> None:
        _asked(lambda: self._calls.unpublish(article))

    def members(self, tag: int) -> Sequence[str]:
        return _asked(lambda: list(self._calls.members(tag)))

    def _draft(self, article: wechat.Article, media_id: str) -> str:
        """Bring the draft up to date; where somebody threw it away, or it went out, make a new one."""
        if media_id:
            try:
                self._calls.update(media_id, article)
            except PlatformRefused as refused:
                if refused.code != NO_SUCH_DRAFT:
                    raise
            else:
                return media_id
        return self._calls.add([article])


def _asked(call: Callable[[], T]) -> T:
    """The call's answer. Raises Refused with WeChat's reason and code, or Unavailable."""
    try:
        return call()
    except PlatformRefused as refused:
        raise Refused(f"wechat_{refused.reason}", wechat=refused.code) from None
    except PlatformLater as later:
        unknown = later.reason in wechat.UNKNOWN
        raise Unavailable("articles_unknown" if unknown else "articles_later", wechat=later.code) from None
