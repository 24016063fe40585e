"""报到: at the hospital by sign or place, too early, elsewhere, twice, and back after a missed call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from bot import clock
from bot.db.queue import CheckIn, Presence, Travel
from bot.his.embedded import EmbeddedHis
from bot.his.embedded.ticker import tick
from bot.his.port import Appointment
from bot.jobs import outbox, queue
from tests.conversations.conftest import bind
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import book_today, rows, said_to, sent_to

HEART = "checkin:yh.k01"
HOW = "请扫一下诊区门口的报到码"


@contextmanager
def at(hour: int, minute: int) -> Iterator[None]:
    """That Monday, at this time."""
    with clock.frozen(clock.utc(datetime(2026, 11, 23, hour, minute))):
        yield


@pytest.fixture
def here(house: Any) -> tuple[float, float]:
    """A place on the hospital's grounds."""
    place = house.rules["check_in_places"][0]
    return place["latitude"] + 0.001, place["longitude"] - 0.001


def _called(hospital: EmbeddedHis, held: Appointment) -> None:
    for n in range(60):
        if hospital.queue(held.id).state == "called":
            return
        hospital.call_next(session_id=held.session_id, key=f"until:{n}")
    raise AssertionError("never called")


def test_saying_that_one_is_here_asks_for_a_proof_and_the_place_is_one(
    bound: Talk, hospital: EmbeddedHis, here: tuple[float, float]
) -> None:
    held = book_today(bound, "10:00")
    assert HOW in bound("我到了，报到")
    assert not hospital.queue(held.id).arrived
    said = bound.share(*here)
    assert "报到好了" in said
    assert f"您是{held.number}号" in said
    assert "您还没报到" not in said
    assert hospital.queue(held.id).arrived
    assert [row.outcome for row in rows(bound.ports, CheckIn)] == ["here"]
    assert bound.labels == ["刷新"]


def test_scanning_the_sign_at_the_door_checks_in_at_once(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    assert "报到好了" in bound.scan(HEART)
    assert hospital.queue(held.id).state == "waiting"
    with at(9, 45):
        assert "都报到过了" in bound.scan(HEART)
        assert "都报到过了" in bound("签到")
    assert len(rows(bound.ports, CheckIn)) == 1


def test_the_sign_of_the_half_day_is_right_and_another_departments_is_not(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    assert "别的诊区" in bound.scan("checkin:yh.k02")
    assert not hospital.queue(held.id).arrived
    assert "报到好了" in bound.scan(f"checkin:{held.session_id}")


def test_far_away_is_no_check_in_and_nothing_of_the_place_is_kept(
    bound: Talk, hospital: EmbeddedHis, rasa: InProcessRasa
) -> None:
    held = book_today(bound, "10:00")
    assert "还没到医院" in bound.share(31.2304, 121.4737)
    assert not hospital.queue(held.id).arrived
    assert rows_of(bound, Presence) == []
    assert "31.23" not in said_to(rasa, bound)


def rows_of(talk: Talk, model: Any) -> list[Any]:
    with talk.ports.transaction() as session:
        return list(session.query(model).filter_by(person_id=talk.person_id))


def test_hours_before_is_too_early_and_in_time_it_works(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "15:00")
    assert "就诊前120分钟内才能报到" in bound.scan(HEART)
    assert "报到" in bound.labels
    with at(13, 5):
        bound.scan(HEART)
        assert hospital.queue(held.id).arrived


def test_a_number_of_tomorrow_is_reported_tomorrow(bound: Talk) -> None:
    bound("挂明天心内科的号")
    bound("10:00")
    assert "挂好了" in bound("确认")
    assert "没有要报到的号" in bound.scan(HEART)
    assert "位置收到了" in bound.share(30.2587, 120.1301)


def test_who_missed_his_call_reports_and_stands_in_the_queue_again(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    _called(hospital, held)
    with at(9, 50):
        hospital.miss(session_id=held.session_id, key="nobody")
        said = bound("怎么还没到我")
        assert f"{held.number}号叫过了，您没在" in said
        assert HOW in bound.tap("报到")
        said = bound.scan(HEART)
    assert "重新排上队了" in said
    place = hospital.queue(held.id)
    assert (place.state, place.arrived) == ("waiting", True)
    assert [row.outcome for row in rows(bound.ports, CheckIn)] == ["back"]
    _called(hospital, held)
    assert "轮到您了" in bound.tap("刷新")
    hospital.call_next(session_id=held.session_id, key="out")
    assert "看完了" in bound("排到几号了")
    assert "都报到过了" in bound("报到")


def test_the_demos_desk_and_the_jobs_bring_a_late_patient_all_the_way(bound: Talk, hospital: EmbeddedHis) -> None:
    """Nobody helps here: the ticker calls and puts aside, the job tells, the patient reports and is seen."""
    held = book_today(bound, "10:00")
    minutes = ((hour, minute) for hour in (9, 10, 11) for minute in range(60) if (hour, minute) > (9, 40))
    seen = []
    for hour, minute in minutes:
        with at(hour, minute):
            tick(hospital, clock.now())
            queue.run()
            outbox.run()
            seen.append(hospital.queue(held.id).state)
            if seen[-1] == "missed":
                assert "重新排上队了" in bound.scan(HEART)
    assert seen[-1] == "done"
    assert [state for n, state in enumerate(seen) if state != seen[n - 1]][:3] == ["booked", "called", "missed"]
    told = " ".join(sent_to(bound))
    assert "您没在" in told
    assert "前面还有" in told or "下一个就是您" in told


def test_two_numbers_are_asked_about_and_one_tap_is_enough(
    bound: Talk, hospital: EmbeddedHis, here: tuple[float, float]
) -> None:
    book_today(bound, "10:00")
    eyes = book_today(bound, "10:30", department="眼科")
    assert "给哪个号报到" in bound.share(*here)
    assert len([label for label in bound.labels if "10:" in label]) == 2
    assert "报到好了" in bound.tap("10:30")
    assert hospital.queue(eyes.id).arrived
    assert len(rows(bound.ports, CheckIn)) == 1


def test_a_sign_scanned_while_booking_answers_and_the_booking_goes_on(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    bound("我要挂号")
    said = bound.scan(HEART)
    assert "报到好了" in said
    assert "想看哪个科" in said
    assert hospital.queue(held.id).arrived


def test_a_place_of_somebody_without_a_number_stays_a_place(talk: Talk) -> None:
    assert "位置收到了" in talk.share(30.2587, 120.1301)
    assert rows(talk.ports, CheckIn) == []


def test_another_patients_number_is_never_reported(
    bound: Talk, another: Callable[[], Talk], patients: list[dict[str, Any]], hospital: EmbeddedHis
) -> None:
    held = book_today(bound, "10:00")
    other = another()
    bind(other, patients[1])
    assert "没有要报到的号" in other.scan(HEART)
    assert not hospital.queue(held.id).arrived


def test_the_way_is_asked_once_and_kept(bound: Talk) -> None:
    book_today(bound, "11:00")
    assert "路上大约要多久" in bound("排到几号了")
    assert "提前60分钟" in bound.tap("60分钟")
    assert [row.minutes for row in rows_of(bound, Travel)] == [60]
    assert "路上" not in bound.tap("刷新")
