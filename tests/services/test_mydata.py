"""Consent: given at the natural point, asked again when the words change, taken back at once; and erasing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.base import Base
from bot.db.messages import Person
from bot.db.quotas import Quota
from bot.db.waitlist import Wait, WaitOffer
from bot.errors import NotFound, Refused, Unavailable
from bot.ports import Ports
from bot.push import ladder, outbox
from bot.services import (
    audit,
    booking,
    briefs,
    cards,
    codes,
    consult,
    delivery,
    inbox,
    mydata,
    privacy,
    reports,
    sms_twin,
    texts,
    vault,
    views,
    waitlist,
    waitlist_filling,
    waitlist_offers,
)
from tests.factories import FakeHis, FakeSms, Someone, a_card, a_person, a_staff, someone

SMS = ("sms_code", "sms_kept", "sms_notice")
ASK: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False}


def newcomer(ports: Ports, openid: str = "o-new") -> int:
    """Somebody who wrote once and was never asked for anything."""
    inbox.accept(
        ports, key=ports.crypto.digest("key", openid), openid=openid, kind="text", body={"text": "你好"}, created=0
    )
    with ports.transaction() as session:
        digest = ports.crypto.digest("openid", openid)
        return int(session.scalar(sa.select(Person.id).where(Person.openid_hash == digest)))


def states(ports: Ports, person: int) -> dict[str, str]:
    return {c.purpose: c.state for c in mydata.overview(ports, person_id=person).consents}


def with_version(ports: Ports, purpose: str, version: str) -> Ports:
    return replace(ports, rules={**ports.rules, "consent": {**ports.rules["consent"], purpose: version}})


def told(ports: Ports, person: int, kind: str = "answer") -> str:
    """One notice on its way; gives the state it ended in."""
    with ports.transaction() as session:
        payload = {"text": "有消息"}
        facts: dict[str, Any] = {"person_id": person, "kind": kind, "dedupe_key": f"{kind}{person}{id(payload)}"}
        outbox.enqueue(session, crypto=ports.crypto, payload=payload, due_at=ports.now(), **facts)
    (notice,) = outbox.claim_due(ports, limit=9, worker="t")
    return ladder.deliver(ports, notice, views.drawn, briefs.of)


def test_binding_is_the_first_yes_to_what_its_prompt_names(ports: Ports) -> None:
    person = newcomer(ports)
    assert set(states(ports, person).values()) == {"never"}
    a_card(ports, person)
    assert states(ports, person) == {"binding": "given", "reports": "given", "consult": "never", "push": "given"}


def test_a_hospital_may_ask_for_reports_separately(ports: Ports, his: FakeHis) -> None:
    separate = replace(ports, rules={**ports.rules, "consent_by_binding": []})
    person = newcomer(ports)
    card = a_card(separate, person)
    ref = f"{card.ref}.{his.add_report(card.patient_id).id}"
    with pytest.raises(Refused, match="consent_reports"):
        reports.one(separate, person_id=person, ref=ref)
    mydata.agree(separate, person_id=person, purpose="reports")
    assert reports.one(separate, person_id=person, ref=ref)


def test_asking_a_doctor_is_the_first_yes_to_that(ports: Ports) -> None:
    person = newcomer(ports)
    consult.ask(ports, person_id=person, text="药要饭前吃吗？", key="q", **ASK)
    assert states(ports, person) == {"binding": "never", "reports": "never", "consult": "given", "push": "given"}


@pytest.mark.parametrize("purpose", ["reports", "consult", "binding"])
def test_new_words_are_asked_for_before_the_next_use(ports: Ports, his: FakeHis, purpose: str) -> None:
    person = a_person(ports)
    card = a_card(ports, person)
    ref = f"{card.ref}.{his.add_report(card.patient_id).id}"
    slot = booking.offers(ports, department_id="yh.d01", day=ports.now().date())[0].slot_id
    consult.ask(ports, person_id=person, text="药要饭前吃吗？", key="q0", **ASK)
    newer = with_version(ports, purpose, "2")
    use: dict[str, Any] = {
        "reports": lambda: reports.one(newer, person_id=person, ref=ref),
        "consult": lambda: consult.ask(newer, person_id=person, text="药要饭前吃吗？", key="q1", **ASK),
        "binding": lambda: booking.book(newer, person_id=person, card_ref=card.ref, slot_id=slot, key="b"),
    }
    with pytest.raises(Refused, match=f"consent_{purpose}"):
        use[purpose]()
    assert states(newer, person)[purpose] == "outdated"
    mydata.agree(newer, person_id=person, purpose=purpose)
    assert use[purpose]()


def test_reports_stop_with_the_next_request_and_come_back_with_a_new_yes(ports: Ports, his: FakeHis) -> None:
    person = a_person(ports)
    card = a_card(ports, person)
    ref = f"{card.ref}.{his.add_report(card.patient_id).id}"
    mydata.withdraw(ports, person_id=person, purpose="reports")
    for look in (lambda: reports.one(ports, person_id=person, ref=ref), lambda: reports.mine(ports, person_id=person)):
        with pytest.raises(Refused, match="consent_reports"):
            look()
    a_card(ports, person)  # another card is no yes over a no
    assert states(ports, person)["reports"] == "withdrawn"
    mydata.agree(ports, person_id=person, purpose="reports")
    assert reports.one(ports, person_id=person, ref=ref)


def test_taking_back_binding_lets_every_card_go(ports: Ports) -> None:
    person = a_person(ports)
    for _ in range(3):
        a_card(ports, person)
    mydata.withdraw(ports, person_id=person, purpose="binding")
    mydata.withdraw(ports, person_id=person, purpose="binding")
    assert cards.mine(ports, person_id=person) == []
    assert states(ports, person)["binding"] == "withdrawn"
    assert a_card(ports, person)
    assert states(ports, person)["binding"] == "given"


def test_taking_back_consult_takes_open_questions_off_the_doctors_list(ports: Ports) -> None:
    person, doctor = a_person(ports), a_staff(ports)
    consult.ask(ports, person_id=person, text="药要饭前吃吗？", key="q", **ASK)
    mydata.withdraw(ports, person_id=person, purpose="consult")
    assert consult.inbox(ports, staff=doctor) == []
    for attempt in (
        lambda: consult.may_ask(ports, person_id=person),
        lambda: consult.ask(ports, person_id=person, text="药要饭前吃吗？", key="q2", **ASK),
    ):
        with pytest.raises(Refused, match="consent_consult"):
            attempt()


def test_pushes_stop_and_answers_to_his_own_messages_go_on(ports: Ports) -> None:
    person = a_person(ports)
    assert told(ports, person) == "sent"
    mydata.withdraw(ports, person_id=person, purpose="push")
    assert told(ports, person) == "undelivered"
    assert [u.reason for u in delivery.undelivered(ports)] == ["consent_withdrawn"]
    assert told(ports, person, "late_answer") == "sent"
    mydata.agree(ports, person_id=person, purpose="push")
    assert told(ports, person) == "sent"


def test_nobody_is_told_who_never_agreed_or_only_to_older_words(ports: Ports) -> None:
    person = newcomer(ports)
    assert told(ports, person) == "undelivered"
    mydata.agree(ports, person_id=person, purpose="push")
    assert told(with_version(ports, "push", "2"), person) == "undelivered"


@pytest.mark.parametrize("change", [mydata.agree, mydata.withdraw])
def test_no_purpose_of_ours_is_refused(ports: Ports, change: Any) -> None:
    with pytest.raises(Refused):
        change(ports, person_id=a_person(ports), purpose="marketing")


def test_each_yes_and_no_is_in_the_trail(ports: Ports) -> None:
    person = a_person(ports)
    mydata.agree(ports, person_id=person, purpose="reports")
    mydata.agree(ports, person_id=person, purpose="reports")
    mydata.withdraw(ports, person_id=person, purpose="reports")
    mydata.withdraw(ports, person_id=person, purpose="reports")
    with ports.transaction() as session:
        rows = session.execute(sa.text("SELECT action, subject FROM audit ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("consent.give", "reports/1"), ("consent.withdraw", "reports")]


def test_he_reads_who_of_the_hospital_looked(ports: Ports) -> None:
    person, doctor = a_person(ports), a_staff(ports)
    ref = consult.ask(ports, person_id=person, text="药要饭前吃吗？", key="q", **ASK).ref
    other = a_person(ports)
    for _ in range(2):
        consult.open_one(ports, staff=doctor, ref=ref)
    looks = mydata.overview(ports, person_id=person).looks
    assert [(look.role, look.action, look.reason) for look in looks] == [("doctor", "consult.open", "answering")] * 2
    assert mydata.overview(ports, person_id=other).looks == ()


def test_an_erased_person_leaves_no_name_and_comes_back_a_stranger(ports: Ports) -> None:
    person = newcomer(ports, "o-gone")
    who = someone("欧阳晓")
    a_card(ports, person, who)
    asked = consult.ask(ports, person_id=person, text="药要饭前吃吗？", key="q", **ASK)
    doctor = a_staff(ports)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text="饭后吃。")
    vault.put(ports, person_id=person, kind="phone", value=who.phone)
    texted(ports, person, who)
    mydata.erase(ports, person_id=person)
    mydata.erase(ports, person_id=person)
    assert not any(secret in everything(ports) for secret in (who.name, who.id_number, who.phone, "o-gone"))
    assert newcomer(ports, "o-gone2") != person
    inbox.accept(ports, key="again", openid="o-gone", kind="text", body={"text": "我又来了"}, created=0)
    assert newcomer(ports, "o-gone") != person
    opened = consult.open_one(ports, staff=doctor, ref=asked.ref)
    assert (opened.text, opened.answer, opened.masked_name) == ("药要饭前吃吗？", "饭后吃。", None)
    assert audit.verify(ports).whole


def texted(ports: Ports, person: int, who: Someone) -> None:
    """A code that he asked for, as the twin of a gateway keeps it."""
    twin = sms_twin.ConsoleSms(ports.transaction, ports.crypto)
    with clock.frozen(ports.now() + timedelta(minutes=5)):
        codes.send(replace(ports, sms=twin), person_id=person, phone=who.phone, key="code")
    assert sms_twin.last(ports, phone=who.phone)


def test_erasing_ends_his_own_counters_and_not_those_of_a_phone(ports: Ports) -> None:
    person, who = newcomer(ports), someone()
    a_card(ports, person, who)
    texted(ports, person, who)
    mydata.erase(ports, person_id=person)
    with ports.transaction() as session:
        kinds = set(session.scalars(sa.select(Quota.kind).where(Quota.used > 0)))
        left = {
            name: session.scalar(sa.select(sa.func.count()).select_from(Base.metadata.tables[name])) for name in SMS
        }
    assert kinds == {codes.PHONE_QUOTA}
    assert left == dict.fromkeys(SMS, 0)


def test_word_to_a_phone_that_has_not_left_is_not_stopped_by_erasing(ports: Ports) -> None:
    """Otherwise whoever binds somebody's card while the gateway is silent could erase himself before it is told."""
    assert isinstance(ports.sms, FakeSms)
    person, who = newcomer(ports), someone()
    ports.sms.failures = [Unavailable("sms_unavailable")]
    a_card(ports, person, who)
    mydata.erase(ports, person_id=person)
    with clock.frozen(ports.now() + timedelta(minutes=5)):
        assert texts.deliver_due(ports) == 1
    assert [to for to, _ in ports.sms.sent] == [who.phone]


def everything(ports: Ports) -> str:
    """All values of all tables, with what is sealed opened."""
    found = []
    with ports.transaction() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                opened = {k: ports.crypto.open(v) for k, v in row._mapping.items() if k.endswith("_sealed") and v}
                found.append(repr({**row._mapping, **opened}))
    return "\n".join(found)


def test_erasing_waits_for_a_number_that_is_booked(ports: Ports) -> None:
    person = a_person(ports)
    card = a_card(ports, person)
    slot = booking.offers(ports, department_id="yh.d01", day=ports.now().date())[0].slot_id
    made = booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot, key="b")
    with pytest.raises(Refused, match="erase_open"):
        mydata.erase(ports, person_id=person)
    assert cards.one(ports, person_id=person, ref=card.ref)
    booking.cancel(ports, person_id=person, ref=made.ref, key="c")
    mydata.erase(ports, person_id=person)
    with pytest.raises(NotFound):
        cards.one(ports, person_id=person, ref=card.ref)


def test_erasing_ends_his_lines_and_gives_back_what_was_kept_for_him(ports: Ports, his: FakeHis) -> None:
    """One place offered, one taken and given back before: neither keeps him here."""
    person = a_person(ports)
    card = a_card(ports, person)
    for day in (25, 26):
        where: dict[str, Any] = {"card_ref": card.ref, "department_id": "yh.d01", "day": date(2026, 11, day)}
        waitlist.join(ports, person_id=person, key=f"w{day}", **where)
    waitlist_filling.tick(ports)
    taken, _kept = (w.offer_ref for w in waitlist.mine(ports, person_id=person))
    made = waitlist_offers.accept(ports, person_id=person, ref=str(taken))
    booking.cancel(ports, person_id=person, ref=made.ref, key="c")
    held = his.taken("yh.s01-20261126-0800")
    mydata.erase(ports, person_id=person)
    waitlist_filling.tick(ports)
    assert (held, his.taken("yh.s01-20261126-0800")) == (1, 0)
    with ports.transaction() as session:
        assert session.scalars(sa.select(WaitOffer.state)).all() == ["ended"]
        assert session.scalars(sa.select(Wait.state)).all() == ["left"]


def test_the_message_that_asked_to_erase_is_still_answered(ports: Ports) -> None:
    person = newcomer(ports)
    with ports.transaction() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(Base.metadata.tables["inbox"]))
    mydata.erase(ports, person_id=person)
    with ports.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Base.metadata.tables["inbox"])) == before == 1


def test_consents_are_each_persons_own(ports: Ports) -> None:
    one, other = newcomer(ports, "o-1"), newcomer(ports, "o-2")
    mydata.agree(ports, person_id=one, purpose="push")
    assert (states(ports, one)["push"], states(ports, other)["push"]) == ("given", "never")
    privacy.require(ports, person_id=one, purpose="push")
