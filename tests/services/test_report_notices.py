"""A word that there is a report: to whom, when, how often, and what it must not say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.push import Notice
from bot.errors import HisUnavailable
from bot.his.port import Change
from bot.ports import Ports
from bot.push import ladder, outbox
from bot.services import briefs, cards, news, privacy, report_notices, views
from bot.services.cards import Card
from tests.factories import NOW, FakeHis, FakePush, a_card, a_person, someone, together

SECRETS = ("肝功能", "ALT", "丙氨酸", "61", "骨科", "消化内科", "周明", "李")


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


@pytest.fixture
def card(ports: Ports, person: int) -> Card:
    return a_card(ports, person)


def ready(his: FakeHis, card: Card, **changes: Any) -> Any:
    """A report that came out five minutes ago."""
    facts = {"ordered_at": NOW - timedelta(hours=3), "ready_at": NOW - timedelta(minutes=5)}
    return his.add_report(card.patient_id, **facts | changes)


def notices(ports: Ports) -> list[tuple[int, dict[str, Any]]]:
    with ports.transaction() as session:
        rows = session.scalars(sa.select(Notice).order_by(Notice.id)).all()
        return [(row.person_id, json.loads(ports.crypto.open(row.payload_sealed))) for row in rows]


def delivered(ports: Ports) -> list[str]:
    """States after one round of the outbox."""
    due = outbox.claim_due(ports, limit=50, worker="t")
    return [ladder.deliver(ports, notice, views.drawn, briefs.of) for notice in due]


def test_a_report_that_came_out_is_told_once_without_its_content(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    report = ready(his, card)
    assert [news.hear(ports) for _ in range(3)] == [1, 0, 0]
    assert notices(ports) == [(person, {"view": "report_notice", "ref": f"{card.ref}.{report.id}"})]
    assert delivered(ports) == ["sent"]
    assert isinstance(ports.push, FakePush)
    [(_, reply)] = ports.push.sent
    assert reply["text"] == "您有新的报告可以看了。"
    assert reply["link"]["url"] == "http://localhost:8000/h5/reports"
    assert not any(secret in str(reply) for secret in (*SECRETS, card.ref, report.id))


def test_everybody_who_bound_the_card_is_told_and_nobody_else(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    who = someone("韩梅")
    child, other, stranger = a_card(ports, person, who), a_person(ports), a_person(ports)
    a_card(ports, other, who)
    a_card(ports, stranger)
    ready(his, child)
    his.add_report("yh.n9999", ready_at=NOW - timedelta(minutes=1))
    assert news.hear(ports) == 2
    assert [who for who, payload in notices(ports) if payload["view"] == "report_notice"] == [person, other]
    assert his.asked.count("report") == 1  # nobody here has the other card, so it was not even read


def test_what_is_held_is_told_when_a_doctor_released_it(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    held = ready(his, card, name="病理检查")
    assert news.hear(ports) == 0
    with clock.frozen(NOW + timedelta(hours=2)):
        his.all_reports[held.id] = replace(held, released_at=NOW + timedelta(hours=1, minutes=59))
        assert [news.hear(ports) for _ in range(2)] == [1, 0]


def test_the_final_report_after_a_preliminary_one_is_news_again(
    ports: Ports, his: FakeHis, person: int, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = ready(his, card, status="preliminary")
    assert news.hear(ports) == 1
    his.all_reports[early.id] = replace(early, status="final")
    final = Change(f"{early.id}:final", NOW, "report_ready", early.id, card.patient_id)
    monkeypatch.setattr(his, "changes", lambda **_: [final, final])
    assert [news.hear(ports) for _ in range(2)] == [1, 0]


def test_without_consent_or_after_unbinding_nobody_is_told(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    ready(his, card)
    with ports.transaction() as session:
        privacy.withdraw(session, person_id=person, purpose=cards.PURPOSE, at=NOW)
    assert news.hear(ports) == 0
    cards.unbind(ports, person_id=person, ref=card.ref)
    assert news.hear(ports) == 0
    assert notices(ports) == []


@pytest.mark.parametrize("meanwhile", ["unbound", "no consent", "held"])
def test_a_notice_on_its_way_is_stopped_when_it_may_not_go_out_any_more(
    ports: Ports, his: FakeHis, person: int, card: Card, meanwhile: str
) -> None:
    report = ready(his, card)
    assert news.hear(ports) == 1
    if meanwhile == "unbound":
        cards.unbind(ports, person_id=person, ref=card.ref)
    elif meanwhile == "no consent":
        with ports.transaction() as session:
            privacy.withdraw(session, person_id=person, purpose=cards.PURPOSE, at=NOW)
    else:
        his.all_reports[report.id] = replace(report, critical=True)
    assert delivered(ports) == ["undelivered"]
    assert isinstance(ports.push, FakePush)
    assert ports.push.sent == []


def test_a_hospital_that_was_silent_is_asked_from_where_it_stopped(
    ports: Ports, his: FakeHis, person: int, card: Card
) -> None:
    assert news.hear(ports) == 0
    ready(his, card, ready_at=NOW + timedelta(minutes=1))
    his.down = True
    for hours in (1, 3, 5):
        with clock.frozen(NOW + timedelta(hours=hours)), pytest.raises(HisUnavailable):
            news.hear(ports)
    his.down = False
    with clock.frozen(NOW + timedelta(hours=6)):
        assert news.hear(ports) == 1


def test_one_report_that_cannot_be_read_holds_up_no_other_and_is_asked_for_again(
    ports: Ports, his: FakeHis, person: int, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = ready(his, card, ready_at=NOW - timedelta(minutes=8)), ready(his, card)
    honest = his.report

    def read(*, patient_id: str, report_id: str) -> Any:
        if report_id == broken.id:
            raise HisUnavailable
        return honest(patient_id=patient_id, report_id=report_id)

    monkeypatch.setattr(his, "report", read)
    assert news.hear(ports) == 1
    with clock.frozen(NOW + timedelta(hours=20)):
        assert news.hear(ports) == 0
        monkeypatch.setattr(his, "report", honest)
        assert news.hear(ports) == 1
    assert {payload["ref"].partition(".")[2] for _, payload in notices(ports)} == {broken.id, whole.id}


def test_a_report_of_somebody_else_is_an_alarm_and_no_notice(
    ports: Ports, his: FakeHis, person: int, card: Card, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    report = ready(his, card)
    monkeypatch.setattr(his, "report", lambda **_: replace(report, patient_id="yh.n9999"))
    assert news.hear(ports) == 0
    assert notices(ports) == []
    assert "HIS ALARM" in caplog.text


def test_a_first_start_tells_nothing_of_the_years_before(ports: Ports, his: FakeHis, person: int, card: Card) -> None:
    for days in (1, 30, 400):
        his.add_report(card.patient_id, ready_at=NOW - timedelta(days=days))
    assert news.hear(ports) == 0


def _race(ports: Ports) -> int:
    """Two workers tell of twenty reports at once, five times; gives the notices."""
    assert isinstance(ports.his, FakeHis)
    person = a_person(ports)
    card = a_card(ports, person)
    for _ in range(20):
        ready(ports.his, card)
    for _ in range(5):
        assert not [each for each in together(2, lambda _: news.hear(ports)) if isinstance(each, Exception)]
    return len(notices(ports))


def test_two_workers_tell_of_each_report_once(postgres_ports: Ports) -> None:
    assert _race(postgres_ports) == 20


def test_without_the_key_two_workers_tell_twice(postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same race with a key that is new each time."""
    numbers = count()
    monkeypatch.setattr(report_notices, "dedupe_key", lambda *_: f"report:{next(numbers)}")
    assert _race(postgres_ports) > 20
