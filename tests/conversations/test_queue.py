"""Waiting for one's number: before the clinic opens, in the middle, called, seen, missed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from bot import clock
from bot.db.booking import Booking
from bot.his.embedded import EmbeddedHis
from bot.his.embedded.ticker import tick
from bot.services import queue
from tests.conversations.house import Talk
from tests.conversations.visits import book_today, newest, rows


def test_nobody_waits_without_a_number_today(bound: Talk) -> None:
    assert "今天没有要排队的号" in bound("排到几号了")
    assert bound.labels == ["我的预约", "我要挂号"]
    assert rows(bound.ports, Booking) == []


def test_an_afternoon_number_has_not_begun_in_the_morning(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "15:00")
    said = bound("现在叫到几号了")
    assert f"您是{held.number}号，还没开诊" in said
    assert "11月23日 周一 15:00-15:30" in said
    assert "现在看到" not in said
    assert hospital.queue(held.id).calling is None


def test_waiting_shows_the_number_the_called_one_those_ahead_and_a_range(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    place = hospital.queue(held.id)
    said = bound("前面还有几个人")
    assert f"您是{held.number}号，现在看到{place.calling}号，前面还有{place.ahead}位" in said
    [mine] = queue.mine(bound.ports, person_id=bound.person_id)
    assert f"大约还要等{mine.minutes_low}到{mine.minutes_high}分钟" in said
    assert 0 < (place.calling or 0) < held.number
    assert mine.minutes_low is not None
    assert mine.minutes_high is not None
    assert 0 < mine.minutes_low < mine.minutes_high < 120
    assert "您还没报到" in said


def test_the_queue_moves_when_the_doctor_calls_and_refresh_shows_it(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    before = hospital.queue(held.id)
    bound("多久轮到我")
    hospital.call_next(session_id=held.session_id, key="desk:1")
    after = hospital.queue(held.id)
    said = bound.tap("刷新")
    assert after.ahead == before.ahead - 1
    assert f"现在看到{after.calling}号，前面还有{after.ahead}位" in said


def test_the_demo_ticker_brings_the_patient_nearer_as_time_goes_by(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    before = hospital.queue(held.id).ahead
    for minute in range(41, 60, 2):
        with clock.frozen(clock.utc(datetime(2026, 11, 23, 9, minute))):
            tick(hospital, clock.now())
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 9, 59))):
        said = bound("我的号排到哪了")
        place = hospital.queue(held.id)
    assert place.ahead < before
    assert place.state == "called" or f"前面还有{place.ahead}位" in said or "下一个就是您" in said


def test_called_then_seen(bound: Talk, hospital: EmbeddedHis) -> None:
    held = book_today(bound, "10:00")
    _call_until(hospital, held.session_id, lambda: hospital.queue(held.id).state == "called")
    said = bound("到我了吗")
    assert "轮到您了" in said
    assert held.room in said
    hospital.call_next(session_id=held.session_id, key="after")
    assert f"{held.number}号已经看完了" in bound.tap("刷新")
    assert newest(bound).state == "done"


def test_a_cancelled_number_is_in_no_queue(bound: Talk) -> None:
    book_today(bound, "15:00")
    bound("取消预约")
    assert "已经取消" in bound.tap("确认取消")
    assert "今天没有要排队的号" in bound("排到几号了")
    assert [row.state for row in rows(bound.ports, Booking)] == ["cancelled"]


def test_two_numbers_of_one_day_are_both_shown(bound: Talk) -> None:
    first = book_today(bound, "10:00")
    second = book_today(bound, "15:00", department="眼科")
    said = bound("看下排队情况")
    assert said.index(f"您是{first.number}号") < said.index("还没开诊")
    assert f"您是{second.number}号" in said
    assert len(re.findall(r"诊室", said)) >= 2


def _call_until(hospital: EmbeddedHis, session_id: str, reached: Callable[[], bool]) -> None:
    for n in range(40):
        if reached():
            return
        hospital.call_next(session_id=session_id, key=f"call:{n}")
    raise AssertionError("never called")
