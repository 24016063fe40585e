"""Alarms stand while their cause does, count everything and name nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import clock
from bot.db.changes import ChangeCursor
from bot.errors import HisUnavailable
from bot.ports import Ports
from bot.push import outbox
from bot.services import alarms, bind_tries, booking, consult, news, quotas
from tests.factories import NOW, RULES, FakeHis, a_person
from tests.services.lines import Waiting

MINUTE = timedelta(minutes=1)


def standing(ports: Ports) -> dict[str, int]:
    return {alarm.kind: alarm.count for alarm in alarms.standing(ports)}


def test_on_a_quiet_day_there_is_none(ports: Ports) -> None:
    Waiting(ports).book()
    news.hear(ports)
    assert standing(ports) == {}


def test_an_outcome_that_stays_unknown_is_an_alarm_until_it_is_known(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    his.lose_answers = 1
    with pytest.raises(HisUnavailable):
        patient.book()
    with clock.frozen(NOW + (RULES["alarm_unknown_minutes"] - 1) * MINUTE):
        assert standing(ports) == {}
    with clock.frozen(NOW + RULES["alarm_unknown_minutes"] * MINUTE):
        [alarm] = alarms.standing(ports)
        assert (alarm.kind, alarm.count, alarm.cases[0].what, alarm.cases[0].since) == (
            "unknown_outcomes",
            1,
            "unknown",
            NOW,
        )
        assert booking.settle_open(ports) == 1
        assert standing(ports) == {}


def test_a_cancelling_counts_from_when_it_was_asked_for_not_from_the_booking(ports: Ports, his: FakeHis) -> None:
    patient = Waiting(ports)
    made = patient.book()
    later = NOW + timedelta(hours=5)
    with clock.frozen(later):
        his.lose_answers = 1
        with pytest.raises(HisUnavailable):
            patient.cancel(made)
        assert standing(ports) == {}
    with clock.frozen(later + 11 * MINUTE):
        [alarm] = alarms.standing(ports)
    assert (alarm.cases[0].ref, alarm.cases[0].what, alarm.cases[0].since) == (made.ref, "cancelling", later)


def test_a_notice_that_should_have_gone_out_long_ago(ports: Ports) -> None:
    person_id = a_person(ports)
    with ports.transaction() as session:
        for key, due, ends in (("stuck", NOW, None), ("later", NOW + timedelta(hours=2), None), ("over", NOW, NOW)):
            facts = {"person_id": person_id, "kind": "stopped", "payload": {"text": "私密"}, "due_at": due}
            outbox.enqueue(session, crypto=ports.crypto, dedupe_key=key, expires_at=ends, **facts)
    with clock.frozen(NOW + RULES["alarm_notice_minutes"] * MINUTE):
        [alarm] = alarms.standing(ports)
    assert (alarm.kind, alarm.count, alarm.cases[0].what) == ("stuck_notices", 1, "stopped")
    assert "私密" not in repr(alarm)


def test_a_hospital_whose_news_stand_still(ports: Ports, his: FakeHis) -> None:
    news.hear(ports)
    with clock.frozen(NOW + RULES["alarm_news_minutes"] * MINUTE):
        assert [(a.kind, a.cases[0].ref) for a in alarms.standing(ports)] == [("silent_hospitals", "yh")]
        news.hear(ports)
        assert standing(ports) == {}


def test_failed_bindings_of_the_day_beyond_the_line(ports: Ports) -> None:
    most = RULES["bind_failures_alarm"]
    facts = {"kind": bind_tries.FAILED_QUOTA, "subject": bind_tries.EVERYBODY, "at": NOW, "limit": quotas.NO_LIMIT}
    for n in range(most):
        assert "bind_failures" not in standing(ports), n
        with ports.transaction() as session:
            quotas.take(session, **facts)
    assert standing(ports) == {"bind_failures": most}
    with clock.frozen(NOW + timedelta(days=1)):
        assert standing(ports) == {}


def test_of_very_many_cases_the_oldest_are_shown_and_all_are_counted(ports: Ports) -> None:
    with ports.transaction() as session:
        for n in range(alarms.SHOWN + 5):
            session.add(ChangeCursor(hospital_id=f"h{n}", seen_until=NOW - timedelta(hours=2) + n * MINUTE / 2))
    [alarm] = alarms.standing(ports)
    assert (alarm.count, len(alarm.cases), alarm.cases[0].ref) == (alarms.SHOWN + 5, alarms.SHOWN, "h0")


def test_a_question_with_a_red_flag_alarms_a_person_within_five_minutes_until_it_is_answered(ports: Ports) -> None:
    person = a_person(ports)
    facts = {"department_id": "yh.d01", "doctor_id": None}
    consult.ask(ports, person_id=person, text="胸口压着疼一身冷汗怎么办", red_flag=True, key="a", **facts)
    calm = consult.ask(ports, person_id=person, text="这个药饭前吃还是饭后吃", red_flag=False, key="b", **facts)
    assert RULES["alarm_flagged_minutes"] <= 5
    with clock.frozen(NOW + (RULES["alarm_flagged_minutes"] - 1) * MINUTE):
        assert standing(ports) == {}
    with clock.frozen(NOW + RULES["alarm_flagged_minutes"] * MINUTE):
        [alarm] = alarms.standing(ports)
        assert (alarm.kind, alarm.count, alarm.cases[0].since) == ("flagged_questions", 1, NOW)
        assert alarm.cases[0].ref != calm.ref
        consult.withdraw(ports, person_id=person, ref=alarm.cases[0].ref)
        assert standing(ports) == {}
