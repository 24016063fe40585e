"""An entry that was wrong: off at once in every process, and whoever was shown it lately is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.db.faq import FaqEntry
from bot.db.push import Notice
from bot.errors import BadInput, NotFound
from bot.faq.index import FaqIndex
from bot.ports import Ports
from bot.services import faq, faq_articles, faq_recall, faq_review, faq_votes
from bot.services.staff import Staff
from tests.factories import RULES, a_person, a_staff, published
from tests.services.curating import a_draft


@pytest.fixture
def editor(ports: Ports) -> Staff:
    return a_staff(ports, "editor")


@pytest.fixture
def live(ports: Ports, editor: Staff) -> faq.Entry:
    return published(ports, a_draft(ports, editor, "感冒能喝酒吗", "可以喝一点。"))


def told(ports: Ports) -> list[int]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Notice.person_id).where(Notice.kind == "faq_wrong")))


def test_whoever_saw_a_wrong_entry_lately_is_told_once(ports: Ports, editor: Staff, live: faq.Entry) -> None:
    reader, long_ago, other = a_person(ports), a_person(ports), a_person(ports)
    before = replace(ports, now=lambda: ports.now() - timedelta(days=RULES["faq_recall_days"] + 1))
    faq_votes.shown(before, person_id=long_ago, entry_ids=[live.id])
    for _ in range(2):
        faq_votes.shown(ports, person_id=reader, entry_ids=[live.id])
    assert faq_recall.told_of(ports, staff=editor, entry_id=live.id) == 1
    faq_recall.recall(ports, staff=editor, entry_id=live.id, reason="剂量写错了", wrong=True)
    assert told(ports) == [reader]
    assert other not in told(ports)


def test_it_is_off_at_once_in_every_process(ports: Ports, editor: Staff, live: faq.Entry) -> None:
    elsewhere = FaqIndex(ports.transaction)
    assert [entry_id for entry_id, _ in elsewhere.search("感冒能喝酒吗", top=3)] == [live.id]
    faq_recall.recall(ports, staff=editor, entry_id=live.id, reason="写错了", wrong=True)
    assert elsewhere.search("感冒能喝酒吗", top=3) == []
    with pytest.raises(NotFound):
        faq.one(ports, entry_id=live.id)


def test_what_was_only_taken_off_tells_nobody(ports: Ports, editor: Staff, live: faq.Entry) -> None:
    faq_votes.shown(ports, person_id=a_person(ports), entry_ids=[live.id])
    faq_recall.recall(ports, staff=editor, entry_id=live.id)
    assert told(ports) == []


@pytest.mark.parametrize("reason", ["", " ", "长" * 201])
def test_wrong_without_a_reason_is_refused(ports: Ports, editor: Staff, live: faq.Entry, reason: str) -> None:
    with pytest.raises(BadInput):
        faq_recall.recall(ports, staff=editor, entry_id=live.id, reason=reason, wrong=True)
    assert faq.one(ports, entry_id=live.id).state == "published"


def test_one_vote_a_person_and_the_last_one_counts(ports: Ports, live: faq.Entry) -> None:
    one, two = a_person(ports), a_person(ports)
    faq_votes.vote(ports, person_id=one, entry_id=live.id, helpful=True)
    faq_votes.vote(ports, person_id=two, entry_id=live.id, helpful=True)
    faq_votes.vote(ports, person_id=two, entry_id=live.id, helpful=False)
    assert faq_votes.counts(ports, entry_ids=[live.id]) == {live.id: faq_votes.Votes(1, 1)}
    with pytest.raises(NotFound):
        faq_votes.vote(ports, person_id=one, entry_id=live.id + 1000, helpful=True)


def expire(ports: Ports, entry_id: int) -> None:
    with ports.transaction() as session:
        day = faq_review.today(ports) - timedelta(days=1)
        session.execute(sa.update(FaqEntry).where(FaqEntry.id == entry_id).values(review_on=day))


def test_what_nobody_read_again_in_time_stands_on_the_list_until_somebody_does(
    ports: Ports, editor: Staff, live: faq.Entry
) -> None:
    assert faq_review.due(ports, staff=editor) == []
    expire(ports, live.id)
    [due] = faq_review.due(ports, staff=editor)
    assert faq_review.expired(ports, due.review_on)
    again = faq_review.confirm(ports, staff=editor, entry_id=live.id, version=due.version)
    assert not faq_review.expired(ports, again.review_on)
    assert faq_review.due(ports, staff=editor) == []


def test_where_the_rules_hide_what_expired_it_is_taken_off(ports: Ports, live: faq.Entry) -> None:
    expire(ports, live.id)
    assert faq_recall.take_off_expired(ports) == 0
    hiding = replace(ports, rules={**ports.rules, "faq_expired": "hide"})
    assert faq_recall.take_off_expired(hiding) == 1
    assert faq.search(ports, text="感冒能喝酒吗") == []


def test_an_article_is_listed_and_found(ports: Ports, editor: Staff) -> None:
    article = a_draft(ports, editor, "冬天怎么防流感", "接种疫苗，勤洗手，多开窗。", kind="article")
    assert faq_articles.newest(ports) == []
    published(ports, article)
    assert [one.question for one in faq_articles.newest(ports)] == ["冬天怎么防流感"]
    assert [hit.id for hit in faq.search(ports, text="流感怎么防")] == [article.id]
