"""Whether an answer reached its patient, by which way, and what happens when he does not open it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.consult import Question
from bot.db.push import Notice, NoticeTry
from bot.ports import Ports
from bot.push import receipts
from bot.services import consult, desk_delivery, desk_turns, notice_inbox
from bot.services.desk_delivery import Receipt
from tests.factories import NOW, a_person, a_staff

DAY = NOW + timedelta(hours=24)


def an_answer(ports: Ports) -> tuple[int, str]:
    """(person, question) of an answer whose notice waits."""
    person, doctor = a_person(ports), a_staff(ports)
    facts = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": uuid4().hex}
    ref = consult.ask(ports, person_id=person, text="膝盖疼要拍片吗？", **facts).ref
    consult.claim(ports, staff=doctor, ref=ref)
    consult.answer(ports, staff=doctor, ref=ref, text="先不用拍片。")
    return person, ref


def went(
    ports: Ports, ref: str, rung: str, *, state: str = "taken", message_id: str = "", notice: str = "sent"
) -> None:
    """As the ladder writes it down."""
    with ports.transaction() as session:
        row = session.scalars(sa.select(Notice).where(Notice.dedupe_key == f"answer:{ref}")).one()
        facts: dict[str, Any] = {"notice_id": row.id, "person_id": row.person_id, "rung": rung, "at": ports.now()}
        session.execute(sa.insert(NoticeTry).values(**facts, state=state, reason="", message_id=message_id or None))
        row.state, row.rung, row.sent_at = notice, rung, ports.now()


def receipt(ports: Ports, ref: str) -> Receipt | None:
    with ports.transaction() as session:
        return desk_delivery.of(session, refs=[ref]).get(ref)


def reminders(ports: Ports) -> list[Any]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Notice).where(Notice.kind == "answer_unseen")))


def test_it_waits_until_it_went(ports: Ports) -> None:
    _, ref = an_answer(ports)
    assert receipt(ports, ref) == Receipt("waiting")
    assert receipt(ports, "q_0000000000") is None


@pytest.mark.parametrize("rung", ["customer", "template", "subscription", "care"])
def test_what_went_is_delivered_that_way(ports: Ports, rung: str) -> None:
    _, ref = an_answer(ports)
    went(ports, ref, rung)
    assert receipt(ports, ref) == Receipt("arrived", rung, NOW)


def test_a_template_that_did_not_arrive_is_not_delivered(ports: Ports) -> None:
    person, ref = an_answer(ports)
    went(ports, ref, "template", message_id="m1")
    receipts.keep(ports, person_id=person, message_id="m1", arrived=False, reason="user block")
    assert receipt(ports, ref) == Receipt("waiting", reason="user block")


def test_what_no_way_took_is_not_delivered_with_the_reason(ports: Ports) -> None:
    _, ref = an_answer(ports)
    went(ports, ref, "customer", state="refused", notice="undelivered")
    found = receipt(ports, ref)
    assert found is not None
    assert found.state == "failed"


def test_read_is_when_he_opened_his_messages(ports: Ports) -> None:
    person, ref = an_answer(ports)
    went(ports, ref, "customer")
    with clock.frozen(DAY):
        [message] = notice_inbox.mine(ports, person_id=person)
        notice_inbox.seen(ports, person_id=person, ids=[message.id])
    assert receipt(ports, ref) == Receipt("read", "customer", DAY)


def test_read_on_his_page_alone_when_no_way_carried_it(ports: Ports) -> None:
    person, ref = an_answer(ports)
    with ports.transaction() as session:
        desk_delivery.opened(ports, session, person_id=person, ref=ref)
    assert receipt(ports, ref) == Receipt("read", "page", NOW)


def test_whoever_asks_further_has_read_it(ports: Ports) -> None:
    _, ref = an_answer(ports)
    went(ports, ref, "customer")
    with ports.transaction() as session:
        assert desk_turns.reopen(ports, session, session.scalars(sa.select(Question)).one())
    assert receipt(ports, ref) == Receipt("read", "customer", NOW)


def test_nobody_else_has_read_it_for_him(ports: Ports) -> None:
    _, ref = an_answer(ports)
    went(ports, ref, "customer")
    with ports.transaction() as session:
        desk_delivery.opened(ports, session, person_id=a_person(ports), ref=ref)
    assert receipt(ports, ref) == Receipt("arrived", "customer", NOW)


# -- unseen ----------------------------------------------------------------------------------------------------
def test_unseen_after_a_day_goes_out_once_more_one_way_down(ports: Ports) -> None:
    _, ref = an_answer(ports)
    went(ports, ref, "customer")
    with clock.frozen(DAY - timedelta(minutes=1)):
        assert desk_delivery.remind(ports) == 0
    with clock.frozen(DAY):
        assert (desk_delivery.remind(ports), desk_delivery.remind(ports)) == (1, 0)
    [again] = reminders(ports)
    assert (again.state, again.rung, again.due_at) == ("waiting", "template", DAY)
    assert receipt(ports, ref) == Receipt("arrived", "customer", NOW)  # still delivered, whatever becomes of it


def test_read_in_the_second_notice_is_read(ports: Ports) -> None:
    person, ref = an_answer(ports)
    went(ports, ref, "customer")
    with clock.frozen(DAY):
        desk_delivery.remind(ports)
        ids = [message.id for message in notice_inbox.mine(ports, person_id=person)]
        notice_inbox.seen(ports, person_id=person, ids=ids[:1])
    found = receipt(ports, ref)
    assert found is not None
    assert (found.state, found.at) == ("read", DAY)


@pytest.mark.parametrize("how", ["read", "undelivered", "waiting", "never"])
def test_what_needs_no_second_notice_gets_none(ports: Ports, how: str) -> None:
    person, ref = an_answer(ports)
    if how != "waiting":
        went(ports, ref, "customer", notice="undelivered" if how == "undelivered" else "sent")
    if how == "read":
        with ports.transaction() as session:
            desk_delivery.opened(ports, session, person_id=person, ref=ref)
    hours = 0 if how == "never" else 24
    with clock.frozen(DAY + timedelta(days=3)):
        assert desk_delivery.remind(replace(ports, rules={**ports.rules, "answer_unseen_hours": hours})) == 0
    assert reminders(ports) == []
