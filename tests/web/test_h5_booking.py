"""A number is booked on pages: card, department, day, half hour, confirmed once however often it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.booking import Booking as Row
from bot.ports import Ports
from bot.services import booking, cards, flagged, news, privacy, suspensions
from tests.factories import RULES, a_card, a_person, id_number, someone
from tests.web.conftest import NOW, Enter
from tests.web.numbers import (
    BONES,
    CHILDREN,
    CLINIC,
    GENERAL,
    JOINTS,
    SLOT,
    TUESDAY,
    WEDNESDAY,
    WOMEN,
    Booker,
    Clinics,
)

CALENDAR = f"/{BONES}"


@pytest.fixture
def hospital() -> Clinics:
    return Clinics()


def booked(ports: Ports) -> int:
    with ports.transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Row).where(Row.state == "booked"))


# -- the way -------------------------------------------------------------------------------------------------
def test_from_my_page_to_a_number(li: Booker) -> None:
    assert 'href="/h5/book"' in li.read("/h5/me")
    assert f'href="{li.home}{CALENDAR}"' in li.read("/h5/book")  # of one card nothing is asked
    page = li.read(f"{li.home}{CALENDAR}?day={TUESDAY}")
    assert f'href="{li.confirm()}"' in page
    assert all(fact in page for fact in ("陈建国", "主任医师", "50 元", "膝关节", "余3"))
    confirm = li.read(li.confirm())
    assert all(
        fact in confirm
        for fact in ("李*", "骨科", "陈建国", "11月24日 周二", "09:00–09:30", "50 元", "08:30 以前可以取消")
    )
    answer = li.send(li.confirm())
    [made] = li.mine()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/h5/bookings/{made.ref}?done=booked")
    assert "约好了" in li.read(answer.headers["Location"])


def test_of_several_cards_one_is_chosen_first(li: Booker, ports: Ports) -> None:
    a_card(ports, li.person_id, someone("李小小", id_number=id_number(serial=700_003)), relation="child")
    page = li.read("/h5/book")
    assert "给谁挂号" in page
    assert page.count('href="/h5/book/c_') == 2
    assert cards.RELATIONS["child"] in page


def test_without_a_card_one_is_bound_first(patient: Enter) -> None:
    page = patient("o-new")[0].get("/h5/book").text
    assert 'href="/h5/bind"' in page


def test_departments_stand_by_building_each_below_its_own(li: Booker) -> None:
    page = li.read(li.home)
    assert page.index("门诊楼") < page.index("骨科") < page.index("关节外科") < page.index("消化内科")
    assert '<li class="below"><a href="' + f'{li.home}/{JOINTS}"' in page
    assert "<h2>城南院区门诊楼</h2>" in page
    assert "（妇科）" in page  # the name that people know, beside the hospital's own


def test_where_one_was_last_stands_on_top(li: Booker, wang: Booker) -> None:
    assert "上次看过" not in li.read(li.home)
    wang.book("yh.s03-20261124-0900")
    li.book()
    page = li.read(li.home)
    been = page[page.index("上次看过") : page.index("<h2>门诊楼</h2>")]
    assert "骨科" in been and "消化内科" not in been
    assert "上次看过" not in li.read(f"{li.home}?q=骨")


@pytest.mark.parametrize(
    ("word", "found"),
    [("骨", BONES), ("全科医学", GENERAL), ("高 血压", GENERAL), ("陈建国医生", f"{BONES}?doctor=yh.p01")],
)
def test_a_search_finds_names_and_what_is_seen_there(li: Booker, word: str, found: str) -> None:
    page = li.read(f"{li.home}?q={word}")
    assert f'href="{li.home}/{found}"' in page
    assert f'{li.home}/{CHILDREN}"' not in page


def test_a_search_for_nothing_we_have_says_so_and_shows_nothing_as_html(li: Booker) -> None:
    page = li.read(f"{li.home}?q=<b>看手相</b>")
    assert "没有找到" in page
    assert "<b>看手相" not in page


# -- the days ------------------------------------------------------------------------------------------------
def test_days_say_what_is_left_full_taken_and_not_open_yet(li: Booker, wang: Booker, hospital: Clinics) -> None:
    hospital.capacity = 1
    for offer in booking.offers(li.ports, department_id=BONES, day=WEDNESDAY):
        Booker(li.browser, a_person(li.ports), li.ports, someone()).book(offer.slot_id)
    mine = li.book()
    page = li.read(f"{li.home}{CALENDAR}?day={WEDNESDAY}")
    assert page.count('class="day ') == RULES["days_ahead"] + 2
    assert f'class="day taken" href="/h5/bookings/{mine.ref}"' in page
    assert "约满" in page
    assert f"/h5/wait/{li.card.ref}/{BONES}?day={WEDNESDAY}" in page
    assert "12月8日 周二的号，11月24日 周二 07:00 放出来" in page


def test_a_stopped_clinic_shows_on_the_calendar(li: Booker, wang: Booker, hospital: Clinics) -> None:
    wang.book()
    hospital.close_session(session_id=CLINIC, key="desk")
    hospital.close_session(session_id=CLINIC.replace("am", "pm"), key="desk2")
    news.hear(li.ports)
    page = li.read(f"{li.home}{CALENDAR}?day={TUESDAY}")
    assert "停诊" in page
    assert "林晓燕" in page  # who is there instead
    only = li.read(f"{li.home}{CALENDAR}?day={TUESDAY}&doctor=yh.p01")
    assert 'class="day stopped"' in only


@pytest.mark.parametrize("day", ["2026-02-30", "昨天", "2026-11-22", "0000-00-00", "99999-1-1", "2026-11-24T09:00"])
def test_an_impossible_day_is_said_above_what_can_be_had(li: Booker, day: str) -> None:
    answer = li.get(f"{li.home}{CALENDAR}?day={day}")
    assert answer.status_code == 400
    assert "这个日期挂不了" in answer.text
    assert "余3" in answer.text


def test_a_day_that_is_not_open_yet_says_when_it_opens(li: Booker) -> None:
    answer = li.get(f"{li.home}{CALENDAR}?day=2026-12-08")
    assert answer.status_code == 422
    assert "11月24日 周二 07:00" in answer.text


# -- who may -------------------------------------------------------------------------------------------------
def test_a_department_that_does_not_see_him_says_why_and_where_to_go(li: Booker, ports: Ports) -> None:
    child = a_card(
        ports, li.person_id, someone("李小小", id_number=id_number(born=TUESDAY.replace(year=2020))), guardian=True
    )
    answer = li.get(f"{li.home}/{CHILDREN}")
    assert answer.status_code == 422
    assert "14岁以下" in answer.text
    assert f'href="{li.home}/{GENERAL}"' in answer.text  # 看全科门诊的号
    assert f'href="/h5/book/{child.ref}/{CHILDREN}"' in answer.text  # or for the child
    assert "只看女性" in li.get(f"{li.home}/{WOMEN}").text
    assert li.get(f"{li.home}/slot/yh.s04-20261124-0900").status_code == 422


def test_a_suspended_patient_reads_until_when_and_can_appeal(li: Booker, ports: Ports) -> None:
    for n in range(3):
        _missed(ports, li, n)
    assert suspensions.judge(ports) == 1
    answer = li.get(li.home)
    assert answer.status_code == 422
    assert "12月23日" in answer.text
    assert li.send(li.confirm(), {"form_token": li.token()}).status_code == 422
    done = li.post("/h5/appeal", words="我去了，护士看见的")
    assert "申诉收到了" in li.read(done.headers["Location"])
    assert [s.words for s in suspensions.listed(ports)] == ["我去了，护士看见的"]


def test_an_emergency_in_an_appeal_is_answered_first(li: Booker, ports: Ports) -> None:
    for n in range(3):
        _missed(ports, li, n)
    suspensions.judge(ports)
    page = li.post("/h5/appeal", words="我爸突然半边身子没劲，嘴也歪了，哪有空去").text
    assert 'href="tel:120"' in page
    assert "继续办理" in page
    assert flagged.stands(ports, person_id=li.person_id)
    assert [s.words for s in suspensions.listed(ports)] == ["我爸突然半边身子没劲，嘴也歪了，哪有空去"]


def test_an_emergency_typed_into_the_search_is_answered(li: Booker) -> None:
    page = li.read(f"{li.home}?q=胸口压着疼一身冷汗")
    assert 'href="tel:120"' in page
    assert 'href="tel:120"' not in li.read(f"{li.home}?q=骨科")


def _missed(ports: Ports, who: Booker, n: int) -> None:
    made = who.book(f"yh.s01-2026112{4 + n}-0900")
    with ports.transaction() as session:
        session.execute(sa.update(Row).where(Row.ref == made.ref).values(state="missed", guard=None, week_guard=None))


def test_new_words_of_consent_are_read_first_and_lead_back(li: Booker, ports: Ports) -> None:
    ports.rules["consent"] = {**ports.rules["consent"], "binding": "2"}
    form = {"form_token": li.token(), "wish": "0", "fee": "5000"}
    answer = li.get(f"{li.home}{CALENDAR}?day={TUESDAY}")
    assert "ask=binding" in answer.headers["Location"]
    assert "同意并继续" in li.read(answer.headers["Location"])
    sent = li.send(li.confirm(), form)
    assert (sent.status_code, booked(ports)) == (303, 0)
    back = li.post("/h5/data/agree", purpose="binding", next=li.confirm())
    assert back.headers["Location"] == li.confirm()
    assert privacy.verify(ports).whole


# -- once ----------------------------------------------------------------------------------------------------
def test_the_same_form_sent_twice_is_one_number(li: Booker, ports: Ports) -> None:
    form = li.form(li.confirm())
    first, second = (li.send(li.confirm(), form) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert booked(ports) == 1


def test_two_tabs_are_one_number(li: Booker, ports: Ports) -> None:
    ports.rules["bookings_per_department_day"] = 2  # not what keeps the second one out
    tabs = [li.form(li.confirm()) for _ in range(2)]
    answers = {li.send(li.confirm(), form).headers["Location"] for form in tabs}
    assert (len(answers), booked(ports)) == (1, 1)


def test_a_number_given_back_can_be_booked_anew(li: Booker, ports: Ports) -> None:
    first = li.book()
    booking.cancel(ports, person_id=li.person_id, ref=first.ref, key="c")
    with clock.frozen(NOW + timedelta(hours=4)):  # a place given back is nobody's for a while
        answer = li.send(li.confirm())
    assert "done=booked" in answer.headers["Location"]
    assert booked(ports) == 1


def test_a_form_of_another_session_books_nothing(li: Booker, wang: Booker, ports: Ports) -> None:
    form = {**li.form(li.confirm()), "form_token": wang.token()}
    assert li.send(li.confirm(), form).status_code == 403
    assert li.send(li.confirm(), {}).status_code == 403
    assert booked(ports) == 0


@pytest.mark.parametrize("broken", [{"wish": "-1"}, {"wish": "一"}, {"fee": ""}, {"wish": "9" * 40}, {"fee": "1e9"}])
def test_a_broken_form_is_shown_again(li: Booker, ports: Ports, broken: dict[str, str]) -> None:
    answer = li.send(li.confirm(), {**li.form(li.confirm()), **broken})
    assert answer.status_code == 409
    assert "确认挂号" in answer.text
    assert booked(ports) == 0


# -- stale ---------------------------------------------------------------------------------------------------
def test_a_half_hour_that_is_gone_says_so_and_shows_what_is_left(li: Booker, wang: Booker, hospital: Clinics) -> None:
    hospital.capacity = 1
    form = li.form(li.confirm())
    wang.book()
    for answer in (li.send(li.confirm(), form), li.get(li.confirm())):
        assert answer.status_code == 422
        assert "没有号了" in answer.text
        assert "yh.s01-20261124-0930" in answer.text
        assert li.confirm() not in answer.text
    assert li.mine() == []


def test_a_clinic_stopped_meanwhile_says_so(li: Booker, hospital: Clinics) -> None:
    form = li.form(li.confirm())
    hospital.close_session(session_id=CLINIC, key="desk")
    answer = li.send(li.confirm(), form)
    assert (answer.status_code, li.mine()) == (422, [])
    assert "停诊" in answer.text
    assert "yh.s02-20261124-0900" in answer.text


def test_a_fee_that_changed_is_read_again_before_it_counts(li: Booker, hospital: Clinics, ports: Ports) -> None:
    form = li.form(li.confirm())
    hospital.raised_fen = 1000
    answer = li.send(li.confirm(), form)
    assert (answer.status_code, booked(ports)) == (409, 0)
    assert "60 元" in answer.text
    assert li.send(li.confirm()).status_code == 303
    hospital.raised_fen = 0
    assert (
        li.send(li.confirm(), form).status_code == 303
    )  # the first wish once more: it is booked, whatever it costs now
    assert booked(ports) == 1


def test_a_half_hour_that_began_is_past(li: Booker) -> None:
    form = li.form(li.confirm())
    with clock.frozen(datetime(2026, 11, 24, 1, 0)):
        answers = [li.send(li.confirm(), form), li.get(li.confirm())]
    assert [a.status_code for a in answers] == [422, 422]
    assert all("已经过了" in a.text for a in answers)
    assert li.mine() == []


def test_another_half_hour_of_the_same_day_is_refused_with_the_way_to_the_first(li: Booker) -> None:
    mine = li.book()
    answer = li.send(li.confirm("yh.s01-20261124-1400"))
    assert answer.status_code == 422
    assert "已经有号了" in answer.text
    assert f"/h5/bookings/{mine.ref}" in answer.text


def test_too_fast_keeps_what_was_chosen(li: Booker, ports: Ports) -> None:
    ports.rules["operations_per_minute"] = 0
    answer = li.send(li.confirm())
    assert answer.status_code == 422
    assert "操作太快" in answer.text
    assert "<button" in answer.text and "陈建国" in answer.text


def test_an_answer_that_is_lost_is_being_confirmed_not_booked_twice(
    li: Booker, hospital: Clinics, ports: Ports
) -> None:
    form = li.form(li.confirm())
    hospital.lose_answers = 1
    answer = li.send(li.confirm(), form)
    assert answer.status_code == 303
    page = li.read(answer.headers["Location"])
    assert "确认中" in page
    li.send(li.confirm(), form)  # impatient
    assert (hospital.taken(SLOT), booked(ports)) == (1, 1)


def test_a_silent_hospital_is_a_friendly_page(li: Booker, hospital: Clinics) -> None:
    hospital.down = True
    for path in ("", CALENDAR, f"/slot/{SLOT}"):
        assert li.get(li.home + path).status_code == 503


# -- others --------------------------------------------------------------------------------------------------
def test_anothers_card_and_none_are_one_answer(li: Booker, wang: Booker) -> None:
    for tail in ("", CALENDAR, f"/slot/{SLOT}"):
        answers = [li.get(f"/h5/book/{ref}{tail}") for ref in (wang.card.ref, "c_0000000000", "x", "%00", "a" * 300)]
        assert {a.status_code for a in answers} == {404}
        assert len({a.data for a in answers}) == 1


@pytest.mark.parametrize("slot", ["x", "yh.s01-20261324-0900", "..%2f..%2fetc", "%00", "yz.s01-20261124-0900", "李雷"])
def test_a_half_hour_that_is_none_is_not_found(li: Booker, slot: str) -> None:
    assert li.get(f"{li.home}/slot/{slot}").status_code == 404


@pytest.mark.parametrize("path", ["/yh.d99", "/x", f"{CALENDAR}?doctor=yh.p03", f"{CALENDAR}?doctor=x"])
def test_a_department_or_doctor_that_is_none_is_not_found(li: Booker, path: str) -> None:
    assert li.get(li.home + path).status_code == 404
