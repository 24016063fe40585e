"""Articles of the fake platform: drafts, publishing, previews and mass sends that every following phone shows."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, render_template_string, request
from markupsafe import Markup

from connectors.simulator.answers import page_of
from connectors.simulator.articles import (
    SCHEMA,
    article_of,
    articles_of,
    check_cover,
    draft_of,
    received_by,
    record,
    sent_before,
    tagged,
    take_draft,
)
from connectors.simulator.bodies import posted
from connectors.simulator.bubbles import Bubbles, Draft
from connectors.simulator.config import Json, SimulatorConfig
from connectors.simulator.courier import Courier
from connectors.simulator.database import Database
from connectors.simulator.deliveries import message_id
from connectors.simulator.errors import PlatformError
from connectors.simulator.media import Media
from connectors.simulator.outgoing import Outgoing
from connectors.simulator.phones import Phone, Phones
from connectors.simulator.tools import Tools

LARGEST_BODY = 2 * 1024 * 1024
PER_MONTH = 4  # mass sends that a follower gets in a month
LONGEST_KEY = 64  # bytes
HELPER = "mphelper"  # whose openid the word of a finished mass send comes from
SCRIPTS = re.compile(r"(?is)<script.*?(</script\s*>|$)|\son\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)")
OK: Json = {"errcode": 0, "errmsg": "ok"}
PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ one.title }}</title>
<h1>{{ one.title }}</h1><p>{{ account }}</p>
{% if gone %}<p>该内容已被发布者删除</p>{% else %}{{ text }}
{% if one.content_source_url %}<p><a href="{{ one.content_source_url }}">阅读原文</a></p>{% endif %}{% endif %}
</html>"""


class ArticlesApi:
    """The calls of drafts, publications and mass sends."""

    def __init__(self, config: SimulatorConfig, tools: Tools, database: Database, courier: Courier) -> None:
        self._config, self._tools, self._database, self._courier = config, tools, database, courier
        self._phones, self._bubbles, self._media = Phones(database), Bubbles(database), Media(database)
        with database.write() as connection:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)

    def calls(self) -> dict[str, Callable[[], Json]]:
        """Path → call; each needs a token."""
        return {
            "/cgi-bin/material/add_material": self.add_material,
            "/cgi-bin/draft/add": self.draft_add,
            "/cgi-bin/draft/update": self.draft_update,
            "/cgi-bin/draft/delete": self.draft_delete,
            "/cgi-bin/freepublish/submit": self.submit,
            "/cgi-bin/freepublish/get": self.publication,
            "/cgi-bin/freepublish/delete": self.unpublish,
            "/cgi-bin/message/mass/preview": self.preview,
            "/cgi-bin/message/mass/sendall": self.sendall,
            "/cgi-bin/message/mass/get": self.mass_get,
            "/cgi-bin/message/mass/delete": self.mass_delete,
            "/cgi-bin/user/tag/get": self.tag_members,
        }

    def add_to(self, blueprint: Blueprint) -> None:
        """The page that a card leads to."""
        blueprint.add_url_rule("/sim/articles/<article_id>/<int:index>", "article", self.show)

    def add_material(self) -> Json:
        if request.method != "POST":
            raise PlatformError(43002)
        kept = self._media.keep(request.args.get("type", ""), request.files.get("media"), now=self._tools.clock())
        with self._database.write() as connection:
            connection.execute("INSERT INTO article_material (media_id) VALUES (?)", (kept["media_id"],))
        return {"media_id": kept["media_id"], "url": f"{self._config.base_url}/sim/media/{kept['media_id']}"}

    def draft_add(self) -> Json:
        articles = articles_of(posted(LARGEST_BODY).get("articles"))
        media_id = secrets.token_urlsafe(24)
        with self._database.write() as connection:
            for one in articles:
                check_cover(connection, one)
            row = (media_id, json.dumps(articles, ensure_ascii=False), self._tools.clock())
            connection.execute("INSERT INTO article_draft (media_id, articles, at) VALUES (?, ?, ?)", row)
        return {"media_id": media_id}

    def draft_update(self) -> Json:
        body = posted(LARGEST_BODY)
        changed, index = article_of(body.get("articles")), body.get("index")
        with self._database.write() as connection:
            articles = draft_of(connection, body.get("media_id"))
            if not isinstance(index, int) or not 0 <= index < len(articles):
                raise PlatformError(40035)
            check_cover(connection, changed)
            articles[index] = changed
            row = (json.dumps(articles, ensure_ascii=False), body["media_id"])
            connection.execute("UPDATE article_draft SET articles = ? WHERE media_id = ?", row)
        return OK

    def draft_delete(self) -> Json:
        body = posted(LARGEST_BODY)
        with self._database.write() as connection:
            take_draft(connection, body.get("media_id"))
        return OK

    def submit(self) -> Json:
        body, number = posted(LARGEST_BODY), message_id(self._tools.clock())
        with self._database.write() as connection:
            articles = take_draft(connection, body.get("media_id"))
            row = (secrets.token_urlsafe(12), json.dumps(articles, ensure_ascii=False), str(number))
            connection.execute("INSERT INTO article (id, articles, publish_id) VALUES (?, ?, ?)", row)
        return {**OK, "publish_id": str(number), "msg_data_id": number}

    def publication(self) -> Json:
        publish_id = str(posted(LARGEST_BODY).get("publish_id") or "")
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM article WHERE publish_id = ?", (publish_id,)).fetchone()
        if row is None:
            raise PlatformError(40035)
        if row["gone"]:
            return {"publish_id": publish_id, "publish_status": 5, "fail_idx": []}
        count = len(json.loads(row["articles"]))
        items = [{"idx": n + 1, "article_url": self._url(row["id"], n)} for n in range(count)]
        detail = {"count": count, "item": items}
        status = {"publish_id": publish_id, "publish_status": 0, "fail_idx": []}
        return {**status, "article_id": row["id"], "article_detail": detail}

    def unpublish(self) -> Json:
        return self._gone("id", str(posted(LARGEST_BODY).get("article_id") or ""), 53600)

    def preview(self) -> Json:
        """To an openid, or to a WeChat ID: a phone's own id stands for it."""
        body = posted(LARGEST_BODY)
        with self._database.read() as connection:
            articles = draft_of(connection, _media_of(body))
        if body.get("towxname"):
            found = self._phones.some([str(body["towxname"])])
        else:
            found = [phone for phone in [self._phones.of_openid(str(body.get("touser") or ""))] if phone]
        if not found:
            raise PlatformError(40003)
        if not found[0].subscribed:
            raise PlatformError(43004)
        self._bubbles.add(found[0].id, _card(articles[0], {}), now=self._tools.clock())
        return OK

    def sendall(self) -> Json:
        body, now = posted(LARGEST_BODY), self._tools.clock()
        key = str(body.get("clientmsgid") or "")
        if len(key.encode()) > LONGEST_KEY:
            raise PlatformError(45067)
        chosen = self._audience(body.get("filter"))
        with self._database.write() as connection:
            before = sent_before(connection, key, now)
            if before is not None:
                return {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": int(before)}
            left = [phone for phone in chosen if received_by(connection, phone.id, now) < PER_MONTH]
            if chosen and not left:
                raise PlatformError(45028)
            articles = take_draft(connection, _media_of(body))
            sent = record(connection, articles, key, left, now)
        self._deliver(articles, sent, chosen, left)
        return {
            "errcode": 0,
            "errmsg": "send job submission success",
            "msg_id": int(sent[0]),
            "msg_data_id": int(sent[0]),
        }

    def mass_get(self) -> Json:
        msg_id = str(posted(LARGEST_BODY).get("msg_id") or "")
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM mass_send WHERE msg_id = ?", (msg_id,)).fetchone()
        if row is None:
            raise PlatformError(40035)
        return {"msg_id": int(msg_id), "msg_status": "DELETE" if row["deleted"] else "SEND_SUCCESS"}

    def mass_delete(self) -> Json:
        msg_id = str(posted(LARGEST_BODY).get("msg_id") or "")
        with self._database.write() as connection:
            connection.execute("UPDATE mass_send SET deleted = 1 WHERE msg_id = ?", (msg_id,))
        return self._gone("msg_id", msg_id, 40035)

    def tag_members(self) -> Json:
        """All of them in one page; who asks on behind the last gets none."""
        body = posted(LARGEST_BODY)
        if type(body.get("tagid")) is not int:
            raise PlatformError(40035)
        with self._database.read() as connection:
            openids = [row["openid"] for row in tagged(connection, body["tagid"])]
        left = [openid for openid in openids if openid > str(body.get("next_openid") or "")]
        return {"count": len(left), **({"data": {"openid": left}, "next_openid": left[-1]} if left else {})}

    def show(self, article_id: str, index: int) -> Response:
        """One article as a page."""
        with self._database.read() as connection:
            row = connection.execute("SELECT * FROM article WHERE id = ?", (article_id,)).fetchone()
        articles = json.loads(row["articles"]) if row else []
        if not index < len(articles):
            abort(404)
        one = articles[index]
        facts = {
            "one": one,
            "gone": row["gone"],
            "text": _paragraphs(one["content"]),
            "account": self._config.account_name,
        }
        return Response(render_template_string(PAGE, **facts))

    def _audience(self, chosen: Any) -> list[Phone]:
        if not isinstance(chosen, dict):
            raise PlatformError(47001)
        with self._database.read() as connection:
            if chosen.get("is_to_all") is True:
                query = "SELECT id FROM phone WHERE subscribed = 1 AND openid <> ?"
                rows = connection.execute(query, (HELPER,)).fetchall()
            elif type(chosen.get("tag_id")) is int:
                rows = tagged(connection, chosen["tag_id"])
            else:
                raise PlatformError(40035)
        return self._phones.some([row["id"] for row in rows])

    def _deliver(self, articles: list[Json], sent: tuple[str, str], chosen: list[Phone], left: list[Phone]) -> None:
        msg_id, article_id = sent
        url = self._url(article_id, 0)
        for phone in left:
            self._bubbles.add(phone.id, _card(articles[0], page_of(url, self._config.hosts)), now=self._tools.clock())
        self._courier.send(self._helper(), _finished(msg_id, url, total=len(chosen), left=len(left)))

    def _helper(self) -> Phone:
        """WeChat's own sender, which follows nothing and which no page lists."""
        found = self._phones.of_openid(HELPER)
        if found is None:
            made = self._phones.create(name=HELPER, number="", now=self._tools.clock())
            found = self._phones.change(made.id, {"openid": HELPER})
        return found

    def _url(self, article_id: str, index: int) -> str:
        return f"{self._config.base_url}/sim/articles/{article_id}/{index}"

    def _gone(self, column: str, value: str, unknown: int) -> Json:
        with self._database.write() as connection:
            done = connection.execute(f"UPDATE article SET gone = 1 WHERE {column} = ?", (value,)).rowcount  # noqa: S608
        if not done:
            raise PlatformError(unknown)
        return OK


def _media_of(body: Json) -> Any:
    if body.get("msgtype") != "mpnews" or not isinstance(body.get("mpnews"), dict):
        raise PlatformError(40008)
    return body["mpnews"].get("media_id")


def _card(article: Json, page: Json) -> Draft:
    """An article's card on the phone."""
    card = {"title": article["title"], "description": article["digest"], **page}
    return Draft("bot", "news", [{"t": "text", "text": article["title"]}], card)


def _finished(msg_id: str, url: str, *, total: int, left: int) -> Outgoing:
    """The event that follows a mass send."""
    fields = {
        "MsgType": "event",
        "Event": "MASSSENDJOBFINISH",
        "MsgID": msg_id,
        "Status": "send success",
        "TotalCount": str(total),
        "FilterCount": str(left),
        "SentCount": str(left),
        "ErrorCount": "0",
        "ArticleUrlResult.ResultList.item.ArticleUrl": url,
    }
    return Outgoing("群发完成", fields, message=False, answered=False, scene="")


def _paragraphs(content: str) -> Markup:
    """The article's HTML without scripts, as WeChat takes them out; the page's own policy would not run them."""
    return Markup(SCRIPTS.sub("", content))  # noqa: S704
