"""What WeChat has of a broadcast: its draft, a preview, the one call that sends or publishes, and what became of it."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.base import insert_new
from bot.db.broadcast import Broadcast as Row
from bot.db.broadcast import MassResult
from bot.errors import BadInput, PeizhenError, Refused, Unavailable
from bot.plot import cover
from bot.ports import Article, ArticlePort, Ports
from bot.services import broadcast as book
from bot.services import broadcast_steps as steps
from bot.services import broadcast_words
from bot.services.broadcast_reach import UNKNOWN
from bot.services.broadcast_shown import found, words_in
from bot.services.staff import Staff

WECHAT_ID = re.compile(r"[A-Za-z][-_A-Za-z0-9]{5,19}")
LEASE_SECONDS = 120  # longer than all calls of one step may take
SENT = "send success"
NUMBERS = {"total": "TotalCount", "filtered": "FilterCount", "sent": "SentCount", "errors": "ErrorCount"}
ARTICLE_URL = "ArticleUrlResult.ResultList.item.0.ArticleUrl"
LONGEST_COUNT = 9  # digits


def preview(ports: Ports, *, staff: Staff, ref: str, wechat_id: str) -> None:
    """Show the article to one's own WeChat as followers will see it; the WeChat ID is kept nowhere.

    Raises BadInput('bad_wechat_id'), NotFound, Refused (role, a notice, or WeChat says no), Unavailable.
    """
    seen = book.one(ports, staff=staff, ref=ref)
    if not WECHAT_ID.fullmatch(wechat_id.strip()):
        raise BadInput("bad_wechat_id")
    if seen.words.way == "notice" or seen.state not in book.OPEN:
        raise Refused("no_preview")
    articles = _articles(ports)
    articles.preview(drafted(ports, ref=ref), wechat_id=wechat_id.strip())
    with ports.transaction() as session:
        steps.note(session, staff, "preview", seen.ref, at=ports.now())


def drafted(ports: Ports, *, ref: str) -> str:
    """The id of WeChat's draft with the words of now; made or brought up to date where it is not."""
    row, articles = _row(ports, ref), _articles(ports)
    if row.media_id and row.draft_version == row.version:
        return str(row.media_id)
    words = words_in(row)
    thumb = row.thumb or articles.cover(row.picture or cover.plain())
    source = f"{ports.public_url}{words.link}" if words.link else ""
    article = Article(words.title, words.digest, broadcast_words.html(words), thumb, source)
    media_id = articles.draft(article, media_id=row.media_id or "")
    values = {"thumb": thumb, "media_id": media_id, "draft_version": row.version}
    with ports.transaction() as session:
        steps.move(session, Row.id == row.id, Row.version == row.version, **values)
    return media_id


def carry(ports: Ports, *, ref: str) -> None:
    """One step of an article that is on its way, by one worker at a time."""
    claim = secrets.token_hex(8)
    if not _claimed(ports, ref, claim):
        return
    row = _row(ports, ref)
    try:
        if row.state == "stopped":
            _take_away(ports, row)
        elif row.job is None:
            _hand_over(ports, row)
        else:
            _look(ports, row)
    except Refused as refusal:
        _refused(ports, row, refusal)
    except Unavailable as later:
        _put_off(ports, _row(ports, ref), later)
    finally:
        _update(ports, row, Row.claim == claim, claim=None, claimed_until=None)


def event(ports: Ports, *, person_id: int, event: str, key: str, extra: Any) -> None:
    """MASSSENDJOBFINISH: keep the counts, and end the broadcast whose job it is; a job of somebody else is only kept.

    The word may come before the answer of the call that began the job; `_began` looks for it.
    """
    job, status = str(extra.get("MsgID") or "")[:64], str(extra.get("Status") or "")[:64]
    if not job:
        return
    counts = {name: _count(extra.get(field)) for name, field in NUMBERS.items()}
    facts = {**counts, "status": status, "url": str(extra.get(ARTICLE_URL) or "")[:500], "at": ports.now()}
    with ports.transaction() as session:
        if insert_new(session, MassResult, job=job, **facts):
            _finish(ports, session, job)


def _hand_over(ports: Ports, row: Any) -> None:
    """The call itself, right after one more look at the stop switch; the first moment of it is written down before."""
    media_id = drafted(ports, ref=row.ref)
    first = sa.func.coalesce(Row.handed_at, ports.now())
    if not _update(ports, row, Row.state == "sending", steps.not_halted(), handed_at=first):
        return
    if row.way == "mass":
        job = _articles(ports).send(media_id, key=row.key, tag=row.tag_id)
    else:
        job = _articles(ports).publish(media_id)
    _began(ports, row, job)


def _began(ports: Ports, row: Any, job: str) -> None:
    """Keep the number, also of one that was stopped meanwhile: it is taken away with it."""
    with ports.transaction() as session:
        steps.move(session, Row.id == row.id, job=job or None, look_at=_next_look(ports))
        if job:
            _finish(ports, session, job)
        else:  # it went out before, and WeChat does not say under which number: nothing is left to ask
            _end(ports, session, Row.id == row.id, state="sent", reason="no_number")


def _look(ports: Ports, row: Any) -> None:
    """Ask WeChat how it stands."""
    articles = _articles(ports)
    if row.way == "mass":
        state, facts = {"sent": "sent", "failed": "failed", "deleted": "stopped"}.get(articles.progress(row.job)), {}
    else:
        seen = articles.publication(row.job)
        state = {"published": "sent", "failed": "failed"}.get(seen.state)
        facts = {"article": seen.article or None, "url": seen.url[:500] or None, "reason": seen.reason}
    if state is None:
        _update(ports, row, look_at=_next_look(ports))
        return
    with ports.transaction() as session:
        _end(ports, session, Row.id == row.id, state=state, **{"reason": "", **facts})


def _take_away(ports: Ports, row: Any) -> None:
    """What was stopped is taken away at WeChat; a publication must have its article first."""
    articles = _articles(ports)
    if row.job is None:  # nobody knows whether WeChat took it: a person has to look there
        _update(ports, row, look_at=None)
        return
    if row.way == "mass":
        articles.withdraw(row.job)
    else:
        article = row.article or _published(ports, row, articles)
        if article is None:
            return
        articles.unpublish(article)
    _update(ports, row, withdrawn_at=ports.now(), look_at=None)


def _published(ports: Ports, row: Any, articles: ArticlePort) -> str | None:
    """The article of a publication that was stopped on its way; None = later, or never."""
    seen = articles.publication(row.job)
    if not seen.article:
        _update(ports, row, look_at=_next_look(ports) if seen.state == "publishing" else None)
    return seen.article or None


def _finish(ports: Ports, session: Any, job: str) -> None:
    """End the broadcast of a job whose result is known."""
    result = session.scalars(sa.select(MassResult).where(MassResult.job == job)).first()
    if result is None:
        return
    good = result.status == SENT
    reason = "" if good else result.status
    state = "sent" if good else "failed"
    mine = (Row.job == job, Row.way == "mass")
    steps.move(session, *mine, url=result.url or None)
    _end(ports, session, *mine, state=state, reason=reason)


def _end(ports: Ports, session: Any, *conditions: Any, state: str, **facts: Any) -> None:
    row = session.execute(sa.select(Row.id, Row.ref).where(*conditions, Row.state == "sending")).first()
    if row is None:
        return
    values = {"state": state, "ended_at": ports.now(), "look_at": None, **facts}
    if steps.move(session, Row.id == row.id, Row.state == "sending", **values):
        steps.note(session, None, f"end_{state}", row.ref, at=ports.now(), reason=str(facts.get("reason") or ""))


def _refused(ports: Ports, row: Any, refusal: PeizhenError) -> None:
    """WeChat will never do it. What was to be taken away stays, with its reason."""
    reason = f"{refusal.code} {refusal.facts.get('wechat', '')}".strip()
    if row.state == "stopped":
        _update(ports, row, look_at=None, reason=f"{row.reason} / {reason}"[:200])
        return
    with ports.transaction() as session:
        _end(ports, session, Row.id == row.id, state="failed", reason=reason)


def _put_off(ports: Ports, row: Any, later: PeizhenError) -> None:
    """Try again later; not where that could send twice."""
    given_up = _may_be_out(row, later) or _too_long(ports, row)
    if not given_up:
        _update(ports, row, look_at=_next_look(ports))
        return
    with ports.transaction() as session:
        _end(ports, session, Row.id == row.id, state="failed", reason=UNKNOWN)


def _may_be_out(row: Any, later: PeizhenError) -> bool:
    """Publishing has no key: once it was asked for, nobody asks again by himself after an unknown outcome."""
    if row.handed_at is None:
        return False
    return bool(
        row.state == "sending" and row.way == "publish" and row.job is None and later.code == "articles_unknown"
    )


def _too_long(ports: Ports, row: Any) -> bool:
    """WeChat forgets a key after a day: long before, a person has to look."""
    if row.state != "sending" or row.job is not None or row.handed_at is None:
        return False
    return bool(ports.now() >= row.handed_at + timedelta(hours=ports.rules["broadcast_unknown_hours"]))


def _claimed(ports: Ports, ref: str, claim: str) -> bool:
    until = clock.wire() + timedelta(seconds=LEASE_SECONDS)
    free = sa.or_(Row.claim.is_(None), Row.claimed_until < clock.wire())
    with ports.transaction() as session:
        return bool(steps.move(session, Row.ref == ref, free, claim=claim, claimed_until=until))


def _update(ports: Ports, row: Any, *conditions: Any, **values: Any) -> bool:
    with ports.transaction() as session:
        return bool(steps.move(session, Row.id == row.id, *conditions, **values))


def _row(ports: Ports, ref: str) -> Any:
    with ports.transaction() as session:
        return found(session, ref)


def _articles(ports: Ports) -> ArticlePort:
    if ports.articles is None:
        raise Refused("no_articles")
    return ports.articles


def _next_look(ports: Ports) -> datetime:
    return ports.now() + timedelta(seconds=ports.rules["broadcast_look_seconds"])


def _count(value: Any) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_COUNT else 0
