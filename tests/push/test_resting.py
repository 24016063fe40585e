"""A way that WeChat closed for a while: nothing is tried on it, nothing counts, and what waits goes out afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.push import NoticeTry
from bot.ports import Ports
from bot.push.port import PushLater, PushRefused
from bot.services import alarms, delivery, resting
from connectors.wechat.clock import MachineClock
from connectors.wechat.errors import PlatformLater
from connectors.wechat.pauses import Pauses
from connectors.wechat.policy import rule
from tests.factories import NOW, FakePush, a_person
from tests.push.test_ladder import attempt, enqueue, row

SEND = "message/custom/send"
EVENING = datetime(2026, 11, 23, 12)  # naive UTC: eight in the evening
MIDNIGHT = int((datetime(2026, 11, 23, 16) - EVENING).total_seconds())


@pytest.fixture
def push(ports: Ports) -> FakePush:
    assert isinstance(ports.push, FakePush)
    return ports.push


def states(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(NoticeTry.state).order_by(NoticeTry.id)))


def test_behaviour_14_an_answer_that_the_used_up_day_held_back_goes_out_next_morning(
    ports: Ports, push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = {"now": EVENING}
    monkeypatch.setattr(clock, "wire", lambda: machine["now"])
    enqueue(ports, a_person(ports), kind="late_answer", payload={"view": "answer", "ref": "q"}, due_at=EVENING)
    push.failures = [PushRefused("45009 day_quota", rests=MIDNIGHT)]
    with clock.frozen(EVENING):
        assert attempt(ports) == "held"
    hours = {3: "", 5: "", 11: "sent"}  # 23:00, 01:00: still a night's sleep; 07:00
    for later, state in hours.items():
        machine["now"] = EVENING + timedelta(hours=later)
        with clock.frozen(machine["now"]):
            assert attempt(ports) == state
    assert len(push.sent) == 1


def test_a_closed_window_still_waits_for_his_next_message(
    ports: Ports, push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(ports, a_person(ports), kind="late_answer")
    push.failures = [PushRefused("45015 window_closed")]
    assert attempt(ports) == "held"
    real = clock.wire
    monkeypatch.setattr(clock, "wire", lambda: real() + timedelta(days=1))
    assert attempt(ports) == ""


def test_while_a_way_rests_no_try_is_counted(ports: Ports, push: FakePush) -> None:
    ports.rules["notice_attempts"] = 3
    enqueue(ports, a_person(ports))
    at = NOW
    push.failures = [PushLater("40164 operator_needed", rests=300)]
    for _ in range(10):
        with clock.frozen(at):
            assert attempt(ports) == "waiting"
            assert attempt(ports) == ""
        assert row(ports).attempts == 1
        at += timedelta(seconds=300)
        push.failures = [PushLater("40164 operator_needed", rests=300, asked=False)]
    assert states(ports) == ["later", "paused"]
    push.failures = []
    with clock.frozen(at):
        assert attempt(ports) == "sent"
    assert row(ports).attempts == 2


def test_control_counted_as_tries_the_same_notice_is_given_up(ports: Ports, push: FakePush) -> None:
    ports.rules["notice_attempts"] = 3
    enqueue(ports, a_person(ports))
    at, ends = NOW, []
    for _ in range(10):
        push.failures = [PushLater("40164 operator_needed", rests=300)]
        with clock.frozen(at):
            ends.append(attempt(ports))
        at += timedelta(seconds=3600)
    assert "undelivered" in ends


def test_a_notice_that_may_not_be_missed_goes_down_although_its_way_only_rests(ports: Ports, push: FakePush) -> None:
    enqueue(ports, a_person(ports), kind="stopped", payload={"view": "stopped", "ref": "s"})
    at, ended = NOW, "waiting"
    while ended == "waiting" and at < NOW + timedelta(hours=2):
        push.failures = [PushLater("40164 operator_needed", rests=300, asked=False)] * 9
        with clock.frozen(at):
            ended = attempt(ports)
        at += timedelta(seconds=300)
    with ports.transaction() as session:
        rungs = set(session.scalars(sa.select(NoticeTry.rung)))
    assert len(rungs) > 1, "it does not wait on the first way for ever"


# -- what operators see -------------------------------------------------------------------------------------------
def test_what_rests_is_an_alarm_until_it_is_over(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses(MachineClock())
    pauses.listen(_kept_by(ports))
    pauses.note(SEND, 45009)
    pauses.note("message/template/send", 45011)  # over in a minute: nobody has to look
    [alarm] = [alarm for alarm in alarms.standing(ports) if alarm.kind == "wechat_rests"]
    assert [(case.ref, case.what) for case in alarm.cases] == [(SEND, "day_quota")]
    assert [one.call for one in resting.standing(ports)] == [SEND]
    real = clock.wire
    monkeypatch.setattr(clock, "wire", lambda: real() + timedelta(days=1))
    assert resting.standing(ports) == []
    assert [alarm for alarm in alarms.standing(ports) if alarm.kind == "wechat_rests"] == []


def test_the_same_call_met_twice_is_one_case(ports: Ports) -> None:
    for process in range(2):
        pauses = Pauses(MachineClock())
        pauses.listen(_kept_by(ports))
        pauses.note(SEND, (40164, 45009)[process])
    assert [(one.call, one.reason) for one in resting.standing(ports)] == [
        ("*", "operator_needed"),
        (SEND, "day_quota"),
    ]
    pauses.note(SEND, 45009)
    assert len(resting.standing(ports)) == 2


def test_a_listener_that_fails_leaves_the_call_its_own_failure() -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    pauses = Pauses(MachineClock())
    pauses.listen(broken)
    assert pauses.note(SEND, 45009) > 0
    with pytest.raises(PlatformLater) as resting_call:
        pauses.check(SEND)
    assert (resting_call.value.asked, resting_call.value.rests > 0) == (False, True)


def test_what_was_held_is_on_the_staffs_list(ports: Ports, push: FakePush) -> None:
    enqueue(ports, a_person(ports), kind="late_answer")
    push.failures = [PushRefused("45009 day_quota", rests=60, asked=False)]
    assert attempt(ports) == "held"
    assert [(line.reason, line.attempts) for line in delivery.undelivered(ports)] == [("45009 day_quota", 0)]


def _kept_by(ports: Ports) -> Any:
    def keep(call: str, code: int, until: int) -> None:
        resting.keep(ports.transaction, call=call, code=code, reason=rule(code).reason, until=until)

    return keep
