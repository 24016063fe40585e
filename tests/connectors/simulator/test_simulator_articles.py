"""Articles at the fake platform: drafts, publications, and mass sends with their quota, key and last word."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from connectors.simulator.database import Database
from connectors.wechat.articles import Article, Articles
from connectors.wechat.errors import PlatformRefused
from connectors.wechat.transport import Upload
from tests.connectors.simulator.conftest import World


def cover(world: World) -> str:
    held = io.BytesIO()
    Image.new("RGB", (9, 4)).save(held, "PNG")
    query = {"access_token": world.token(), "type": "image"}
    form = {"media": (io.BytesIO(held.getvalue()), "image.png", "image/png")}
    answer = world.client.post("/sim/api/cgi-bin/material/add_material", query_string=query, data=form)
    return str(answer.get_json()["media_id"])


def draft(world: World, **changes: Any) -> str:
    one = {
        "title": "流感门诊",
        "digest": "周末也开",
        "content": "<p>周末<script>x()</script>也开</p>",
        "thumb_media_id": cover(world),
    }
    answer = world.api("draft/add", {"articles": [one | changes]})
    assert "media_id" in answer, answer
    return str(answer["media_id"])


def send(world: World, media_id: str, key: str = "k", chosen: Any = None) -> dict[str, Any]:
    body = {"filter": chosen or {"is_to_all": True}, "mpnews": {"media_id": media_id}, "msgtype": "mpnews"}
    answer = world.api("message/mass/sendall", {**body, "send_ignore_reprint": 0, "clientmsgid": key})
    world.run()
    return answer


def cards(world: World, phone: dict[str, Any]) -> list[str]:
    return [bubble["card"]["title"] for bubble in world.shown(phone) if bubble["kind"] == "news"]


def ends(world: World) -> list[dict[str, str]]:
    return [told for told in world.product.heard if told.get("Event") == "MASSSENDJOBFINISH"]


def test_a_mass_send_shows_a_card_on_every_following_phone_and_tells_its_end(world: World) -> None:
    one, two, gone = world.phone(), world.phone(name="乙"), world.phone(name="丙", follow=False)
    answer = send(world, draft(world))
    assert answer["errcode"] == 0
    assert [cards(world, phone) for phone in (one, two, gone)] == [["流感门诊"], ["流感门诊"], []]
    [end] = ends(world)
    assert (end["FromUserName"], end["MsgID"], end["Status"]) == ("mphelper", str(answer["msg_id"]), "send success")
    assert (end["TotalCount"], end["FilterCount"], end["SentCount"], end["ErrorCount"]) == ("2", "2", "2", "0")
    assert world.api("message/mass/get", {"msg_id": answer["msg_id"]})["msg_status"] == "SEND_SUCCESS"


def test_the_card_leads_to_the_article_until_it_is_withdrawn(world: World) -> None:
    phone = world.phone()
    msg_id = send(world, draft(world))["msg_id"]
    [path] = [bubble["card"]["path"] for bubble in world.shown(phone) if bubble["kind"] == "news"]
    page = world.client.get(path)
    assert "<p>周末也开</p>" in page.text
    assert "x()" not in page.text
    assert world.api("message/mass/delete", {"msg_id": msg_id})["errcode"] == 0
    assert "周末也开" not in world.client.get(path).text
    assert world.api("message/mass/get", {"msg_id": msg_id})["msg_status"] == "DELETE"


def test_the_same_key_is_sent_once_for_a_day(world: World) -> None:
    phone = world.phone()
    first = send(world, draft(world), "same")
    again = send(world, draft(world), "same")
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    assert cards(world, phone) == ["流感门诊"]
    world.wire.now += 24 * 3600 + 1
    assert send(world, draft(world), "same")["errcode"] == 0
    assert send(world, draft(world), "k" * 65)["errcode"] == 45067


def test_nobody_gets_a_fifth_one_in_a_month(world: World) -> None:
    early = world.phone()
    for n in range(3):
        assert send(world, draft(world), f"k{n}")["errcode"] == 0
    late = world.phone(name="乙")
    send(world, draft(world), "k3")
    assert send(world, draft(world), "k4")["errcode"] == 0
    assert (len(cards(world, early)), len(cards(world, late))) == (4, 2)
    assert (ends(world)[-1]["TotalCount"], ends(world)[-1]["FilterCount"]) == ("2", "1")
    for n in range(5, 7):
        send(world, draft(world), f"k{n}")
    assert send(world, draft(world), "k7")["errcode"] == 45028
    world.wire.now += 31 * 86_400
    assert send(world, draft(world), "k7")["errcode"] == 0


class Caller:
    """What the connector needs of its client, over the fake platform's own door."""

    def __init__(self, world: World) -> None:
        self.world = world

    def call(self, path: str, body: Any) -> dict[str, Any]:
        if isinstance(body, Upload):
            query = {"access_token": self.world.token(), "type": "image"}
            name, content, kind = body.part
            form = {"media": (io.BytesIO(content), name, kind)}
            answer = self.world.client.post(f"/sim/api/cgi-bin/{path}", query_string=query, data=form).get_json()
        else:
            answer = self.world.api(path, body)
        if answer.get("errcode"):
            raise PlatformRefused(answer["errcode"], "refused", answer)
        return dict(answer)


def test_the_connector_and_the_fake_platform_speak_the_same_words(world: World) -> None:
    phone, articles = world.phone(), Articles(Caller(world))
    held = io.BytesIO()
    Image.new("RGB", (9, 4)).save(held, "JPEG")
    one = Article("流感门诊", "<p>周末也开</p>", articles.cover(held.getvalue()), digest="周末")
    media_id = articles.add([one])
    articles.update(media_id, replace(one, title="新标题"))
    articles.preview(media_id, wechat_id=phone["id"])
    msg_id = articles.send(media_id, key="n_1-3")
    assert articles.send(articles.add([one]), key="n_1-3") == msg_id
    assert articles.progress(msg_id) == "sent"
    articles.withdraw(msg_id)
    assert articles.progress(msg_id) == "deleted"
    published = articles.published(articles.publish(articles.add([one])))
    assert (published.state, bool(published.url)) == ("published", True)
    articles.unpublish(published.article_id)
    assert cards(world, phone) == ["新标题", "新标题"]


def test_a_tag_reaches_those_who_have_it(world: World, tmp_path: Path) -> None:
    one, two = world.phone(), world.phone(name="乙")
    with Database(tmp_path / "simulator.db").write() as connection:
        connection.execute("INSERT INTO tagged (tag_id, phone_id) VALUES (7, ?)", (two["id"],))
    assert list(Articles(Caller(world)).members(7)) == [two["openid"]]
    assert list(Articles(Caller(world)).members(8)) == []
    assert send(world, draft(world), chosen={"is_to_all": False, "tag_id": 7})["errcode"] == 0
    assert (cards(world, one), cards(world, two)) == ([], ["流感门诊"])


def test_what_was_sent_is_no_draft_any_more(world: World) -> None:
    world.phone()
    media_id = draft(world)
    send(world, media_id)
    for path in ("draft/delete", "draft/update", "freepublish/submit"):
        body = {
            "media_id": media_id,
            "index": 0,
            "articles": {"title": "t", "content": "c", "thumb_media_id": cover(world)},
        }
        assert world.api(path, body)["errcode"] == 40007


def test_a_draft_is_changed_previewed_and_published(world: World) -> None:
    phone, other = world.phone(), world.phone(name="乙")
    media_id = draft(world)
    changed = {"title": "新标题", "content": "<p>新</p>", "thumb_media_id": cover(world)}
    assert world.api("draft/update", {"media_id": media_id, "index": 0, "articles": changed})["errcode"] == 0
    preview = {"mpnews": {"media_id": media_id}, "msgtype": "mpnews"}
    assert world.api("message/mass/preview", {**preview, "touser": phone["openid"]})["errcode"] == 0
    assert world.api("message/mass/preview", {**preview, "towxname": phone["id"]})["errcode"] == 0
    assert world.api("message/mass/preview", {**preview, "towxname": "nobody"})["errcode"] == 40003
    assert (cards(world, phone), cards(world, other)) == (["新标题"] * 2, [])
    publish_id = world.api("freepublish/submit", {"media_id": media_id})["publish_id"]
    done = world.api("freepublish/get", {"publish_id": publish_id})
    assert (done["publish_status"], cards(world, other)) == (0, [])
    path = done["article_detail"]["item"][0]["article_url"].removeprefix("http://localhost:8000")
    assert "新标题" in world.client.get(path).text
    assert world.api("freepublish/delete", {"article_id": done["article_id"]})["errcode"] == 0
    assert world.api("freepublish/get", {"publish_id": publish_id})["publish_status"] == 5


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"title": ""}, 45003),
        ({"title": "题" * 65}, 45003),
        ({"digest": "摘" * 121}, 45004),
        ({"content": "字" * 20_000}, 45002),
        ({"thumb_media_id": "unknown"}, 40007),
        ({"title": 7}, 47001),
    ],
    ids=["no title", "title", "digest", "content", "cover", "number"],
)
def test_what_the_platform_would_refuse_is_refused(world: World, change: dict[str, Any], errcode: int) -> None:
    one = {"title": "题", "content": "文", "thumb_media_id": cover(world)} | change
    assert world.api("draft/add", {"articles": [one]})["errcode"] == errcode
    assert world.api("draft/add", {"articles": [one] * 9})["errcode"] == 45008
