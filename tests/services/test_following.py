"""Unfollowing erases at once and for good; what the law has kept stays without a name."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock, wiring
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.db.messages import Inbox, Person, Vault
from bot.db.privacy import Audit
from bot.db.push import Notice
from bot.db.reach import Reach
from bot.jobs import outbox as outbox_job
from bot.push import outbox
from bot.services import booking, callers, following, inbox, messages, mydata, reach, vault
from tests.factories import a_card, a_person, make_ports
from tests.services.post import Script, received

OPENID = "o-leaves"


@pytest.fixture
def rasa():
    return Script()


@pytest.fixture
def ports(engine, still, rasa):
    return make_ports(engine, dialogue=rasa)


def says(ports, text="你好", **more):
    row = received(ports, text, openid=OPENID, **more)
    return row, messages.work(ports, inbox_id=row)


def leaves(ports):
    return says(ports, "", kind="event", event="unsubscribe")


def count(ports, table, *conditions):
    with ports.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions))


def a_known_one(ports):
    """Somebody with a card, a booked number, a value in the vault and a notice that waits."""
    person = a_person(ports, OPENID)
    card = a_card(ports, person)
    slot = booking.offers(ports, department_id="yh.d01", day=clock.today() + timedelta(days=1))[0]
    booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot.slot_id, key="b1")
    says(ports, "膝盖疼")
    vault.put(ports, person_id=person, kind="phone", value="13800000000")
    with ports.transaction() as session:
        facts = {"crypto": ports.crypto, "person_id": person, "kind": "late_answer", "payload": {"text": "膝盖"}}
        outbox.enqueue(session, dedupe_key="n1", due_at=ports.now(), **facts)
    return person


def test_behaviour_12_unfollowing_erases_also_with_a_number_booked(ports):
    person = a_known_one(ports)
    row, said = leaves(ports)
    assert said == []
    gone = [(t.__name__, count(ports, t, t.person_id == person)) for t in (Vault, Notice, Reach)]
    assert gone == [("Vault", 0), ("Notice", 0), ("Reach", 0)]
    assert count(ports, Inbox, Inbox.person_id == person, Inbox.id != row) == 0
    assert count(ports, Card, Card.person_id == person, Card.active == 1) == 0
    assert count(ports, Booking, Booking.person_id == person) == 1  # the hospital's, and kept by law
    with ports.transaction() as session:
        left = session.get(Person, person)
        names = [ports.crypto.open(c.name_sealed) for c in session.scalars(sa.select(Card))]
        trail = session.scalars(
            sa.select(Audit.action).where(Audit.about == f"person/{person}").order_by(Audit.id)
        ).all()
    assert (ports.crypto.open(left.openid_sealed), names) == ("", [""])
    assert trail[-1] == "following.erase"
    assert mydata.overview(ports, person_id=person).agreed == ()


def test_behaviour_12_unfollowing_stops_every_push(ports, monkeypatch):
    person = a_known_one(ports)
    leaves(ports)
    with ports.transaction() as session:
        facts = {"crypto": ports.crypto, "person_id": person, "kind": "late_answer", "payload": {"text": "x"}}
        outbox.enqueue(session, dedupe_key="n2", due_at=ports.now(), **facts)
    monkeypatch.setattr(wiring, "ports", lambda: ports)
    assert outbox_job.run() == 1
    assert ports.push.sent == []


def test_behaviour_12_who_comes_back_is_a_stranger_to_rasa_too(ports, rasa):
    a_known_one(ports)
    leaves(ports)
    says(ports, "", kind="event", event="subscribe")
    says(ports, "你好")
    first, second = (call["conversation"] for call in rasa.calls)
    assert first != second
    with ports.transaction() as session:
        names = session.scalars(sa.select(Person.conversation)).all()
    assert first not in names  # nothing of ours leads to what rasa's tracker holds


def test_what_comes_before_the_erasing_is_done_is_a_strangers_already(ports):
    person = a_known_one(ports)
    open_row = received(ports, openid=OPENID, kind="event", event="unsubscribe")
    back, hello = says(ports, "", kind="event", event="subscribe")
    assert hello
    assert callers.person_of(ports, openid=OPENID) != person
    messages.work(ports, inbox_id=open_row)
    assert callers.person_of(ports, openid=OPENID) is not None
    assert count(ports, Inbox, Inbox.id == back) == 1


def test_behaviour_12_the_retry_of_an_unfollowing_does_nothing_more(ports):
    a_known_one(ports)
    leaves(ports)
    says(ports, "", kind="event", event="subscribe")
    back = callers.person_of(ports, openid=OPENID)
    following.finish(ports)
    assert callers.person_of(ports, openid=OPENID) == back


def test_an_erasing_that_failed_is_done_by_the_job(ports, monkeypatch):
    person = a_known_one(ports)
    with monkeypatch.context() as broken:
        broken.setattr(mydata, "forget", lambda *_a, **_k: (_ for _ in ()).throw(RuntimeError("no")))
        row = received(ports, openid=OPENID, kind="event", event="unsubscribe")
        with pytest.raises(RuntimeError):
            messages.work(ports, inbox_id=row)
    assert callers.person_of(ports, openid=OPENID) is None
    assert (following.finish(ports), following.finish(ports)) == (1, 0)
    assert count(ports, Vault, Vault.person_id == person) == 0


@pytest.mark.parametrize("event", ["templatesendjobfinish", "unsubscribe"])
def test_a_report_that_comes_after_he_left_makes_nobody_a_follower(ports, event):
    body = {"kind": "event", "event": event, "event_key": "", "extra": {}}
    inbox.accept(ports, key=f"late-{event}", openid="o-left", kind="event", body=body, created=0)
    with ports.transaction() as session:
        assert session.scalars(sa.select(Person.subscribed)).all() == [False]


def test_a_stranger_who_unfollows_leaves_nothing_behind(ports):
    leaves(ports)
    assert callers.person_of(ports, openid=OPENID) is None
    assert reach.Ledger(ports.transaction, ports.crypto).left(OPENID) == 0
