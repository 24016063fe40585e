"""候补 on pages: a full day is waited for, a place on offer taken or passed on before its deadline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.privacy import Audit
from bot.ports import Ports
from bot.services import booking, waitlist, waitlist_filling
from bot.services.waitlist import Wait
from tests.factories import a_card, a_person
from tests.web.conftest import NOW
from tests.web.numbers import BONES, SLOT, TUESDAY, Booker, Clinics


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@pytest.fixture
def full(ports: Ports, hospital: Clinics) -> Callable[[], None]:
    """All of Tuesday's 骨科 is sold, one place each; calling it gives one back."""
    hospital.capacity = 1
    sold = []
    for offer in booking.offers(ports, department_id=BONES, day=TUESDAY):
        person = a_person(ports)
        facts = {"person_id": person, "card_ref": a_card(ports, person).ref, "slot_id": offer.slot_id}
        sold.append((person, booking.book(ports, key=offer.slot_id, **facts)))

    def give_back() -> None:
        person, made = next((p, b) for p, b in sold if b.doctor_id == "yh.p01")
        booking.cancel(ports, person_id=person, ref=made.ref, key="c")
        waitlist_filling.tick(ports)

    return give_back


def line(who: Booker) -> str:
    return f"/h5/wait/{who.card.ref}/{BONES}?day={TUESDAY}"


def join(who: Booker, **more: str) -> Wait:
    answer = who.send(line(who), **more)
    assert answer.headers["Location"] == "/h5/waits?done=joined", answer.text
    return waitlist.mine(who.ports, person_id=who.person_id)[-1]


def test_a_full_day_leads_into_the_line(li: Booker, full: object) -> None:
    page = li.read(f"{li.home}/{BONES}?day={TUESDAY}")
    assert line(li) in page
    assert f"{line(li)}&amp;doctor=yh.p01" in page
    assert "哪位都行" in li.read(line(li))
    wait = join(li, period="am")
    assert (wait.period, wait.doctor_id, wait.ahead) == ("am", None, 0)
    page = li.read("/h5/waits?done=joined")
    assert all(fact in page for fact in ("排上了", "骨科", "李*", "11月24日 周二 上午", "0 位"))


def test_one_doctor_can_be_waited_for(li: Booker, full: object) -> None:
    page = f"{line(li)}&doctor=yh.p01"
    assert "陈建国" in li.read(page)
    li.send(page)
    [wait] = waitlist.mine(li.ports, person_id=li.person_id)
    assert wait.doctor_id == "yh.p01"


def test_the_same_form_twice_is_one_place_and_another_tab_is_told(li: Booker, full: object) -> None:
    tabs = [li.form(line(li)) for _ in range(2)]
    assert [li.send(line(li), form, period="").status_code for form in (tabs[0], tabs[0], tabs[1])] == [303, 303, 422]
    assert len(waitlist.mine(li.ports, person_id=li.person_id)) == 1
    assert "已经候补了" in li.send(line(li), tabs[1], period="").text


def test_a_day_that_has_places_again_shows_them(li: Booker) -> None:
    page = li.read(line(li))
    assert li.confirm() in page
    assert "排上" not in page


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"day": "2026-11-20"}, 400),
        ({"day": "2026-02-30"}, 400),
        ({"day": ""}, 400),
        ({"period": "night"}, 400),
        ({"once": "x"}, 400),
        ({"doctor": "yh.p03"}, 404),
        ({"day": "2026-12-24"}, 422),
    ],
)
def test_a_form_that_cannot_be_joins_nothing(li: Booker, full: object, changed: dict[str, str], status: int) -> None:
    path = f"/h5/wait/{li.card.ref}/{BONES}"
    form = {**li.form(line(li)), "period": "", **changed}
    assert li.send(path, form).status_code == status
    assert waitlist.mine(li.ports, person_id=li.person_id) == []


def test_leaving_is_one_more_tap_and_twice_is_once(li: Booker, full: object) -> None:
    wait = join(li)
    assert "确认不等了" in li.read("/h5/waits")
    for _ in range(2):
        assert li.post(f"/h5/waits/{wait.ref}/leave").headers["Location"] == "/h5/waits?done=left"
    assert "没有在等的候补" in li.read("/h5/waits")


def test_an_offer_shows_its_deadline_and_is_taken(li: Booker, full: Callable[[], None]) -> None:
    wait = join(li)
    full()
    page = li.read("/h5/waits")
    assert all(fact in page for fact in ("有号了", "陈建国", "08:00–08:30", "50 元", "11月23日 周一 09:00"))
    offer = waitlist.one(li.ports, person_id=li.person_id, ref=wait.ref).offer_ref
    answers = [li.post(f"/h5/offers/{offer}/accept") for _ in range(2)]
    [made] = li.mine()
    assert {a.headers["Location"] for a in answers} == {f"/h5/bookings/{made.ref}?done=booked"}
    assert li.post(f"/h5/offers/{offer}/decline").headers["Location"] == "/h5/bookings"  # another tab, too late
    assert len(li.mine()) == 1


def test_a_look_at_ones_lines_is_in_the_trail(li: Booker, full: Callable[[], None]) -> None:
    wait = join(li)
    full()
    li.read("/h5/waits")
    offer = waitlist.one(li.ports, person_id=li.person_id, ref=wait.ref).offer_ref
    with li.ports.transaction() as session:
        rows = session.execute(
            sa.select(Audit.action, Audit.subject).where(Audit.action.in_(("waits.list", "offers.read")))
        )
        assert {("waits.list", f"person/{li.person_id}"), ("offers.read", offer)} <= {tuple(row) for row in rows}


def test_an_offer_passed_on_goes_to_the_next(li: Booker, wang: Booker, full: Callable[[], None]) -> None:
    wait, next_wait = join(li), join(wang)
    full()
    offer = waitlist.one(li.ports, person_id=li.person_id, ref=wait.ref).offer_ref
    assert li.post(f"/h5/offers/{offer}/decline").headers["Location"] == "/h5/waits?done=passed"
    waitlist_filling.tick(li.ports)
    assert "接受" in wang.read("/h5/waits")
    late = li.post(f"/h5/offers/{offer}/accept")
    assert late.status_code == 422
    assert "来晚了一步" in late.text
    assert waitlist.one(wang.ports, person_id=wang.person_id, ref=next_wait.ref).offer_ref


def test_an_offer_whose_time_is_over_has_no_button(li: Booker, full: Callable[[], None]) -> None:
    wait = join(li)
    full()
    offer = waitlist.one(li.ports, person_id=li.person_id, ref=wait.ref).offer_ref
    with clock.frozen(NOW + timedelta(minutes=31)):
        assert f"/h5/offers/{offer}/accept" not in li.read("/h5/waits")
        assert li.post(f"/h5/offers/{offer}/accept").status_code == 422
    assert li.mine() == []


def test_an_acceptance_whose_answer_is_lost_is_being_confirmed(
    li: Booker, full: Callable[[], None], hospital: Clinics
) -> None:
    wait = join(li)
    full()
    offer = waitlist.one(li.ports, person_id=li.person_id, ref=wait.ref).offer_ref
    token, hospital.lose_answers = li.token(), 1
    answer = li.browser.post(f"/h5/offers/{offer}/accept", data={"form_token": token})
    assert answer.headers["Location"] == "/h5/waits?done=asked"
    assert "确认中" in li.read("/h5/waits")


def test_anothers_line_and_offer_and_none_are_one_answer(li: Booker, wang: Booker, full: Callable[[], None]) -> None:
    wait = join(li)
    full()
    offer = waitlist.one(li.ports, person_id=li.person_id, ref=wait.ref).offer_ref
    for door, ref in (("waits/{}/leave", wait.ref), ("offers/{}/accept", offer), ("offers/{}/decline", offer)):
        answers = [wang.post(f"/h5/{door.format(each)}") for each in (ref, "w_0000000000", "x", "a" * 300)]
        assert {a.status_code for a in answers} == {404}
        assert len({a.data for a in answers}) == 1
    assert wang.get(line(li)).status_code == 404
    assert SLOT not in wang.read("/h5/waits")
    assert waitlist.one(li.ports, person_id=li.person_id, ref=wait.ref).state == "offered"
