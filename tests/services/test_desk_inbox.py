"""The doctors' inbox: what stands in it, in which order, how many of each, and when it is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.consult import Question
from bot.errors import Refused
from bot.ports import Ports
from bot.services import consult, desk_inbox
from bot.services.desk_inbox import Wanted
from tests.factories import NOW, a_person, a_staff

TOMORROW_NIGHT = NOW + timedelta(days=2)


def ask(ports: Ports, **changes: Any) -> str:
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": uuid4().hex}
    return consult.ask(ports, person_id=a_person(ports), text="膝盖疼要拍片吗？", **facts | changes).ref


def refs(found: desk_inbox.Inbox) -> list[str]:
    return [line.ref for line in found.lines]


def test_red_flags_stand_on_top_then_whoever_has_least_time(ports: Ports) -> None:
    doctor, early = a_staff(ports), ask(ports)
    with clock.frozen(NOW + timedelta(hours=2)):
        late, urgent = ask(ports), ask(ports, red_flag=True)
        assert refs(desk_inbox.page(ports, staff=doctor, wanted=Wanted())) == [urgent, early, late]


def test_each_filter_has_its_own_and_says_how_many(ports: Ports) -> None:
    doctor = a_staff(ports, doctor_id="yh.p01")
    plain, named, urgent = ask(ports), ask(ports, doctor_id="yh.p01"), ask(ports, red_flag=True)
    held, back = ask(ports), ask(ports)
    consult.claim(ports, staff=doctor, ref=held)
    with ports.transaction() as session:
        session.execute(sa.update(Question).where(Question.ref == back).values(state="asked_back"))
        session.execute(sa.update(Question).where(Question.ref == plain).values(due_at=NOW))
    shown = {name: desk_inbox.page(ports, staff=doctor, wanted=Wanted(name)) for name in desk_inbox.FILTERS}
    expected = {
        "all": {plain, named, urgent, held},
        "mine": {named, held},
        "overdue": {plain},
        "flagged": {urgent},
        "asked_back": {back},
    }
    assert {name: set(refs(found)) for name, found in shown.items()} == expected
    counts = {name: len(found) for name, found in expected.items()}
    assert [found.counts for found in shown.values()] == [counts] * len(counts)


def test_a_page_is_a_page(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_inbox, "PAGE", 2)
    doctor, asked = a_staff(ports), [ask(ports) for _ in range(5)]
    pages = [desk_inbox.page(ports, staff=doctor, wanted=Wanted(page=n)) for n in (1, 2, 3, 99)]
    assert [refs(found) for found in pages] == [asked[:2], asked[2:4], asked[4:], asked[4:]]
    assert {(found.pages, found.total) for found in pages} == {(3, 5)}


def test_one_departments_and_one_doctors(ports: Ports) -> None:
    doctor = a_staff(ports, doctor_id="yh.p03")
    own, elsewhere = ask(ports), ask(ports, department_id="yh.d02", doctor_id="yh.p03")
    found = desk_inbox.page(ports, staff=doctor, wanted=Wanted(department_id="yh.d02"))
    assert refs(found) == [elsewhere]
    assert [name for _, name in found.departments] == ["消化内科", "骨科"]
    assert refs(desk_inbox.page(ports, staff=doctor, wanted=Wanted(doctor_id="yh.p03"))) == [elsewhere]
    assert own in refs(desk_inbox.page(ports, staff=doctor, wanted=Wanted()))


@pytest.mark.parametrize("wrong", ["", "x", "-1", "0", "９", "1e9", "99999999999999999999", "1 OR 1=1"])
def test_what_an_address_holds_is_never_trusted(wrong: str) -> None:
    assert desk_inbox.parse(wrong, wrong, wrong, wrong) == Wanted("all", wrong, wrong, 1)


CHANGES: dict[str, Callable[[Ports, Any, str], object]] = {
    "asked": lambda ports, _doctor, _ref: ask(ports),
    "claimed": lambda ports, doctor, ref: consult.claim(ports, staff=doctor, ref=ref),
    "withdrawn": lambda ports, _doctor, ref: _withdraw(ports, ref),
    "one for another": lambda ports, _doctor, ref: (_withdraw(ports, ref), ask(ports)),
}


def _withdraw(ports: Ports, ref: str) -> None:
    with ports.transaction() as session:
        person = session.scalar(sa.select(Question.person_id).where(Question.ref == ref))
    consult.withdraw(ports, person_id=int(person), ref=ref)


@pytest.mark.parametrize("change", CHANGES)
def test_the_tag_is_another_one_after_every_change(ports: Ports, change: str) -> None:
    doctor, ref = a_staff(ports), ask(ports)
    before = desk_inbox.tag(ports, staff=doctor, wanted=Wanted())
    assert desk_inbox.page(ports, staff=doctor, wanted=Wanted()).tag == before
    CHANGES[change](ports, a_staff(ports), ref)
    assert desk_inbox.tag(ports, staff=doctor, wanted=Wanted()) != before


def test_time_changes_the_tag_when_somebody_gets_late_or_a_hold_runs_out(ports: Ports) -> None:
    doctor, ref = a_staff(ports), ask(ports)
    consult.claim(ports, staff=doctor, ref=ref)
    moments = [
        NOW,
        NOW + timedelta(minutes=5),
        NOW + timedelta(minutes=16),
        NOW + timedelta(minutes=40),
        TOMORROW_NIGHT,
    ]
    tags = []
    for moment in moments:
        with clock.frozen(moment):
            tags.append(desk_inbox.tag(ports, staff=doctor, wanted=Wanted()))
    assert [tags.index(tag) for tag in tags] == [0, 0, 2, 2, 4]


def test_each_reader_filter_and_page_has_a_tag_of_its_own(ports: Ports) -> None:
    doctors = [a_staff(ports), a_staff(ports)]
    wanted = [Wanted(), Wanted("mine"), Wanted(page=2)]
    assert len({desk_inbox.tag(ports, staff=one, wanted=what) for one in doctors for what in wanted}) == 6


@pytest.mark.parametrize("role", ["editor", "operator", "finance", "auditor", "service"])
def test_nobody_else_has_an_inbox(ports: Ports, role: str) -> None:
    for look in (desk_inbox.page, desk_inbox.tag):
        with pytest.raises(Refused):
            look(ports, staff=a_staff(ports, role=role), wanted=Wanted())
