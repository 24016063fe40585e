"""Articles over the connector, with our names for what can go wrong."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import Refused, Unavailable
from bot.host.articles import WeChatArticles
from bot.ports import Article
from connectors.wechat.articles import Articles
from connectors.wechat.errors import PlatformLater, PlatformRefused

ARTICLE = Article("流感门诊", "周末", "<p>也开</p>", "T1", "https://h.example/h5/me")


class Account:
    """Platform.call that answers or raises by path."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.calls = answers, list[str]()

    def call(self, path: str, body: Any) -> dict[str, Any]:
        self.calls.append(path)
        answer = self.answers[path.replace("/", "_")]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def wechat(**answers: Any) -> tuple[WeChatArticles, Account]:
    account = Account(**answers)
    return WeChatArticles(Articles(account)), account


def test_a_draft_is_brought_up_to_date_and_made_anew_where_it_is_gone() -> None:
    articles, account = wechat(draft_update={}, draft_add={"media_id": "M2"})
    assert articles.draft(ARTICLE, media_id="M1") == "M1"
    account.answers["draft_update"] = PlatformRefused(40007, "bad_data")
    assert articles.draft(ARTICLE, media_id="M1") == "M2"
    assert articles.draft(ARTICLE) == "M2"
    assert account.calls == ["draft/update", "draft/update", "draft/add", "draft/add"]


@pytest.mark.parametrize(
    ("failure", "raised", "code"),
    [
        (PlatformRefused(45028, "mass_quota"), Refused, "wechat_mass_quota"),
        (PlatformLater(0, "network"), Unavailable, "articles_unknown"),
        (PlatformLater(0, "http"), Unavailable, "articles_unknown"),
        (PlatformLater(-1, "busy"), Unavailable, "articles_later"),
        (PlatformLater(45009, "day_quota"), Unavailable, "articles_later"),
    ],
    ids=lambda value: getattr(value, "reason", None),
)
def test_a_refusal_is_told_from_what_may_have_happened(failure: Exception, raised: Any, code: str) -> None:
    articles, _account = wechat(message_mass_sendall=failure, draft_update=failure)
    for call in (lambda: articles.send("M1", key="k", tag=None), lambda: articles.draft(ARTICLE, media_id="M1")):
        with pytest.raises(raised) as error:
            call()
        assert error.value.code == code


def test_everything_else_goes_through() -> None:
    detail = {"item": [{"article_url": "http://mp.example/s/1"}]}
    articles, account = wechat(
        message_mass_get={"msg_status": "SENDING"},
        message_mass_delete={},
        message_mass_preview={},
        freepublish_submit={"publish_id": 7},
        freepublish_get={"publish_status": 0, "article_id": "A1", "article_detail": detail},
        freepublish_delete={},
        user_tag_get={"count": 0},
    )
    assert (articles.progress("9"), articles.publish("M1"), list(articles.members(7))) == ("sending", "7", [])
    assert vars(articles.publication("7")) == {
        "state": "published",
        "article": "A1",
        "url": "http://mp.example/s/1",
        "reason": "",
    }
    articles.withdraw("9")
    articles.unpublish("A1")
    articles.preview("M1", wechat_id="zhang_san")
    assert len(account.calls) == 7
