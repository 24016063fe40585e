"""What becomes of an approved broadcast: notices in batches by day, an article by one call, and the stop at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine
from bot.db.push import Notice
from bot.errors import BadInput, Conflict, NotFound, Refused, Unavailable
from bot.ports import Ports, Publication
from bot.push import ladder, outbox
from bot.services import (
    account_events,
    briefs,
    broadcast,
    broadcast_articles,
    broadcast_halt,
    broadcast_sending,
    delivery,
    messages,
    privacy,
    views,
)
from bot.services import broadcast_reach as reach
from tests.factories import NOW, FakePush, a_person, make_ports
from tests.services.broadcasts import Desk, FakeArticles, row_of, some_words, states_of_notices, trail, with_articles
from tests.services.post import received

NIGHT = NOW.replace(hour=14, minute=5)  # 22:05 in Shanghai
MINUTE = timedelta(minutes=1)


@pytest.fixture
def wired(sqlite_url: str, still: None) -> Iterator[tuple[Ports, FakeArticles]]:
    engine = make_engine(sqlite_url)
    ports, wechat = with_articles(make_ports(engine))
    ports.rules.update(broadcast_batch=3)  # type: ignore[attr-defined]
    yield ports, wechat
    engine.dispose()


@pytest.fixture
def ports(wired: tuple[Ports, FakeArticles]) -> Ports:
    return wired[0]


@pytest.fixture
def wechat(wired: tuple[Ports, FakeArticles]) -> FakeArticles:
    return wired[1]


@pytest.fixture
def desk(ports: Ports) -> Desk:
    return Desk(ports)


def sent_to(ports: Ports) -> list[str]:
    assert isinstance(ports.push, FakePush)
    return [openid for openid, _ in ports.push.sent]


def send_notices(ports: Ports) -> None:
    """The outbox job's own way."""
    for notice in outbox.claim_due(ports, limit=50, worker="w"):
        ladder.deliver(ports, notice, views.drawn, briefs.of)


def ticks(ports: Ports, count: int) -> None:
    for _ in range(count):
        broadcast_sending.tick(ports)


# -- notices -------------------------------------------------------------------------------------------------------
def test_a_notice_reaches_everybody_who_agreed_once_in_batches(desk: Desk, ports: Ports) -> None:
    for n in range(7):
        a_person(ports, f"o-{n}")
    a_person(ports, "o-left", subscribed=False)
    made = desk.approved()
    assert made.expected == 7
    seen = []
    for _ in range(12):
        broadcast_sending.tick(ports)
        seen.append(len(states_of_notices(ports)))
        send_notices(ports)
    assert seen[:5] == [0, 3, 6, 7, 7]
    assert sorted(sent_to(ports)) == [f"o-{n}" for n in range(7)]
    done = desk.now(made)
    assert (done.state, done.queued) == ("sent", 7)
    assert broadcast_sending.counted(ports, ref=made.ref) == {"sent": 7}
    assert trail(ports)[-2:] == ["begin", "end_sent"]


def test_no_more_are_written_while_enough_are_waiting(desk: Desk, ports: Ports) -> None:
    for n in range(7):
        a_person(ports, f"o-{n}")
    desk.approved()
    ticks(ports, 6)
    assert states_of_notices(ports) == ["waiting"] * 3


def test_who_takes_his_consent_back_meanwhile_is_not_told(desk: Desk, ports: Ports) -> None:
    person = a_person(ports, "o-1")
    made = desk.approved()
    ticks(ports, 2)
    privacy.refuse(ports, person_id=person, purpose="push")
    send_notices(ports)
    ticks(ports, 1)
    assert sent_to(ports) == []
    assert broadcast_sending.counted(ports, ref=made.ref) == {"consent_withdrawn": 1}
    assert delivery.undelivered(ports) == []  # counted on its own page; there it would hide the others


def test_by_night_nothing_begins_and_no_notice_is_written(desk: Desk, ports: Ports) -> None:
    a_person(ports, "o-1")
    made, article = desk.approved(), desk.approved("mass")
    with clock.frozen(NIGHT):
        ticks(ports, 3)
        assert {desk.now(one).state for one in (made, article)} == {"approved"}
    with clock.frozen(NOW.replace(hour=13, minute=40)):  # 21:40: too near to the night
        ticks(ports, 3)
        assert states_of_notices(ports) == []
    with clock.frozen(NOW + timedelta(days=1)):
        ticks(ports, 3)
        assert states_of_notices(ports) == ["waiting"]


def test_a_notice_goes_out_no_more_when_the_night_has_come(desk: Desk, ports: Ports) -> None:
    a_person(ports, "o-1")
    desk.approved()
    with clock.frozen(NOW.replace(hour=13, minute=0)):  # 21:00
        ticks(ports, 2)
    with ports.transaction() as session:
        assert session.scalar(sa.select(Notice.expires_at)) == NOW.replace(hour=14, minute=0)


def test_the_switch_between_two_batches_drops_what_waits_and_writes_no_more(desk: Desk, ports: Ports) -> None:
    for n in range(7):
        a_person(ports, f"o-{n}")
    made = desk.approved()
    ticks(ports, 2)
    broadcast_halt.press(ports, staff=desk.operator, why="写错了时间")
    send_notices(ports)
    ticks(ports, 4)
    assert (sent_to(ports), states_of_notices(ports)) == ([], ["expired"] * 3)
    assert broadcast_sending.counted(ports, ref=made.ref) == {"stopped": 3}
    broadcast_halt.lift(ports, staff=desk.operator, why="改好了")
    ticks(ports, 4)
    assert (sent_to(ports), desk.now(made).state) == ([], "stopped")


def test_a_notice_that_a_worker_holds_is_not_shown_once_it_was_stopped(desk: Desk, ports: Ports) -> None:
    a_person(ports, "o-1")
    made = desk.approved()
    ticks(ports, 2)
    [held] = outbox.claim_due(ports, limit=5, worker="w")
    broadcast.stop(ports, staff=desk.operator, ref=made.ref, why="写错了时间")
    assert ladder.deliver(ports, held, views.drawn, briefs.of) == "undelivered"
    assert sent_to(ports) == []


def test_a_notice_is_shown_only_to_whom_it_was_written(desk: Desk, ports: Ports) -> None:
    person = a_person(ports, "o-1")
    made = desk.approved()
    ticks(ports, 2)
    assert "流感门诊" in broadcast_sending.view(ports, person, made.ref)["text"]
    for who, ref in ((a_person(ports, "o-2"), made.ref), (person, desk.draft().ref), (person, "")):
        with pytest.raises(NotFound):
            broadcast_sending.view(ports, who, ref)


# -- articles -------------------------------------------------------------------------------------------------------
def finished(ports: Ports, job: str, status: str = "send success", **changes: str) -> None:
    facts = {"MsgID": job, "Status": status, "TotalCount": "9", "FilterCount": "8", "SentCount": "7", "ErrorCount": "1"}
    facts[broadcast_articles.ARTICLE_URL] = "http://mp.example/s/1"
    account_events.hear(ports, person_id=0, event="masssendjobfinish", key="", extra={**facts, **changes})


def test_an_article_goes_out_by_one_call_and_its_counts_come_back(
    desk: Desk, ports: Ports, wechat: FakeArticles
) -> None:
    made = desk.approved("mass", link="/h5/me", ai=True)
    ticks(ports, 4)
    assert wechat.jobs == {f"{made.ref}-{made.version}": ("冬季流感门诊开放时间", None)}
    [article] = wechat.drafts.values()
    assert (article.source_url, "人工智能" in article.html) == ("http://localhost:8000/h5/me", True)
    assert desk.now(made).state == "sending"
    finished(ports, "1000")
    done = desk.now(made)
    assert (done.state, done.url) == ("sent", "http://mp.example/s/1")
    assert vars(done.result) == {"total": 9, "filtered": 8, "sent": 7, "errors": 1}
    finished(ports, "1000", TotalCount="1")  # told twice
    assert desk.now(made).result == done.result
    assert trail(ports).count("end_sent") == 1


def test_the_end_of_a_job_comes_in_like_any_event_and_is_never_answered(desk: Desk, ports: Ports) -> None:
    made = desk.approved("mass")
    ticks(ports, 2)
    extra = {"MsgID": "1000", "Status": "send success", "SentCount": "7"}
    row = received(ports, kind="event", openid=reach.HELPER, event="masssendjobfinish", extra=extra)
    assert messages.work(ports, inbox_id=row) == []
    assert desk.now(made).state == "sent"
    assert reach.dry_run(ports, words=some_words("mass")).told == 0  # who sent it is no follower


def test_a_tag_goes_with_the_send(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    desk.approved("mass", audience="tag", tag_id=7)
    ticks(ports, 2)
    assert [tag for _, tag in wechat.jobs.values()] == [7]


def test_a_lost_answer_is_asked_for_again_with_the_same_key_and_sends_once(
    desk: Desk, ports: Ports, wechat: FakeArticles
) -> None:
    made = desk.approved("mass")
    wechat.lost = [Unavailable("articles_unknown"), Unavailable("articles_unknown")]
    for n in range(4):
        with clock.frozen(NOW + n * 2 * MINUTE):
            ticks(ports, 2)
    assert (len(wechat.jobs), wechat.asked.count("send")) == (1, 3)
    assert row_of(ports, made).job == "1000"


def test_counts_that_came_before_the_number_was_known_are_found(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    made = desk.approved("mass")
    wechat.lost = [Unavailable("articles_unknown")]
    ticks(ports, 2)
    finished(ports, "1000")
    with clock.frozen(NOW + 2 * MINUTE):
        ticks(ports, 1)
    assert (desk.now(made).state, desk.now(made).result is not None) == ("sent", True)


def test_after_a_day_nobody_asks_again_what_became_of_it(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    made = desk.approved("mass")
    wechat.lost = [Unavailable("articles_unknown")] * 9
    for hours in (0, 1, 21, 22, 23):
        with clock.frozen(NOW + timedelta(hours=hours)):
            ticks(ports, 2)
    assert (desk.now(made).state, desk.now(made).reason) == ("failed", "outcome_unknown")
    assert wechat.asked.count("send") == 3


def test_what_wechat_refuses_has_failed_with_its_reason(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    made = desk.approved("mass")
    wechat.failures = [Refused("wechat_mass_quota", wechat=45028)]
    ticks(ports, 3)
    assert (desk.now(made).state, desk.now(made).reason) == ("failed", "wechat_mass_quota 45028")
    assert wechat.asked == ["send"]


def test_without_the_word_of_the_end_wechat_is_asked(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    made, bad = desk.approved("mass"), desk.approved("mass")
    ticks(ports, 3)
    wechat.states = {"1000": "sent", "1001": "failed"}
    with clock.frozen(NOW + 2 * MINUTE):
        ticks(ports, 1)
    assert (desk.now(made).state, desk.now(bad).state) == ("sent", "failed")


def test_a_refusal_of_the_review_is_kept_in_its_words(desk: Desk, ports: Ports) -> None:
    made = desk.approved("mass")
    ticks(ports, 2)
    finished(ports, "1000", "err(10001)")
    assert (desk.now(made).state, desk.now(made).reason) == ("failed", "err(10001)")


@pytest.mark.parametrize("extra", [{}, {"MsgID": ""}, {"MsgID": "7", "TotalCount": "x", "SentCount": "9" * 40}])
def test_a_strange_end_of_a_job_breaks_nothing(ports: Ports, extra: dict[str, str]) -> None:
    account_events.hear(ports, person_id=0, event="masssendjobfinish", key="", extra=extra)


def test_the_switch_right_before_the_call_prevents_it(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    made = desk.approved("mass")
    ticks(ports, 1)
    real = wechat.draft

    def pressed_meanwhile(*args: object, **facts: object) -> str:
        broadcast_halt.press(ports, staff=desk.operator, why="写错了时间")
        return real(*args, **facts)  # type: ignore[arg-type]

    wechat.draft = pressed_meanwhile  # type: ignore[assignment, method-assign]
    ticks(ports, 3)
    assert (wechat.jobs, desk.now(made).state) == ({}, "stopped")


def test_an_article_that_is_stopped_after_it_went_is_taken_away(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    made = desk.approved("mass")
    ticks(ports, 2)
    finished(ports, "1000")
    gone = broadcast.stop(ports, staff=desk.operator, ref=made.ref, why="日期写错")
    ticks(ports, 3)
    assert (gone.state, wechat.taken, desk.now(made).withdrawn_at) == ("stopped", ["1000"], NOW)
    with pytest.raises(Conflict):
        broadcast.stop(ports, staff=desk.operator, ref=made.ref, why="再停一次")


def test_a_publication_tells_nobody_goes_by_night_too_and_is_asked_after(
    desk: Desk, ports: Ports, wechat: FakeArticles
) -> None:
    made = desk.approved("publish")
    with clock.frozen(NIGHT):
        ticks(ports, 2)
        wechat.states = {"p1": Publication("published", "art-1", "http://mp.example/s/2")}
    with clock.frozen(NIGHT + 2 * MINUTE):
        ticks(ports, 1)
        assert (desk.now(made).state, desk.now(made).url) == ("sent", "http://mp.example/s/2")
        broadcast.stop(ports, staff=desk.other, ref=made.ref, why="内容过期")
        ticks(ports, 1)
    assert (wechat.published, wechat.taken) == (["冬季流感门诊开放时间"], ["art-1"])


def test_a_publication_whose_outcome_is_unknown_is_never_asked_for_twice(
    desk: Desk, ports: Ports, wechat: FakeArticles
) -> None:
    made, later = desk.approved("publish"), desk.approved("publish", title="另一篇")
    wechat.lost = [Unavailable("articles_unknown")]
    ticks(ports, 2)
    assert (desk.now(made).state, desk.now(made).reason) == ("failed", "outcome_unknown")
    assert (len(wechat.published), desk.now(later).state) == (2, "sending")


def test_a_draft_that_got_lost_is_made_again_for_a_publication_too(
    desk: Desk, ports: Ports, wechat: FakeArticles
) -> None:
    made = desk.approved("publish")
    wechat.no_draft = [Unavailable("articles_unknown")]
    ticks(ports, 2)
    assert (desk.now(made).state, wechat.published) == ("sending", [])
    with clock.frozen(NOW + 2 * MINUTE):
        ticks(ports, 1)
    assert wechat.published == ["冬季流感门诊开放时间"]


def test_two_workers_carry_one_article_once(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    desk.approved("mass")
    ticks(ports, 1)
    real = wechat.send

    def second_worker(*args: object, **facts: object) -> str:
        wechat.send = real  # type: ignore[method-assign]
        ticks(ports, 1)
        return real(*args, **facts)  # type: ignore[arg-type]

    wechat.send = second_worker  # type: ignore[assignment, method-assign]
    ticks(ports, 1)
    assert wechat.asked.count("send") == 1


def test_one_that_breaks_leaves_the_others_their_turn(desk: Desk, ports: Ports, wechat: FakeArticles) -> None:
    first, second = desk.approved("mass"), desk.approved("mass", title="第二篇")
    ticks(ports, 1)
    wechat.failures = [ValueError("章一")]
    ticks(ports, 1)
    assert (row_of(ports, first).job, row_of(ports, second).job) == (None, "1000")


# -- a preview ------------------------------------------------------------------------------------------------------
def test_a_preview_goes_to_ones_own_wechat_and_the_id_is_kept_nowhere(
    desk: Desk, ports: Ports, wechat: FakeArticles
) -> None:
    made = desk.draft("mass")
    broadcast_articles.preview(ports, staff=desk.writer, ref=made.ref, wechat_id=" zhang_san-1 ")
    assert wechat.previews == [("media-1", "zhang_san-1")]
    with ports.transaction() as session:
        rows = repr([session.execute(sa.text(f"SELECT * FROM {name}")).all() for name in ("broadcast", "audit")])
    assert "zhang_san" not in rows
    edited = broadcast.save(ports, staff=desk.writer, ref=made.ref, version=1, words=some_words("mass", title="新"))
    broadcast_articles.preview(ports, staff=desk.writer, ref=made.ref, wechat_id="zhang_san-1")
    assert [article.title for article in wechat.drafts.values()] == [edited.words.title]
    assert len(wechat.covers) == 1


@pytest.mark.parametrize("wechat_id", ["", "short", "1abcdef", "有中文的号", "a" * 21])
def test_what_is_no_wechat_id_is_refused(desk: Desk, ports: Ports, wechat_id: str) -> None:
    with pytest.raises(BadInput, match="bad_wechat_id"):
        broadcast_articles.preview(ports, staff=desk.writer, ref=desk.draft("mass").ref, wechat_id=wechat_id)


def test_a_notice_has_no_preview_at_wechat(desk: Desk, ports: Ports) -> None:
    with pytest.raises(Refused, match="no_preview"):
        broadcast_articles.preview(ports, staff=desk.writer, ref=desk.draft().ref, wechat_id="zhang_san-1")
