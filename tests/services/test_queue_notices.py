"""Pushes while one waits: which, when, once, to nobody at night; and their words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.messages import Person
from bot.db.push import Notice
from bot.db.queue import QueueWatch
from bot.errors import BadInput, HisUnavailable, Refused
from bot.his.port import QueueState
from bot.ports import Ports
from bot.services import booking, cards, queue, queue_notices, travel, views
from bot.services.arrival import Scan
from tests.factories import FakeHis, a_card, a_person, someone, together

SLOT = "yh.s01-20261123-1430"  # half past two, an afternoon without other patients


class Queue:
    """One patient of 14:30 and the hospital's word on him, which the test sets."""

    def __init__(self, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ports, self.person_id = ports, a_person(ports)
        self.card = a_card(ports, self.person_id, someone("李雷"))
        self.held = booking.book(ports, person_id=self.person_id, card_ref=self.card.ref, slot_id=SLOT, key="b")
        self.state = ports.his.queue("yh.a0001")
        self.says(state="booked", calling=1, ahead=20, minutes_low=100, minutes_high=160)
        monkeypatch.setattr(ports.his, "queue", lambda _id: self.state)
        monkeypatch.setattr(ports.his, "calls", self._silent)

    @staticmethod
    def _silent(**_: object) -> None:
        raise HisUnavailable  # so that the hospital's own minutes are what counts here

    def says(self, **facts: Any) -> None:
        self.state = replace(self.state, **facts)

    def told(self) -> list[str]:
        """Look once; the kinds of all notices so far, oldest first."""
        queue_notices.watch(self.ports)
        return [notice.kind for notice in self.notices()]

    def notices(self) -> list[Any]:
        with self.ports.transaction() as session:
            return list(session.scalars(sa.select(Notice).order_by(Notice.id)))

    def drawn(self, kind: str) -> str:
        reply = {"view": f"queue_{kind}", "ref": self.held.ref}
        return str(views.drawn(self.ports, person_id=self.person_id, reply=reply)["text"])


@contextmanager
def at(hour: int, minute: int = 0, day: int = 23) -> Iterator[None]:
    with clock.frozen(clock.utc(datetime(2026, 11, day, hour, minute))):
        yield


@pytest.fixture
def waiting(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> Queue:
    return Queue(ports, monkeypatch)


# -- which and when -------------------------------------------------------------------------------------------
def test_an_afternoon_goes_by_with_one_notice_of_each_kind(waiting: Queue) -> None:
    travel.tell(waiting.ports, person_id=waiting.person_id, minutes=30)
    with at(13, 0):
        assert waiting.told() == []
    with at(13, 40):
        waiting.says(ahead=9, minutes_low=38, minutes_high=70)
        assert waiting.told() == ["queue_leave"]
    with at(13, 55):
        waiting.says(state="waiting", arrived=True, ahead=6, minutes_low=20, minutes_high=38)
        assert waiting.told() == ["queue_leave", "queue_soon"]
    with at(14, 10):
        waiting.says(ahead=3, minutes_low=12, minutes_high=25)
        assert waiting.told()[2:] == ["queue_near"]
    with at(14, 12):
        waiting.says(ahead=1, minutes_low=4, minutes_high=9)
        assert waiting.told()[3:] == []
    with at(14, 30):
        waiting.says(state="called", ahead=0)
        assert waiting.told()[3:] == []
    with at(14, 35):
        waiting.says(state="missed")
        assert waiting.told()[3:] == ["queue_missed"]
        assert waiting.told()[4:] == []


def test_who_never_told_his_way_is_not_told_when_to_leave(waiting: Queue) -> None:
    with at(13, 40):
        waiting.says(ahead=9, minutes_low=38, minutes_high=70)
        assert waiting.told() == []


def test_two_ahead_of_a_half_hour_that_is_far_away_is_not_near(waiting: Queue) -> None:
    with at(11, 0):
        waiting.says(ahead=2, minutes_low=195, minutes_high=230)
        assert waiting.told() == []


def test_before_the_first_call_nobody_is_near_but_it_may_be_soon(waiting: Queue) -> None:
    with at(14, 5):
        waiting.says(calling=None, ahead=0, minutes_low=10, minutes_high=30)
        assert waiting.told() == ["queue_soon"]


def test_missing_again_after_reporting_is_told_again(waiting: Queue, his: FakeHis) -> None:
    with at(14, 35):
        waiting.says(state="missed", ahead=0)
        assert waiting.told() == ["queue_missed"]
        facts = {"person_id": waiting.person_id, "ref": waiting.held.ref, "where": Scan("yh.d01")}
        waiting.ports.his.check_in = lambda **_: waiting.state  # type: ignore[method-assign]
        queue.check_in(waiting.ports, key="k", **facts)
    with at(14, 50):
        assert waiting.told() == ["queue_missed", "queue_missed"]


def test_nothing_at_night_and_nothing_waits_for_the_morning(waiting: Queue) -> None:
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    waiting.ports.rules["quiet_from_hour"] = 14  # type: ignore[index]
    with at(14, 1):
        assert waiting.told() == []
    waiting.ports.rules["quiet_from_hour"] = 15  # type: ignore[index]
    with at(14, 57):
        assert waiting.told() == ["queue_near"]
        [notice] = waiting.notices()
        assert notice.expires_at == clock.utc(datetime(2026, 11, 23, 15, 0))


def test_a_notice_that_came_too_late_is_worth_nothing(waiting: Queue) -> None:
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    with at(14, 10):
        waiting.told()
    assert [(n.expires_at - n.due_at) for n in waiting.notices()] == [timedelta(minutes=10)]


# -- to whom not ----------------------------------------------------------------------------------------------
def test_nobody_is_told_of_what_he_cancelled(waiting: Queue) -> None:
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    with at(13, 0):
        booking.cancel(waiting.ports, person_id=waiting.person_id, ref=waiting.held.ref, key="c")
        assert waiting.told() == []


@pytest.mark.parametrize("state", ["done", "cancelled", "stopped"])
def test_what_the_hospital_ended_is_looked_at_no_more(
    waiting: Queue, his: FakeHis, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    waiting.says(state=state)
    with at(14, 10):
        assert waiting.told() == []
    with waiting.ports.transaction() as session:
        assert session.scalars(sa.select(QueueWatch.ended)).all() == [True]
    monkeypatch.setattr(his, "queue", lambda _id: pytest.fail("asked again"))
    with at(14, 30):
        assert waiting.told() == []


def test_an_unbound_card_and_a_person_who_left_are_told_nothing(waiting: Queue) -> None:
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    with at(14, 10), waiting.ports.transaction() as session:
        session.execute(sa.update(Person).values(subscribed=False))
    with at(14, 10):
        assert waiting.told() == []
        with waiting.ports.transaction() as session:
            session.execute(sa.update(Person).values(subscribed=True))
        cards.unbind(waiting.ports, person_id=waiting.person_id, ref=waiting.card.ref)
        assert waiting.told() == []


def test_another_days_number_is_not_watched(waiting: Queue) -> None:
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    for day in (22, 24):
        with at(14, 10, day):
            assert waiting.told() == []


# -- once -----------------------------------------------------------------------------------------------------
def test_a_queue_far_away_is_looked_at_less_often(waiting: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def counted(_id: str) -> QueueState:
        looks.append(1)
        return waiting.state

    monkeypatch.setattr(waiting.ports.his, "queue", counted)
    start = clock.utc(datetime(2026, 11, 23, 12, 0))
    for second in range(0, 3600, 10):
        with clock.frozen(start + timedelta(seconds=second)):
            queue_notices.watch(waiting.ports)
    assert len(looks) == 6
    waiting.says(minutes_low=1, minutes_high=5)
    for second in range(0, 120, 10):
        with clock.frozen(clock.utc(datetime(2026, 11, 23, 13, 12)) + timedelta(seconds=second)):
            queue_notices.watch(waiting.ports)
    assert len(looks) == 6 + 6


def test_what_a_half_day_shares_is_asked_for_once_a_run(ports: Ports, his: FakeHis) -> None:
    for _ in range(3):
        person_id = a_person(ports)
        card = a_card(ports, person_id)
        booking.book(ports, person_id=person_id, card_ref=card.ref, slot_id=SLOT, key=f"b{person_id}")
    his.asked.clear()
    with at(14, 10):
        queue_notices.watch(ports)
    assert (his.asked.count("queue"), his.asked.count("calls"), his.asked.count("slot")) == (3, 1, 1)


def test_two_jobs_processes_tell_once(postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Queue(postgres_ports, monkeypatch)
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    with at(14, 10):
        written = together(8, lambda _n: queue_notices.watch(postgres_ports))
    assert sorted(written) == [0] * 7 + [1]
    assert [notice.kind for notice in waiting.notices()] == ["queue_near"]


def test_even_without_the_claim_the_key_keeps_it_one(postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Queue(postgres_ports, monkeypatch)
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    monkeypatch.setattr(queue_notices, "_set", lambda *_a, **_k: True)
    with at(14, 10):
        together(8, lambda _n: queue_notices.watch(postgres_ports))
    assert len(waiting.notices()) == 1


def test_control_without_claim_and_key_eight_tell_eight_times(
    postgres_ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Queue(postgres_ports, monkeypatch)
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    real, keys = queue_notices.outbox.enqueue, iter(range(1000))
    monkeypatch.setattr(queue_notices, "_set", lambda *_a, **_k: True)
    monkeypatch.setattr(
        queue_notices.outbox,
        "enqueue",
        lambda session, **facts: real(session, **facts | {"dedupe_key": f"{facts['dedupe_key']}{next(keys)}"}),
    )
    with at(14, 10):
        together(8, lambda _n: queue_notices.watch(postgres_ports))
    assert len(waiting.notices()) == 8


def test_a_silent_hospital_ends_the_run_and_is_asked_again(
    waiting: Queue, his: FakeHis, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting.says(ahead=2, minutes_low=10, minutes_high=20)
    answers, asked = his.queue, []

    def silent(_id: str) -> QueueState:
        asked.append(1)
        raise HisUnavailable

    monkeypatch.setattr(his, "queue", silent)
    for _ in range(5):
        other = a_person(waiting.ports)
        facts = {"card_ref": a_card(waiting.ports, other).ref, "slot_id": "yh.s02-20261123-1430", "key": f"o{other}"}
        if _ < 3:
            booking.book(waiting.ports, person_id=other, **facts)
    with at(14, 10):
        assert waiting.told() == []
    assert len(asked) == queue_notices.FAILURES_BEFORE_STOP
    monkeypatch.setattr(his, "queue", answers)
    with at(14, 11):
        assert "queue_near" in waiting.told()


# -- words ----------------------------------------------------------------------------------------------------
def test_the_words_are_of_the_moment_at_which_they_leave(waiting: Queue) -> None:
    waiting.says(ahead=3, minutes_low=10, minutes_high=20)
    assert "前面还有3位就到您了" in waiting.drawn("near")
    waiting.says(ahead=0, minutes_low=0, minutes_high=4)
    assert "下一个就是您" in waiting.drawn("near")
    waiting.says(state="called")
    assert "轮到您了" in waiting.drawn("near")
    waiting.says(state="missed")
    assert "重新排队" in waiting.drawn("missed")
    waiting.says(state="done")
    with pytest.raises(Refused):
        waiting.drawn("near")


def test_soon_and_leave_say_when_where_and_what_to_do(waiting: Queue) -> None:
    waiting.says(ahead=6, minutes_low=22, minutes_high=35)
    soon, leave = waiting.drawn("soon"), waiting.drawn("leave")
    assert "大约22到35分钟后轮到您" in soon
    assert "14:30-15:00" in soon
    assert "回复“报到”" in soon
    assert "现在出发正好" in leave
    assert "骨科 门诊楼3层 01诊室" in leave
    assert "李*" in leave
    assert "李雷" not in soon + leave
    waiting.says(arrived=True)
    assert "报到" not in waiting.drawn("soon")


def test_a_sensitive_department_is_not_named(waiting: Queue) -> None:
    waiting.ports.rules["sensitive_departments"] = ["骨科"]  # type: ignore[index]
    waiting.says(ahead=3, minutes_low=10, minutes_high=20)
    for kind in ("near", "soon", "leave"):
        said = waiting.drawn(kind)
        assert "今天的门诊" in said
        assert not any(word in said for word in ("骨科", "陈建国", "3层", "诊室01", "01诊室"))


# -- the way --------------------------------------------------------------------------------------------------
def test_the_way_is_asked_once_and_may_be_told_again(ports: Ports) -> None:
    person_id = a_person(ports)
    assert [travel.may_ask(ports, person_id=person_id) for _ in range(3)] == [True, False, False]
    for minutes, kept in (("45", 45), (0, 0), (300, 300)):
        assert travel.tell(ports, person_id=person_id, minutes=minutes) == kept
        with ports.transaction() as session:
            assert travel.minutes(ports, session, person_id=person_id) == kept
    for odd in ("", None, "301", "-1", "4.5", "一小时", "²", "9" * 30):
        with pytest.raises(BadInput):
            travel.tell(ports, person_id=person_id, minutes=odd)


def test_who_was_asked_and_kept_silent_has_the_rules_way(ports: Ports) -> None:
    person_id = a_person(ports)
    travel.may_ask(ports, person_id=person_id)
    ports.rules["travel_default_minutes"] = 40  # type: ignore[index]
    with ports.transaction() as session:
        assert travel.minutes(ports, session, person_id=person_id) == 40
