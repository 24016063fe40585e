"""With a clock that jumps: nothing younger goes, everything older does, and the trail stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import Base
from bot.db.booking import Suspension
from bot.db.consult import Question, QuestionVoice
from bot.db.payment import PayNotice, PayOrder, PayRefund
from bot.db.push import Notice, NoticeReceipt, NoticeTry, Subscription
from bot.db.retention import RETENTION, STANDING
from bot.db.returned import ReturnedPlace
from bot.db.waitlist import Wait, WaitOffer
from bot.ports import Ports
from bot.services import (
    accounts,
    arrival,
    audit,
    booking,
    broadcast_articles,
    broadcast_halt,
    cards,
    codes,
    consult,
    consult_facts,
    consult_rating,
    consult_reports,
    consult_turns,
    desk_drafts,
    desk_moves,
    desk_notes,
    faq,
    faq_misses,
    faq_votes,
    handoff_rows,
    inbox,
    live_talks,
    photos,
    resting,
    retention,
    shared_tokens,
    signatures,
    sms_twin,
    staff_sessions,
    travel,
    triage,
    unclear,
    vault,
)
from bot.services.answered import answered
from bot.services.staff import Staff
from tests.factories import NOW, RULES, a_card, a_person, a_staff
from tests.services.broadcasts import Desk

DAYS = RULES["retention_days"]
ENDING = sorted(name for name, kept in RETENTION.items() if kept.kind != STANDING)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Both clocks stand at a moment."""
    with pytest.MonkeyPatch.context() as patch, clock.frozen(moment):
        patch.setattr(clock, "wire", lambda: moment)
        yield


def count(ports: Ports) -> dict[str, int]:
    with ports.transaction() as session:
        tables = Base.metadata.sorted_tables
        return {t.name: int(session.scalar(sa.select(sa.func.count()).select_from(t))) for t in tables}


def a_life(ports: Ports) -> int:
    """Somebody who used everything once and left: a row in every table that ends."""
    person = a_person(ports, "o-gone")
    row, _ = inbox.accept(ports, key="k1", openid="o-gone", kind="text", body={"text": "膝盖疼"}, created=0)
    with ports.transaction() as session:
        inbox.forget(ports, session, person_id=person)
    inbox.quarantine(ports, reason="bad_xml", digest="d" * 64, length=9)
    rests = {"code": 45009, "reason": "day_quota", "until": int(clock.wire().replace(tzinfo=timezone.utc).timestamp())}
    resting.keep(ports.transaction, call="message/custom/send", **rests)
    signatures.vouched(ports, signature="5" * 40, content="d" * 64)
    card = a_card(ports, person)
    slot = booking.offers(ports, department_id="yh.d01", day=clock.today() + timedelta(days=1))[0]
    booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot.slot_id, key="b1")
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": "q1"}
    asked = consult.ask(ports, person_id=person, text="膝盖疼要拍片吗？", **facts)
    doctor = a_staff(ports)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    _what_doctors_kept(ports, doctor, asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text="先来门诊看看。")
    _asked_further(ports, asked.ref)
    _stood_beside(ports, person, card, asked.ref)
    triage.suggest(ports, person_id=person, inbox_id=row, complaint=triage.Complaint("膝盖疼两天", months=360, sex="m"))
    staff_sessions.begin(ports, staff_id=doctor.id, browser="Firefox")
    accounts.change(ports, staff=a_staff(ports, "operator"), account_id=doctor.id, place=accounts.Place("auditor"))
    unclear.note(ports, person_id=person, text="那个怎么弄", guess="book", confidence=0.3)
    _what_it_read(ports, person)
    vault.put(ports, person_id=person, kind="phone", value="13800000000")
    shared_tokens.SharedRecord(ports.transaction, ports.crypto, "access wx").write("t", 1, 1)
    vault.put(ports, person_id=person, kind="picture", value="/9j/")
    twin = replace(ports, sms=sms_twin.ConsoleSms(ports.transaction, ports.crypto))
    codes.send(twin, person_id=person, phone="13800000000", key="code")
    with ports.transaction() as session:
        values = {"person_id": person, "inbox_id": row, "options_json": [], "created_at": clock.wire()}
        session.execute(Base.metadata.tables["choice_set"].insert().values(used=False, **values))
        booked = session.scalar(sa.select(Base.metadata.tables["booking"].c.id))
        checked = {"key": "i1", "booking_id": booked, "person_id": person, "outcome": "here", "at": clock.now()}
        session.execute(Base.metadata.tables["check_in"].insert().values(**checked))
        watch = Base.metadata.tables["queue_watch"]
        session.execute(watch.insert().values(booking_id=booked, look_at=clock.now(), ended=True))
        _what_it_waited_for(session, person)
        _what_it_paid(session, person, booked)
        _what_it_asked_people(ports, session, person)
        _what_it_was_told(session, person)
    _what_went_to_all(ports)
    arrival.prove(ports, person_id=person, where=arrival.Scan("yh.d01"))
    travel.tell(ports, person_id=person, minutes="30")
    cards.unbind(ports, person_id=person, ref=card.ref)
    with ports.transaction() as session:
        people, consents = Base.metadata.tables["person"], Base.metadata.tables["consent"]
        session.execute(sa.update(people).values(subscribed=False, unsubscribed_at=clock.wire()))
        session.execute(sa.update(consents).values(withdrawn_at=clock.now()))
    return person


def _what_it_read(ports: Ports, person: int) -> None:
    faq.import_lines(ports, lines=['{"id": "life", "question": "能喝茶吗", "answer": "少喝。"}'])
    [entry_id] = [hit.id for hit in faq.search(ports, text="能喝茶吗")]
    faq_votes.shown(ports, person_id=person, entry_ids=[entry_id])
    faq_votes.vote(ports, person_id=person, entry_id=entry_id, helpful=True)
    faq_misses.note(ports, person_id=person, text="早搏能喝浓茶吗")


def _what_doctors_kept(ports: Ports, doctor: Staff, ref: str) -> None:
    """A note, a move, and the draft of a colleague who was slower."""
    desk_notes.add(ports, staff=doctor, ref=ref, text="上周来过", key="n1")
    facts = {"department_id": "yh.d01", "doctor_id": "yh.p01", "reason": "更熟悉"}
    desk_moves.reassign(ports, staff=doctor, ref=ref, **facts)
    desk_drafts.save(ports, staff=a_staff(ports), ref=ref, text="写了一半", version=0)
    consult.claim(ports, staff=doctor, ref=ref)


def _asked_further(ports: Ports, ref: str) -> None:
    with ports.transaction() as session:
        question = session.scalars(sa.select(Question).where(Question.ref == ref)).one()
        consult_turns.add(ports, session, question=question, kind="follow_up", text="要忌口吗？", key="t1")


def _stood_beside(ports: Ports, person: int, card: Any, ref: str) -> None:
    """What was told, a report that was shown, a voice, a rating, an appointed talk."""
    report = ports.his.add_report(card.patient_id)
    mine = {"person_id": person, "ref": ref}
    consult_facts.keep(ports, told={"seen": "yes"}, **mine)
    consult_reports.give(ports, report_ref=f"{card.ref}.{report.id}", **mine)
    consult_rating.rate(ports, stars=5, text="谢谢", **mine)
    first = live_talks.times(ports, **mine)[0]
    live_talks.book(ports, start=first.start, way="text", key="t1", **mine)
    with ports.transaction() as session:
        question = session.scalar(sa.select(Question.id).where(Question.ref == ref))
        facts = {"ref": "s_1", "key": "s1", "question_id": question, "person_id": person, "added_at": clock.now()}
        session.add(QuestionVoice(content_sealed=b"x", words_sealed=b"y", **facts))


def _what_went_to_all(ports: Ports) -> None:
    """A broadcast that was stopped, and WeChat's word of another."""
    desk = Desk(ports)
    desk.approved()
    broadcast_halt.press(ports, staff=desk.operator, why="内容有误")
    broadcast_halt.lift(ports, staff=desk.operator, why="查清了")
    broadcast_articles.event(ports, person_id=0, event="masssendjobfinish", key="", extra={"MsgID": "1"})


def _what_it_waited_for(session: Session, person: int) -> None:
    """A line with an offer, a place given back, a suspension: all over now."""
    now, place = clock.now(), {"department_id": "yh.d01", "department_name": "骨科", "doctor_name": "王芳"}
    patient = {"ref": "w_1", "key": "w1", "patient_id": "yh.p1"}
    wait = Wait(person_id=person, day=clock.today(), state="over", joined_at=now, ended_at=now, **patient, **place)
    session.add(wait)
    session.flush()
    half_hour = {"slot_id": "s", "doctor_id": "yh.d1", "day": clock.today(), "start": now, "end": now, "fee_fen": 0}
    offer = {"ref": "o_1", "key": "o1", "wait_id": wait.id, "appointment_id": "yh.a1", "room": "", "place": ""}
    session.add(WaitOffer(state="ended", asked_at=now, until=now, **offer, **half_hour, **place))
    returned = {"cause": "c", "slot_id": "s", "patient_id": "yh.p1"}
    session.add(ReturnedPlace(returned_at=now, visible_at=now, **returned))
    missed = {"ref": "x_1", "key": "x1", "patient_id": "yh.p1", "missed": 3, "counted_to": clock.today()}
    session.add(Suspension(begun_at=now, until=now, **missed))


def _what_it_was_told(session: Session, person: int) -> None:
    """A template message with its receipt, and a yes to another."""
    notice, now = session.scalar(sa.select(Notice.id)), clock.now()
    tried = {"notice_id": notice, "rung": "template", "state": "taken", "message_id": "m1"}
    session.add(NoticeTry(person_id=person, at=now, **tried))
    session.add(NoticeReceipt(message_id="m1", person_id=person, arrived=True, at=now))
    session.add(Subscription(person_id=person, template_id="T-1", allowed=1, changed_at=now))


def _what_it_paid(session: Session, person: int, booked: int) -> None:
    """A number that was paid, and the money given back."""
    now = clock.now()
    paid = {"state": "paid", "paid_fen": 5000, "refunded_fen": 5000, "transaction_id": "42"}
    order = PayOrder(no="p_1", booking_id=booked, person_id=person, amount_fen=5000, **paid)
    order.until = order.expires_at = order.made_at = now
    session.add(order)
    session.flush()
    session.add(PayRefund(no="p_1-r", order_id=order.id, amount_fen=5000, cause="desk", due_at=now, made_at=now))
    session.add(PayNotice(key="n1", no="p_1", outcome="paid", received_at=clock.wire()))


def _what_it_asked_people(ports: Ports, session: Session, person: int) -> None:
    """A picture with a question, and a word with a person."""
    question = session.scalar(sa.select(Base.metadata.tables["question"].c.id))
    photos.attach(ports, session, person_id=person, question_id=question)
    facts = {"way": "console", "state": "queued", "doing": "", "account": ""}
    talk = handoff_rows.begin(ports, session, person_id=person, key="h1", **facts)
    handoff_rows.add_line(ports, session, talk, key="l1", text="退款没到账")
    handoff_rows.end(ports, session, talk, by="patient")


def test_a_life_leaves_a_row_in_every_table_that_ends(ports: Ports) -> None:
    with at(NOW):
        a_life(ports)
    assert [name for name in ENDING if not count(ports)[name]] == []


def test_nothing_younger_than_its_class_goes(ports: Ports) -> None:
    with at(NOW):
        a_life(ports)
    full = count(ports)
    for days in sorted(set(DAYS.values())):
        with at(NOW + timedelta(days=days, seconds=-1)):
            retention.purge(ports)
        left = count(ports)
        early = [n for n in ENDING if DAYS[RETENTION[n].kind] >= days and left[n] != full[n]]
        assert early == [], days


def test_everything_goes_when_the_longest_time_is_over(ports: Ports) -> None:
    with at(NOW):
        a_life(ports)
    for days in sorted(set(DAYS.values())):
        with at(NOW + timedelta(days=days + 2)):  # the booking ends a day later
            retention.purge(ports)
            assert audit.verify(ports).whole
    left = count(ports)
    assert {name: left[name] for name in ENDING if left[name]} == {}


def test_each_class_ends_in_its_own_time(ports: Ports) -> None:
    with at(NOW):
        a_life(ports)
    for days, gone in (
        (2, {"vault", "sms_code", "sms_kept"}),
        (32, {"choice_set", "quota", "sms_notice"}),
        (201, {"notice", "bind_try", "quarantine", "inbox"}),
    ):
        with at(NOW + timedelta(days=days)):
            assert gone <= set(retention.purge(ports))
            assert retention.purge(ports) == {}
    assert count(ports)["question"] == count(ports)["booking"] == count(ports)["triage_note"] == 1


def test_a_card_that_a_booking_needs_is_emptied_instead(ports: Ports) -> None:
    with at(NOW):
        a_life(ports)
    with at(NOW + timedelta(days=201)):
        retention.purge(ports)
    with ports.transaction() as session:
        card = session.execute(sa.select(Base.metadata.tables["card"])).one()
        person = session.execute(sa.select(Base.metadata.tables["person"])).one()
    opened = [ports.crypto.open(v) for v in (card.name_sealed, card.id_sealed, card.phone_sealed, card.card_no_sealed)]
    assert (opened, card.id_hash, ports.crypto.open(person.openid_sealed)) == ([""] * 4, "", "")


def test_a_bound_card_and_a_follower_never_end(ports: Ports) -> None:
    with at(NOW):
        person = a_person(ports)
        a_card(ports, person)
    with at(NOW + timedelta(days=6000)):
        retention.purge(ports)
        assert len(cards.mine(ports, person_id=person)) == 1


def test_the_trail_is_whole_after_each_purge_and_goes_on(ports: Ports) -> None:
    for year in range(6):
        with at(NOW + timedelta(days=365 * year)):
            for number in range(3):
                note(ports, number)
            retention.purge(ports)
            assert audit.verify(ports).whole
    assert audit.verify(ports).rows == 3 * 4  # this year's and those of three years before


def note(ports: Ports, number: int) -> None:
    with ports.transaction() as session:
        audit.record(session, actor_kind="system", actor_id=number, action="t", subject="s", at=ports.now())


def test_an_editor_still_reads_what_is_left_of_an_emptied_person(ports: Ports) -> None:
    with at(NOW):
        a_life(ports)
    with at(NOW + timedelta(days=201)):
        retention.purge(ports)
        assert [line.answer for line in answered(ports, staff=a_staff(ports, "editor"))] == ["先来门诊看看。"]
