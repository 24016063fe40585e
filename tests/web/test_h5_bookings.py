"""Numbers that stand: the list with their states, moving one in one step, giving one back after one more question."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking as Row
from bot.ports import Ports
from bot.services import booking, booking_history, cards, news
from tests.web.conftest import NOW
from tests.web.numbers import CLINIC, LATER_SLOT, SLOT, WEDNESDAY, Booker, Clinics


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


@pytest.fixture
def made(li: Booker) -> booking.Booking:
    return li.book()


def page_of(made: booking.Booking) -> str:
    return f"/h5/bookings/{made.ref}"


def states(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Row.state).order_by(Row.id)))


# -- the list ------------------------------------------------------------------------------------------------
def test_the_list_has_what_is_to_come_and_what_is_over(li: Booker, made: booking.Booking, ports: Ports) -> None:
    given_back = li.book(LATER_SLOT)
    booking.cancel(ports, person_id=li.person_id, ref=given_back.ref, key="c")
    page = li.read("/h5/bookings")
    assert page.index(page_of(made)) < page.index("以前的") < page.index(page_of(given_back))
    assert "已约好" in page and "已取消" in page
    assert "11月24日 周二 09:00" in page and "2026年" not in page
    assert 'href="/h5/bookings"' in li.read("/h5/me") and 'href="/h5/waits"' in li.read("/h5/me")


def test_a_day_of_another_year_says_its_year(li: Booker, made: booking.Booking) -> None:
    with clock.frozen(datetime(2027, 3, 1, 1, 0)):
        page = li.read("/h5/bookings")
        assert "2026年11月24日 周二" in page
        assert "2026年11月24日 周二" in li.read(page_of(made))


def test_a_long_past_is_read_page_by_page(li: Booker, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking_history, "PAGE", 2)
    for n in range(5):
        old = li.book(f"yh.s01-2026112{4 + n}-0900")
        booking.cancel(ports, person_id=li.person_id, ref=old.ref, key=f"c{n}")
    pages = [li.read(f"/h5/bookings?page={n}").count("已取消") for n in (1, 2, 3, 4)]
    assert pages == [2, 2, 1, 0]
    for odd in ("0", "-1", "x", "9" * 40, "１"):
        assert li.get(f"/h5/bookings?page={odd}").status_code == 200


def test_the_list_is_nobody_elses_and_goes_with_the_card(li: Booker, wang: Booker, made: booking.Booking) -> None:
    assert made.ref not in wang.read("/h5/bookings")
    with clock.frozen(NOW + timedelta(days=3)):
        assert made.ref in li.read("/h5/bookings")
        cards.unbind(li.ports, person_id=li.person_id, ref=li.card.ref)
        assert made.ref not in li.read("/h5/bookings")


# -- moving --------------------------------------------------------------------------------------------------
def test_a_number_moves_in_one_step(li: Booker, made: booking.Booking, hospital: Clinics) -> None:
    assert f'href="{page_of(made)}/move"' in li.read(page_of(made))
    calendar = li.read(f"{page_of(made)}/move?day={WEDNESDAY}")
    assert f'href="{page_of(made)}/move/{LATER_SLOT}"' in calendar
    assert "候补" not in calendar  # who has a number stands in no line for it
    confirm = f"{page_of(made)}/move/{LATER_SLOT}"
    assert "11月24日 周二 09:00" in li.read(confirm) and "11月25日 周三" in li.read(confirm)
    answer = li.send(confirm)
    [new] = li.mine()
    assert answer.headers["Location"] == f"{page_of(new)}?done=moved"
    assert (hospital.taken(SLOT), hospital.taken(LATER_SLOT)) == (0, 1)
    assert "改好了" in li.read(answer.headers["Location"])


def test_the_half_hour_that_one_has_is_not_offered(li: Booker, made: booking.Booking) -> None:
    page = li.read(f"{page_of(made)}/move?day={made.day}")
    assert "现在的号" in page
    assert f"/move/{SLOT}" not in page
    assert li.get(f"{page_of(made)}/move/{SLOT}").status_code == 200  # by its address: confirmed, and refused
    assert "原来的号就是这个时间" in li.send(f"{page_of(made)}/move/{SLOT}").text


def test_a_move_sent_twice_or_from_two_tabs_is_one(li: Booker, made: booking.Booking, ports: Ports) -> None:
    confirm = f"{page_of(made)}/move/{LATER_SLOT}"
    tabs = [li.form(confirm) for _ in range(2)]
    answers = [li.send(confirm, form).headers["Location"] for form in (tabs[0], tabs[0], tabs[1])]
    assert len(set(answers)) == 1
    assert states(ports) == ["moved", "booked"]


def test_another_move_of_a_number_that_moved_leads_to_what_it_is_now(li: Booker, made: booking.Booking) -> None:
    first, other = (f"{page_of(made)}/move/{slot}" for slot in (LATER_SLOT, "yh.s02-20261126-0900"))
    form = li.form(other)
    li.send(first)
    answer = li.send(other, form)
    assert answer.headers["Location"] == page_of(made)
    assert "已改约" in li.read(page_of(made))
    assert len(li.mine()) == 1


def test_a_wanted_half_hour_that_is_gone_leaves_the_old_number(
    li: Booker, wang: Booker, made: booking.Booking, hospital: Clinics
) -> None:
    hospital.capacity = 1
    confirm = f"{page_of(made)}/move/{LATER_SLOT}"
    form = li.form(confirm)
    wang.book(LATER_SLOT)
    answer = li.send(confirm, form)
    assert answer.status_code == 422
    assert "没有号了" in answer.text and "改好之前一直给您留着" in answer.text
    assert [b.ref for b in li.mine()] == [made.ref]


def test_a_move_whose_answer_is_lost_is_being_confirmed(li: Booker, made: booking.Booking, hospital: Clinics) -> None:
    confirm = f"{page_of(made)}/move/{LATER_SLOT}"
    form = li.form(confirm)
    hospital.lose_answers = 1
    answer = li.send(confirm, form)
    assert answer.headers["Location"] == page_of(made)
    assert "改约中" in li.read(page_of(made))
    assert hospital.taken(SLOT) + hospital.taken(LATER_SLOT) == 1


def test_too_often_and_too_late_say_why_and_keep_the_number(li: Booker, made: booking.Booking, ports: Ports) -> None:
    ports.rules["reschedules_per_booking"] = 0
    page = li.read(page_of(made))
    assert "已经改过0次" in page
    assert f"{page_of(made)}/move" not in page
    refused = li.get(f"{page_of(made)}/move")
    assert refused.status_code == 422
    assert f'href="{page_of(made)}"' in refused.text
    with clock.frozen(datetime(2026, 11, 24, 0, 45)):
        page = li.read(page_of(made))
        assert "网上取消不了" in page and "010-55550000" in page
        for tail in ("/move", f"/move/{LATER_SLOT}", "/cancel"):
            assert li.get(page_of(made) + tail).status_code == 422
        assert li.post(f"{page_of(made)}/cancel", once="0" * 16).status_code == 422
    assert states(ports) == ["booked"]


def test_a_stopped_number_is_shown_while_the_hospital_is_silent(
    li: Booker, made: booking.Booking, hospital: Clinics, ports: Ports
) -> None:
    hospital.close_session(session_id=CLINIC, key="desk")
    news.hear(ports)
    hospital.down = True
    assert "换个时间" in li.read(page_of(made))


def test_a_stopped_number_moves_from_its_page(
    li: Booker, made: booking.Booking, hospital: Clinics, ports: Ports
) -> None:
    hospital.close_session(session_id=CLINIC, key="desk")
    news.hear(ports)
    page = li.read(page_of(made))
    assert "停诊" in page and "看看别的时间" in page and "取消预约" not in page
    assert f"{page_of(made)}/move/yh.s02-20261124-0900" in page  # a colleague on the same day, one tap away
    assert "done=moved" in li.send(f"{page_of(made)}/move/{LATER_SLOT}").headers["Location"]


# -- giving back ---------------------------------------------------------------------------------------------
def test_giving_back_takes_one_more_question(li: Booker, made: booking.Booking, ports: Ports) -> None:
    assert f'href="{page_of(made)}/cancel"' in li.read(page_of(made))
    sure = li.read(f"{page_of(made)}/cancel")
    assert "真的要取消" in sure and "先留着" in sure
    assert states(ports) == ["booked"]
    form = li.form(f"{page_of(made)}/cancel")
    answers = [li.send(f"{page_of(made)}/cancel", form) for _ in range(2)]
    assert {a.headers["Location"] for a in answers} == {f"{page_of(made)}?done=cancelled"}
    assert "已经取消" in li.read(f"{page_of(made)}?done=cancelled")
    assert states(ports) == ["cancelled"]


def test_a_page_says_done_only_of_what_is_so(li: Booker, made: booking.Booking) -> None:
    assert "已经取消" not in li.read(f"{page_of(made)}?done=cancelled")
    assert "<script" not in li.read(f"{page_of(made)}?done=<script>").partition("<main>")[2]


def test_a_lost_answer_to_giving_back_is_being_confirmed(li: Booker, made: booking.Booking, hospital: Clinics) -> None:
    form = li.form(f"{page_of(made)}/cancel")
    hospital.lose_answers = 1
    li.send(f"{page_of(made)}/cancel", form)
    assert "取消中" in li.read(page_of(made))


def test_anothers_number_and_none_are_one_answer(li: Booker, wang: Booker, made: booking.Booking) -> None:
    for tail in ("", "/move", f"/move/{LATER_SLOT}", "/cancel"):
        answers = [wang.get(f"/h5/bookings/{ref}{tail}") for ref in (made.ref, "b_0000000000", "x", "a" * 300)]
        assert {a.status_code for a in answers} == {404}
        assert len({a.data for a in answers}) == 1
    for tail in (f"/move/{LATER_SLOT}", "/cancel"):
        answers = [
            wang.post(f"/h5/bookings/{ref}{tail}", once="0" * 16, wish="0", fee="5000") for ref in (made.ref, "x")
        ]
        assert {(a.status_code, a.data) for a in answers} == {(404, answers[0].data)}
    assert li.mine()[0].day == date(2026, 11, 24)
