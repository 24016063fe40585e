"""Writers, approvers and a WeChat that remembers what it was asked to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.db.broadcast import Broadcast as Row
from bot.db.push import Notice
from bot.ports import Article, Ports, Publication
from bot.services import broadcast, broadcast_words
from bot.services.broadcast_shown import Broadcast
from bot.services.staff import Staff
from tests.factories import a_staff

ALL_TICKED = [check.id for check in broadcast_words.checks()]


class FakeArticles:
    """ArticlePort that keeps WeChat's promise: the same key is sent once. `failures` are raised one by one.

    `lost`: so many answers get lost after the work was done.
    """

    def __init__(self) -> None:
        self.covers: list[bytes] = []
        self.drafts: dict[str, Article] = {}
        self.previews: list[tuple[str, str]] = []
        self.jobs: dict[str, tuple[str, int | None]] = {}
        self.published: list[str] = []
        self.taken: list[str] = []
        self.states: dict[str, Any] = {}
        self.tagged: dict[int, list[str]] = {}
        self.failures: list[Exception] = []
        self.lost: list[Exception] = []
        self.no_draft: list[Exception] = []
        self.asked: list[str] = []

    def _enter(self, call: str) -> None:
        self.asked.append(call)
        if self.failures:
            raise self.failures.pop(0)

    def _leave(self, answer: str) -> str:
        if self.lost:
            raise self.lost.pop(0)
        return answer

    def cover(self, picture: bytes) -> str:
        self.covers.append(picture)
        return f"thumb-{len(self.covers)}"

    def draft(self, article: Article, *, media_id: str = "") -> str:
        if self.no_draft:
            raise self.no_draft.pop(0)
        media_id = media_id or f"media-{len(self.drafts) + 1}"
        self.drafts[media_id] = article
        return media_id

    def preview(self, media_id: str, *, wechat_id: str) -> None:
        self._enter("preview")
        self.previews.append((media_id, wechat_id))

    def send(self, media_id: str, *, key: str, tag: int | None) -> str:
        self._enter("send")
        if key not in self.jobs:
            self.jobs[key] = (self.drafts[media_id].title, tag)
        return self._leave(f"{1000 + list(self.jobs).index(key)}")

    def progress(self, job: str) -> str:
        self._enter("progress")
        return str(self.states.get(job, "sending"))

    def withdraw(self, job: str) -> None:
        self._enter("withdraw")
        self.taken.append(job)

    def publish(self, media_id: str) -> str:
        self._enter("publish")
        self.published.append(self.drafts[media_id].title)
        return self._leave(f"p{len(self.published)}")

    def publication(self, job: str) -> Publication:
        self._enter("publication")
        found: Publication = self.states.get(job, Publication("publishing"))
        return found

    def unpublish(self, article: str) -> None:
        self._enter("unpublish")
        self.taken.append(article)

    def members(self, tag: int) -> Sequence[str]:
        self._enter("members")
        return self.tagged.get(tag, [])


def with_articles(ports: Ports) -> tuple[Ports, FakeArticles]:
    wechat = FakeArticles()
    return replace(ports, articles=wechat), wechat


def some_words(way: str = "notice", **changes: Any) -> broadcast_words.Words:
    audience = "agreed" if way == "notice" else "all"
    facts: dict[str, Any] = {"way": way, "title": "冬季流感门诊开放时间", "digest": "周末也开", "ai": False, "link": ""}
    facts |= {
        "body": "本周起，流感门诊周末上午也开放。\n带上就诊卡，先在服务台领口罩。",
        "audience": audience,
        "tag_id": None,
    }
    return broadcast_words.parse(**facts | changes)


class Desk:
    """An editor who writes, another who approves, an operator."""

    def __init__(self, ports: Ports) -> None:
        self.ports, self.count = ports, 0
        self.writer, self.other = (a_staff(ports, "editor", name=name) for name in ("章一", "章二"))
        self.operator = a_staff(ports, "operator", name="值班")

    def draft(self, way: str = "notice", **changes: Any) -> Broadcast:
        self.count += 1
        words = some_words(way, **changes)
        return broadcast.create(self.ports, staff=self.writer, words=words, key=f"k{self.count}")

    def proposed(self, way: str = "notice", **changes: Any) -> Broadcast:
        made = self.draft(way, **changes)
        return self.propose(made)

    def propose(self, made: Broadcast) -> Broadcast:
        facts = {"ref": made.ref, "version": made.version, "ticked": ALL_TICKED}
        return broadcast.propose(self.ports, staff=self.writer, **facts)  # type: ignore[arg-type]

    def approved(self, way: str = "notice", **changes: Any) -> Broadcast:
        made = self.proposed(way, **changes)
        return broadcast.approve(self.ports, staff=self.other, ref=made.ref, version=made.version)

    def now(self, made: Broadcast, staff: Staff | None = None) -> Broadcast:
        return broadcast.one(self.ports, staff=staff or self.writer, ref=made.ref)


def row_of(ports: Ports, made: Broadcast) -> Any:
    with ports.transaction() as session:
        return session.scalars(sa.select(Row).where(Row.ref == made.ref)).one()


def states_of_notices(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Notice.state).where(Notice.kind == "broadcast").order_by(Notice.id)))


def trail(ports: Ports) -> list[str]:
    """The acts written to the trail, in order, without the prefix."""
    query = sa.text("SELECT action FROM audit WHERE action LIKE 'broadcast.%' ORDER BY id")
    with ports.transaction() as session:
        return [action.removeprefix("broadcast.") for action in session.scalars(query)]
