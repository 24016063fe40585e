"""A card's owner hears of every binding, sees who else holds it, and can end it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.push import Notice
from bot.errors import NotFound, Refused, Unavailable
from bot.ports import Ports
from bot.services import booking, cards, privacy, reports, texts, views
from bot.services.cards import Card
from tests.factories import NOW, FakeHis, FakeSms, Someone, a_card, a_person, id_number, someone, together


def told(ports: Ports, person_id: int) -> list[str]:
    """What waits in the outbox for a person, as he will read it."""
    with ports.transaction() as session:
        rows = session.scalars(sa.select(Notice).where(Notice.person_id == person_id).order_by(Notice.id)).all()
    payloads = [json.loads(ports.crypto.open(row.payload_sealed)) for row in rows]
    return [str(views.drawn(ports, person_id=person_id, reply=payload)["text"]) for payload in payloads]


def texted(ports: Ports, phone: str) -> list[str]:
    assert isinstance(ports.sms, FakeSms)
    return [message.text for to, message in ports.sms.sent if to == phone]


def seen(ports: Ports, person_id: int) -> list[tuple[str, str | None]]:
    """(whose, how the other calls him) of everybody else on one's cards."""
    return [(card.name, other.relation) for card, other in cards.others(ports, person_id=person_id)]


@pytest.fixture
def who() -> Someone:
    return someone("李小明")


@pytest.fixture
def pair(ports: Ports, who: Someone) -> tuple[int, Card, int, Card]:
    """The patient himself and somebody else, both with his card."""
    owner, other = a_person(ports), a_person(ports)
    own = a_card(ports, owner, who, relation="self")
    return owner, own, other, a_card(ports, other, who, relation="spouse")


def test_the_first_to_bind_is_told_by_text_alone(ports: Ports, who: Someone) -> None:
    person = a_person(ports)
    a_card(ports, person, who)
    [text] = texted(ports, who.phone)
    assert "李**的就诊卡11月23日08:30在微信上被绑定" in text
    assert who.name not in text
    assert told(ports, person) == []


def test_everybody_who_holds_the_card_hears_of_a_new_binding(ports: Ports, pair: Any, who: Someone) -> None:
    owner, _, other, _ = pair
    assert ["刚刚用短信验证码绑定了李**的就诊卡" in text for text in told(ports, owner)] == [True]
    assert told(ports, other) == []
    assert len(texted(ports, who.phone)) == 2


def test_each_sees_the_other_and_nobody_sees_a_stranger(ports: Ports, pair: Any) -> None:
    owner, _, other, _ = pair
    a_card(ports, a_person(ports))
    assert (seen(ports, owner), seen(ports, other)) == ([("李小明", "spouse")], [("李小明", "self")])


def test_a_cut_holds_from_the_next_request_on(ports: Ports, his: FakeHis, pair: Any) -> None:
    owner, own, other, theirs = pair
    slot = his.slots(first=NOW.date(), last=NOW.date() + timedelta(days=1))[0]
    made = booking.book(ports, person_id=other, card_ref=theirs.ref, slot_id=slot.id, key="b")
    report = his.add_report(theirs.patient_id)
    cards.cut(ports, person_id=owner, ref=own.ref, holder=theirs.ref)
    assert cards.mine(ports, person_id=other) == []
    assert booking.mine(ports, person_id=other) == []
    for gone in (
        lambda: cards.one(ports, person_id=other, ref=theirs.ref),
        lambda: booking.one(ports, person_id=other, ref=made.ref),
        lambda: reports.one(ports, person_id=other, ref=report.id),
    ):
        with pytest.raises(NotFound):
            gone()
    assert "已经被另一位持卡人解除绑定" in told(ports, other)[-1]
    with ports.transaction() as session:
        assert not privacy.has(session, person_id=other, purpose="binding")
        cuts = session.execute(sa.text("SELECT actor_id, subject, result FROM audit WHERE action = 'cards.cut'")).all()
    assert cuts == [(str(owner), own.patient_id, "ok")]
    assert privacy.verify(ports).whole


def test_cutting_twice_is_cutting_once(ports: Ports, pair: Any) -> None:
    owner, own, other, theirs = pair
    for _ in range(2):
        cards.cut(ports, person_id=owner, ref=own.ref, holder=theirs.ref)
    assert len(told(ports, other)) == 1
    assert seen(ports, owner) == []


def test_the_others_cannot_cut_the_patient_himself(ports: Ports, pair: Any) -> None:
    owner, own, other, theirs = pair
    with pytest.raises(Refused, match="cut_refused"):
        cards.cut(ports, person_id=other, ref=theirs.ref, holder=own.ref)
    assert len(cards.mine(ports, person_id=owner)) == 1


def test_looking_who_else_holds_a_card_and_a_refused_cut_are_in_the_trail(ports: Ports, pair: Any) -> None:
    owner, own, other, theirs = pair
    cards.others(ports, person_id=owner)
    with pytest.raises(Refused):
        cards.cut(ports, person_id=other, ref=theirs.ref, holder=own.ref)
    looked = "SELECT action, actor_id, result FROM audit WHERE action IN ('cards.holders', 'cards.cut') ORDER BY id"
    with ports.transaction() as session:
        rows = session.execute(sa.text(looked)).all()
    assert rows == [("cards.holders", str(owner), "ok"), ("cards.cut", str(other), "cut_refused")]


def test_two_guardians_can_cut_each_other(ports: Ports) -> None:
    child = someone("李小小", id_number=id_number(born=NOW.date() - timedelta(days=365 * 5)))
    mother, father = a_person(ports), a_person(ports)
    ones = [a_card(ports, person, child, guardian=True) for person in (mother, father)]
    cards.cut(ports, person_id=father, ref=ones[1].ref, holder=ones[0].ref)
    assert cards.mine(ports, person_id=mother) == []


def test_only_who_holds_the_same_patient_can_cut(ports: Ports, pair: Any) -> None:
    owner, own, _, theirs = pair
    stranger = a_person(ports)
    foreign = a_card(ports, stranger)
    for person, ref, holder in (
        (stranger, foreign.ref, theirs.ref),  # another patient
        (stranger, own.ref, theirs.ref),  # not his card
        (owner, own.ref, foreign.ref),
        (owner, own.ref, own.ref),  # oneself
        (owner, own.ref, "c_0000000000"),
    ):
        with pytest.raises(NotFound) as failure:
            cards.cut(ports, person_id=person, ref=ref, holder=holder)
        assert (failure.value.code, failure.value.facts) == ("not_found", {})
    assert len(seen(ports, owner)) == 1


def test_whoever_was_cut_binds_again_with_the_phone_alone(ports: Ports, pair: Any, who: Someone) -> None:
    owner, own, other, theirs = pair
    cards.cut(ports, person_id=owner, ref=own.ref, holder=theirs.ref)
    facts = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    with pytest.raises(Refused, match="code_needed"):
        cards.bind(ports, person_id=other, key="without a code", **facts)
    a_card(ports, other, who)
    assert len(told(ports, owner)) == 2


def test_a_cut_and_an_unbinding_at_once_end_it_once(postgres_ports: Ports, who: Someone) -> None:
    ports = postgres_ports
    owner, other = a_person(ports), a_person(ports)
    own, theirs = a_card(ports, owner, who), a_card(ports, other, who)

    def end(n: int) -> None:
        if n % 2:
            cards.unbind(ports, person_id=other, ref=theirs.ref)
        else:
            cards.cut(ports, person_id=owner, ref=own.ref, holder=theirs.ref)

    results = together(10, end)
    assert {type(result) for result in results} <= {type(None), NotFound}
    assert cards.mine(ports, person_id=other) == []


# -- the text message ----------------------------------------------------------------------------------------------
def test_a_gateway_that_is_down_does_not_stop_the_binding_and_is_asked_again(ports: Ports, who: Someone) -> None:
    assert isinstance(ports.sms, FakeSms)
    ports.sms.failures = [Unavailable(), Unavailable()]
    a_card(ports, a_person(ports), who)
    assert texted(ports, who.phone) == []
    assert texts.deliver_due(ports) == 0  # not due yet
    with clock.frozen(NOW + timedelta(minutes=1)):
        assert texts.deliver_due(ports) == 0
    with clock.frozen(NOW + timedelta(minutes=3)):
        assert texts.deliver_due(ports) == 1
        assert texts.deliver_due(ports) == 0
    assert len(texted(ports, who.phone)) == 1


def test_without_a_gateway_the_text_is_given_up_and_said_in_the_log(
    ports: Ports, who: Someone, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(ports.sms, FakeSms)
    ports.sms.failures = [Refused("no_sms")]
    a_card(ports, a_person(ports), who)
    with clock.frozen(NOW + timedelta(days=1)):
        assert texts.deliver_due(ports) == 0
    assert "no_sms" in caplog.text
    assert who.phone not in caplog.text


def test_ten_workers_send_one_text(postgres_ports: Ports, who: Someone) -> None:
    ports = postgres_ports
    assert isinstance(ports.sms, FakeSms)
    ports.sms.failures = [Unavailable()]
    a_card(ports, a_person(ports), who)
    with clock.frozen(NOW + timedelta(minutes=1)):
        results = together(10, lambda _: texts.deliver_due(ports))
    assert sum(results) == 1
    assert len(texted(ports, who.phone)) == 1


def test_without_the_claim_more_than_one_text_is_sent(
    postgres_ports: Ports, who: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = replace(postgres_ports)
    assert isinstance(ports.sms, FakeSms)
    ports.sms.failures = [Unavailable()]
    a_card(ports, a_person(ports), who)
    gate = threading.Barrier(10)  # all have seen it due before the first one sends
    monkeypatch.setattr(texts, "_claim", lambda _ports, _row: gate.wait(20) >= 0)
    with clock.frozen(NOW + timedelta(minutes=1)):
        together(10, lambda _: texts.deliver_due(ports))
    assert len(texted(ports, who.phone)) > 1
