"""Drafts, publishing and mass sends against an account that plays WeChat's answers."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask, jsonify
from werkzeug.serving import make_server

from connectors.wechat.articles import UNKNOWN, Article, Articles, Published
from connectors.wechat.errors import PlatformLater, PlatformRefused
from connectors.wechat.platform import Platform
from connectors.wechat.tokens import MemoryTokens

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


class Account:
    """Platform.call that answers from a list and remembers the bodies."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.answers: dict[str, list[Any]] = {}

    def call(self, path: str, body: Any) -> dict[str, Any]:
        self.calls.append((path, body))
        answer = self.answers[path].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def articles(account: Account) -> Articles:
    return Articles(account)


def an_article(**changes: Any) -> Article:
    return Article(**{"title": "流感门诊", "content": "<p>周末也开</p>", "thumb": "T1", "digest": "摘要"} | changes)


def test_a_cover_becomes_lasting_material(articles: Articles, account: Account) -> None:
    account.answers["material/add_material"] = [{"media_id": "T1", "url": "http://mmbiz.example/1"}]
    assert articles.cover(PNG) == "T1"
    assert account.calls[0][1].kind == "png"
    with pytest.raises(PlatformRefused):
        articles.cover(b"<svg>")


def test_a_draft_is_added_changed_and_deleted(articles: Articles, account: Account) -> None:
    account.answers = {"draft/add": [{"media_id": "M1"}], "draft/update": [{}], "draft/delete": [{}]}
    assert articles.add([an_article(source_url="https://h.example/h5/me")]) == "M1"
    articles.update("M1", an_article(title="新标题"))
    articles.delete("M1")
    added, changed, deleted = (body for _, body in account.calls)
    assert added["articles"][0] == {
        "article_type": "news",
        "title": "流感门诊",
        "author": "",
        "digest": "摘要",
        "content": "<p>周末也开</p>",
        "content_source_url": "https://h.example/h5/me",
        "thumb_media_id": "T1",
        "need_open_comment": 0,
    }
    assert (changed["index"], changed["articles"]["title"]) == (0, "新标题")
    assert deleted == {"media_id": "M1"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, 45003),
        ({"title": "题" * 65}, 45003),
        ({"digest": "摘" * 121}, 45004),
        ({"author": "字" * 17}, 45004),
        ({"content": "字" * 20_000}, 45002),
    ],
)
def test_what_wechat_would_refuse_never_leaves(
    articles: Articles, account: Account, changes: dict[str, str], code: int
) -> None:
    for call in (lambda one: articles.add([one]), lambda one: articles.update("M1", one)):
        with pytest.raises(PlatformRefused) as refusal:
            call(an_article(**changes))
        assert refusal.value.code == code
    assert account.calls == []


@pytest.mark.parametrize("count", [0, 9])
def test_a_draft_has_one_to_eight_articles(articles: Articles, count: int) -> None:
    with pytest.raises(PlatformRefused) as refusal:
        articles.add([an_article()] * count)
    assert refusal.value.code == 45008


@pytest.mark.parametrize(
    ("tag", "who"), [(None, {"is_to_all": True}), (7, {"is_to_all": False, "tag_id": 7})], ids=["all", "tag"]
)
def test_a_mass_send_carries_its_key(articles: Articles, account: Account, tag: int | None, who: Any) -> None:
    account.answers["message/mass/sendall"] = [{"errcode": 0, "msg_id": 3147494276, "msg_data_id": 2455891298}]
    assert articles.send("M1", key="n_1-3", tag=tag) == "3147494276"
    assert account.calls[0][1] == {
        "filter": who,
        "mpnews": {"media_id": "M1"},
        "msgtype": "mpnews",
        "send_ignore_reprint": 0,
        "clientmsgid": "n_1-3",
    }


def test_a_send_that_went_out_before_gives_its_first_number(articles: Articles, account: Account) -> None:
    before = PlatformRefused(45065, "sent_before", {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 99})
    account.answers["message/mass/sendall"] = [before, PlatformRefused(45065, "sent_before")]
    assert articles.send("M1", key="n_1-3") == "99"
    assert articles.send("M1", key="n_1-3") == ""


def test_other_refusals_stay_refusals_and_nothing_is_tried_twice(articles: Articles, account: Account) -> None:
    failures = [PlatformRefused(45028, "mass_quota"), PlatformLater(0, "network")]
    account.answers["message/mass/sendall"] = list(failures)
    for failure in failures:
        with pytest.raises(type(failure)) as raised:
            articles.send("M1", key="n_1-3")
        assert raised.value.reason == failure.reason
    assert len(account.calls) == 2
    assert "network" in UNKNOWN


@pytest.mark.parametrize("key", ["", "k" * 65, "钥" * 22])
def test_a_key_that_wechat_would_not_remember_is_refused(articles: Articles, key: str) -> None:
    with pytest.raises(PlatformRefused):
        articles.send("M1", key=key)


def test_progress_preview_and_taking_back(articles: Articles, account: Account) -> None:
    statuses = [{"msg_id": 99, "msg_status": status} for status in ("SENDING", "SEND_SUCCESS", "SEND_FAIL", "DELETE")]
    account.answers = {"message/mass/get": [*statuses, {"msg_status": "?"}], "message/mass/preview": [{}, {}]}
    account.answers["message/mass/delete"] = [{}]
    assert [articles.progress("99") for _ in statuses] == ["sending", "sent", "failed", "deleted"]
    with pytest.raises(PlatformLater):
        articles.progress("99")
    account.calls.clear()
    articles.preview("M1", openid="o-one")
    articles.preview("M1", wechat_id="zhang_san")
    articles.withdraw("99")
    one, two, gone = (body for _, body in account.calls)
    assert one == {"touser": "o-one", "mpnews": {"media_id": "M1"}, "msgtype": "mpnews"}
    assert (two["towxname"], "touser" in two) == ("zhang_san", False)
    assert gone == {"msg_id": 99}


def test_a_publication_is_followed_to_its_address(articles: Articles, account: Account) -> None:
    detail = {"count": 1, "item": [{"idx": 1, "article_url": "http://mp.example/s/1"}]}
    answers = [
        {"publish_status": 1},
        {"publish_status": 0, "article_id": "A1", "article_detail": detail},
        {"publish_status": 4},
        {"publish_status": 0, "article_id": "A1", "article_detail": {"item": "?"}},
    ]
    account.answers = {
        "freepublish/submit": [{"publish_id": "100000001", "msg_data_id": 7}],
        "freepublish/get": answers,
    }
    account.answers["freepublish/delete"] = [{}]
    assert articles.publish("M1") == "100000001"
    assert [articles.published("100000001") for _ in range(4)] == [
        Published("publishing"),
        Published("published", "A1", "http://mp.example/s/1"),
        Published("failed", reason="audit_refused"),
        Published("published", "A1"),
    ]
    articles.unpublish("A1")
    assert account.calls[-1] == ("freepublish/delete", {"article_id": "A1"})


def test_a_tags_members_are_read_page_by_page(articles: Articles, account: Account) -> None:
    pages = [
        {"count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"},
        {"count": 1, "data": {"openid": ["o3"]}, "next_openid": "o3"},
        {"count": 0},
    ]
    account.answers["user/tag/get"] = pages
    assert list(articles.members(7)) == ["o1", "o2", "o3"]
    assert [body["next_openid"] for _, body in account.calls] == ["", "o2", "o3"]


@pytest.mark.parametrize("answer", [{}, {"msg_id": None}, {"msg_id": True}, {"msg_id": ""}, {"msg_id": [1]}])
def test_an_answer_without_a_number_is_no_answer(articles: Articles, account: Account, answer: Any) -> None:
    account.answers["message/mass/sendall"] = [answer]
    with pytest.raises(PlatformLater) as later:
        articles.send("M1", key="k")
    assert later.value.reason == "bad_answer"


def test_the_client_hands_a_refusals_answer_on() -> None:
    """Over HTTP, through the whole client: the number of a send that went out before is not lost."""
    app = Flask("wechat")
    token = {"access_token": "t", "expires_in": 7200}
    before = {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 99}
    app.add_url_rule("/cgi-bin/stable_token", "token", lambda: jsonify(token), methods=["POST"])
    app.add_url_rule("/cgi-bin/message/mass/sendall", "send", lambda: jsonify(before), methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        assert Articles(Platform("wxapp", "s" * 32, base, MemoryTokens())).send("M1", key="n_1-3") == "99"
    finally:
        server.shutdown()
        server.server_close()
