"""Articles and notices: what is approved is what was read, by somebody who wrote no word of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from bot import clock
from bot.db.base import make_engine
from bot.db.privacy import Consent
from bot.errors import BadInput, Conflict, NotFound, Refused, Unavailable
from bot.ports import Ports
from bot.services import broadcast, broadcast_halt, mydata, privacy
from bot.services import broadcast_reach as reach
from bot.services import broadcast_words as words_of
from tests.factories import NOW, a_person, a_staff, make_ports
from tests.services.broadcasts import ALL_TICKED, Desk, row_of, some_words, trail, with_articles


@pytest.fixture
def ports(sqlite_url: str, still: None) -> Iterator[Ports]:
    """On SQLite: what PostgreSQL is needed for stands in test_broadcast_races."""
    engine = make_engine(sqlite_url)
    yield make_ports(engine)
    engine.dispose()


@pytest.fixture
def desk(ports: Ports) -> Desk:
    return Desk(ports)


# -- words ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("way", "changes", "code"),
    [
        ("fax", {}, "bad_way"),
        ("notice", {"title": " "}, "bad_title"),
        ("notice", {"title": "题" * 65}, "bad_title"),
        ("mass", {"digest": "摘" * 121}, "bad_digest"),
        ("notice", {"body": "字" * 401}, "bad_body"),
        ("mass", {"body": "字" * 8001}, "bad_body"),
        ("notice", {"link": "https://elsewhere.example/"}, "bad_link"),
        ("notice", {"audience": "all"}, "bad_audience"),
        ("mass", {"audience": "agreed"}, "bad_audience"),
        ("mass", {"audience": "tag", "tag_id": "x"}, "bad_audience"),
        ("mass", {"audience": "tag", "tag_id": "0"}, "bad_audience"),
        ("mass", {"audience": "tag", "tag_id": "9" * 30}, "bad_audience"),
        ("publish", {"audience": "tag", "tag_id": "2"}, "bad_audience"),
    ],
)
def test_words_that_cannot_be_sent_are_refused_by_name(way: str, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as failure:
        some_words(way, **changes)
    assert failure.value.code == code


def test_the_longest_words_are_taken() -> None:
    assert len(some_words("mass", title="题" * 64, digest="摘" * 120, body="字" * 8000).body) == 8000


def test_a_forbidden_word_is_named_and_a_careful_one_shown() -> None:
    words = some_words(body="三天根治，疗效好，妇科同仁都说好。")
    assert [(flag.word, flag.forbidden) for flag in words_of.flags(words, sensitive=["妇科", "男科"])] == [
        ("根治", True),
        ("疗效", False),
        ("妇科", False),
    ]
    assert words_of.forbidden(words) == ["根治"]


def test_an_articles_text_is_text_and_generated_parts_are_labelled() -> None:
    page = words_of.html(some_words("mass", body="<script>x</script>\n\n第二段 & 完", ai=True))
    assert page.startswith("<p>&lt;script&gt;x&lt;/script&gt;</p><p><br></p><p>第二段 &amp; 完</p>")
    assert page.count("人工智能") == 1
    assert "人工智能" not in words_of.html(some_words("mass"))


def test_a_notice_has_its_title_label_and_link() -> None:
    said = words_of.reply(some_words(body="请看。", ai=True, link="/h5/me"), public_url="https://h.example")
    assert said["text"].splitlines()[0] == "【冬季流感门诊开放时间】"
    assert "AI" in said["text"].splitlines()[-1]
    assert said["link"] == {"title": "我的就诊", "url": "https://h.example/h5/me"}


# -- two people ------------------------------------------------------------------------------------------------
def test_from_a_draft_to_an_approval_each_step_is_in_the_trail(desk: Desk, ports: Ports) -> None:
    made = desk.proposed()
    assert (made.state, made.ticked, made.author) == ("proposed", tuple(sorted(ALL_TICKED)), "章一")
    done = broadcast.approve(ports, staff=desk.operator, ref=made.ref, version=made.version)
    assert (done.state, done.approver, done.expected) == ("approved", "值班", 0)
    assert trail(ports) == ["create", "propose", "approve"]
    assert privacy.verify(ports).whole


def test_the_same_click_twice_begins_one_draft(desk: Desk, ports: Ports) -> None:
    facts = {"staff": desk.writer, "words": some_words(), "key": "once"}
    assert broadcast.create(ports, **facts).ref == broadcast.create(ports, **facts).ref  # type: ignore[arg-type]
    assert len(broadcast.listed(ports, staff=desk.other)) == 1
    assert trail(ports) == ["create"]


def test_whoever_wrote_a_word_cannot_approve(desk: Desk, ports: Ports) -> None:
    made = desk.draft()
    edited = broadcast.save(ports, staff=desk.other, ref=made.ref, version=1, words=some_words(title="改过的标题"))
    edited = broadcast.save(ports, staff=desk.writer, ref=made.ref, version=edited.version, words=some_words())
    asked = desk.propose(edited)
    for writer in (desk.writer, desk.other):
        assert desk.now(made, writer).mine
        with pytest.raises(Refused) as refusal:
            broadcast.approve(ports, staff=writer, ref=made.ref, version=asked.version)
        assert refusal.value.code == "own_broadcast"
    assert broadcast.approve(ports, staff=desk.operator, ref=made.ref, version=asked.version).state == "approved"


def test_the_database_itself_wants_two_people(desk: Desk, ports: Ports) -> None:
    made = desk.proposed()
    for change in ("approver_id = author_id", "state = 'approved'"):
        with pytest.raises(sa.exc.IntegrityError), ports.transaction() as session:
            session.execute(sa.text(f"UPDATE broadcast SET {change} WHERE ref = :ref"), {"ref": made.ref})


def test_an_edit_takes_the_approval_back(desk: Desk, ports: Ports) -> None:
    made = desk.approved()
    edited = broadcast.save(ports, staff=desk.writer, ref=made.ref, version=made.version, words=some_words(title="新"))
    assert (edited.state, edited.approver, edited.ticked, edited.expected) == ("draft", None, (), None)
    with pytest.raises(Conflict):
        broadcast.approve(ports, staff=desk.other, ref=made.ref, version=made.version)


def test_what_is_approved_is_what_was_read(desk: Desk, ports: Ports) -> None:
    seen = desk.proposed()
    edited = broadcast.save(ports, staff=desk.writer, ref=seen.ref, version=seen.version, words=some_words(title="新"))
    desk.propose(edited)
    with pytest.raises(Conflict):
        broadcast.approve(ports, staff=desk.other, ref=seen.ref, version=seen.version)


def test_without_every_tick_nothing_is_proposed(desk: Desk, ports: Ports) -> None:
    made = desk.draft()
    for ticked in ([], ALL_TICKED[:-1], ["x"]):
        with pytest.raises(BadInput, match="unticked"):
            broadcast.propose(ports, staff=desk.writer, ref=made.ref, version=1, ticked=ticked)
    bad = desk.draft(body="包治百病")
    with pytest.raises(Refused) as refusal:
        desk.propose(bad)
    assert (refusal.value.code, refusal.value.facts) == ("forbidden_words", {"words": "包治"})
    assert {b.state for b in broadcast.listed(ports, staff=desk.writer)} == {"draft"}


def test_a_proposal_goes_back_with_a_word_why(desk: Desk, ports: Ports) -> None:
    made = desk.proposed()
    with pytest.raises(BadInput, match="bad_why"):
        broadcast.give_back(ports, staff=desk.other, ref=made.ref, version=made.version, why=" ")
    back = broadcast.give_back(ports, staff=desk.other, ref=made.ref, version=made.version, why="出处没写")
    assert (back.state, back.reason) == ("draft", "出处没写")


def test_stale_forms_change_nothing(desk: Desk, ports: Ports) -> None:
    made = desk.draft()
    broadcast.save(ports, staff=desk.other, ref=made.ref, version=1, words=some_words(title="同事的"))
    for call in (
        lambda: broadcast.save(ports, staff=desk.writer, ref=made.ref, version=1, words=some_words(title="我的")),
        lambda: desk.propose(made),
        lambda: broadcast.discard(ports, staff=desk.writer, ref=made.ref, version=1),
    ):
        with pytest.raises(Conflict) as failure:
            call()
        assert failure.value.facts == {"version": 2}
    assert desk.now(made).words.title == "同事的"


def test_roles(desk: Desk, ports: Ports) -> None:
    made = desk.proposed()
    doctor, words = a_staff(ports), some_words()
    for call in (
        lambda: broadcast.listed(ports, staff=doctor),
        lambda: broadcast.one(ports, staff=doctor, ref=made.ref),
        lambda: broadcast.picture(ports, staff=doctor, ref=made.ref),
        lambda: broadcast.approve(ports, staff=doctor, ref=made.ref, version=2),
        lambda: broadcast.stop(ports, staff=doctor, ref=made.ref, why="不行"),
        lambda: broadcast_halt.press(ports, staff=doctor, why="不行"),
        lambda: broadcast.create(ports, staff=desk.operator, words=words, key="k"),
        lambda: broadcast.save(ports, staff=desk.operator, ref=made.ref, version=2, words=words),
        lambda: broadcast.propose(ports, staff=desk.operator, ref=made.ref, version=2, ticked=ALL_TICKED),
    ):
        with pytest.raises(Refused):
            call()
    with pytest.raises(NotFound):
        broadcast.one(ports, staff=desk.writer, ref="n_0000000000")


def test_a_copy_is_a_new_draft_of_whoever_copies(desk: Desk, ports: Ports) -> None:
    made = desk.approved()
    again = broadcast.copy(ports, staff=desk.other, ref=made.ref, key="c")
    assert (again.state, again.author, again.words, again.ref != made.ref) == ("draft", "章二", made.words, True)
    assert broadcast.copy(ports, staff=desk.other, ref=made.ref, key="c").ref == again.ref


def test_a_draft_is_discarded_and_nothing_else(desk: Desk, ports: Ports) -> None:
    made, asked = desk.draft(), desk.proposed()
    broadcast.discard(ports, staff=desk.writer, ref=made.ref, version=made.version)
    with pytest.raises(NotFound):
        desk.now(made)
    with pytest.raises(Conflict):
        broadcast.discard(ports, staff=desk.writer, ref=asked.ref, version=asked.version)


# -- the picture -------------------------------------------------------------------------------------------------
def a_picture(kind: str = "PNG", size: tuple[int, int] = (1200, 500)) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", size, "red").save(held, kind)
    return held.getvalue()


def test_a_picture_is_drawn_anew_and_a_missing_one_is_plain(desk: Desk, ports: Ports) -> None:
    words, hidden = some_words("mass"), b"SECRET-TAIL"
    made = broadcast.create(ports, staff=desk.writer, words=words, key="p", picture=a_picture() + hidden)
    kept = broadcast.picture(ports, staff=desk.other, ref=made.ref)
    assert made.has_picture
    assert Image.open(io.BytesIO(kept)).size == (900, 383)
    assert hidden not in kept
    gone = broadcast.save(ports, staff=desk.writer, ref=made.ref, version=1, words=words, picture=b"")
    assert not gone.has_picture
    assert Image.open(io.BytesIO(broadcast.picture(ports, staff=desk.other, ref=made.ref))).format == "JPEG"


@pytest.mark.parametrize(
    "content",
    [b"GIF89a" + b"x" * 50, b"not a picture", a_picture()[:60], b"\x89PNG" * 60_000],
    ids=["gif", "words", "torn", "huge"],
)
def test_what_is_no_picture_is_refused(desk: Desk, ports: Ports, content: bytes) -> None:
    with pytest.raises(BadInput, match="bad_picture"):
        broadcast.create(ports, staff=desk.writer, words=some_words("mass"), key="p", picture=content)


# -- the dry run -------------------------------------------------------------------------------------------------
def people_of_every_kind(ports: Ports) -> None:
    """Two who agreed, and one each who never did, took it back, agreed to older words, left, and was erased."""
    a_person(ports, "o-1"), a_person(ports, "o-2")
    never, withdrawn, outdated, erased = (a_person(ports, f"o-{name}") for name in ("never", "no", "old", "erased"))
    a_person(ports, "o-left", subscribed=False)
    a_person(ports, reach.HELPER)
    with ports.transaction() as session:
        session.execute(sa.delete(Consent).where(Consent.person_id == never))
        session.execute(sa.update(Consent).where(Consent.person_id == outdated).values(version="0"))
    privacy.refuse(ports, person_id=withdrawn, purpose="push")
    mydata.erase(ports, person_id=erased)


def test_the_dry_run_says_whom_it_reaches_and_why_others_not(ports: Ports) -> None:
    people_of_every_kind(ports)
    gone = {"unsubscribed": 1, "erased": 1}
    agreed = reach.dry_run(ports, words=some_words())
    assert agreed == reach.DryRun(2, **gone, never=1, withdrawn=1, outdated=1)
    assert reach.dry_run(ports, words=some_words("mass")) == reach.DryRun(5, **gone)


def test_a_tags_members_are_asked_of_wechat(ports: Ports) -> None:
    people_of_every_kind(ports)
    ports, wechat = with_articles(ports)
    wechat.tagged = {7: ["o-1", "o-never", "o-unknown", "o-1"]}
    words = some_words("mass", audience="tag", tag_id=7)
    found = reach.dry_run(ports, words=words)
    assert found == reach.DryRun(3, unsubscribed=1, erased=1, elsewhere=3, strangers=1)
    with pytest.raises(Unavailable):
        reach.dry_run(replace(ports, articles=None), words=words)


def test_somebody_who_agreed_again_counts_once(ports: Ports) -> None:
    person = a_person(ports)
    privacy.refuse(ports, person_id=person, purpose="push")
    privacy.agree(ports, person_id=person, purpose="push")
    assert reach.dry_run(ports, words=some_words()) == reach.DryRun(1)


# -- the month's mass sends ----------------------------------------------------------------------------------------
def handed(ports: Ports, made: Any, at: Any, state: str = "sent") -> None:
    with ports.transaction() as session:
        values = {"at": at, "state": state, "ref": made.ref}
        session.execute(sa.text("UPDATE broadcast SET handed_at = :at, state = :state WHERE ref = :ref"), values)


def test_the_fifth_mass_send_of_a_month_is_refused_before_it_is_approved(desk: Desk, ports: Ports) -> None:
    for n in range(4):
        handed(ports, desk.approved("mass"), NOW - timedelta(days=n))
    assert reach.month(ports, words=some_words("mass")) == reach.Month(4, 4)
    made = desk.proposed("mass")
    with pytest.raises(Refused) as refusal:
        broadcast.approve(ports, staff=desk.other, ref=made.ref, version=made.version)
    assert refusal.value.code == "mass_quota"
    with clock.frozen(NOW + timedelta(days=9)):  # a new month
        assert broadcast.approve(ports, staff=desk.other, ref=made.ref, version=made.version).state == "approved"


def test_what_counts_in_a_month(desk: Desk, ports: Ports) -> None:
    ports, _wechat = with_articles(ports)
    desk.ports = ports
    desk.approved("mass")  # about to go
    handed(ports, desk.approved("mass"), NOW, "failed")
    handed(ports, desk.approved("mass"), NOW - timedelta(days=40))
    desk.approved("publish")
    handed(ports, desk.approved("mass", audience="tag", tag_id=7), NOW)
    handed(ports, desk.approved("mass", audience="tag", tag_id=8), NOW)
    tagged = some_words("mass", audience="tag", tag_id=7)
    assert (reach.month(ports, words=some_words("mass")).used, reach.month(ports, words=tagged).used) == (1, 2)


# -- the stop switch -----------------------------------------------------------------------------------------------
def test_the_switch_stops_everything_and_says_who_pressed_it_and_why(desk: Desk, ports: Ports) -> None:
    made, waiting = desk.approved(), desk.proposed()
    assert broadcast_halt.press(ports, staff=desk.operator, why="内容有误") == 1
    assert broadcast_halt.press(ports, staff=desk.other, why="再按一次") == 0
    assert broadcast_halt.standing(ports) == broadcast_halt.Halt("值班", NOW, "内容有误")
    stopped = desk.now(made)
    assert (stopped.state, stopped.stopped_by, stopped.reason) == ("stopped", "值班", "内容有误")
    with pytest.raises(Refused) as refusal:
        broadcast.approve(ports, staff=desk.other, ref=waiting.ref, version=waiting.version)
    assert refusal.value.code == "broadcasts_stopped"
    assert broadcast_halt.lift(ports, staff=desk.other, why="已改好")
    assert not broadcast_halt.lift(ports, staff=desk.other, why="已改好")
    assert broadcast_halt.standing(ports) is None
    assert desk.now(made).state == "stopped"
    assert broadcast.approve(ports, staff=desk.other, ref=waiting.ref, version=waiting.version).state == "approved"
    assert trail(ports)[-3:] == ["stop_all", "lift", "approve"]


def test_the_switch_can_be_pressed_again_later(desk: Desk, ports: Ports) -> None:
    for why in ("第一次", "第二次"):
        broadcast_halt.press(ports, staff=desk.operator, why=why)
        assert broadcast_halt.standing(ports).why == why  # type: ignore[union-attr]
        assert broadcast_halt.lift(ports, staff=desk.operator, why="好了")
    with pytest.raises(BadInput, match="bad_why"):
        broadcast_halt.press(ports, staff=desk.operator, why=" 。")


def test_only_what_is_on_its_way_is_stopped(desk: Desk, ports: Ports) -> None:
    made = desk.proposed()
    with pytest.raises(Conflict):
        broadcast.stop(ports, staff=desk.operator, ref=made.ref, why="不要发")
    approved = desk.approved()
    assert broadcast.stop(ports, staff=desk.operator, ref=approved.ref, why="不要发").state == "stopped"
    assert row_of(ports, approved).look_at is None
