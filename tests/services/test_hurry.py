"""Human timing: only in the rush, only faster than reading, and a word instead of a lock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot import clock
from bot.db.messages import Inbox
from bot.errors import Refused
from bot.ports import Ports
from bot.services import hurry
from tests.factories import RULES, a_person
from tests.services.post import received

SEVEN = clock.utc(datetime(2026, 11, 23, 7, 0))
RUSH = timedelta(minutes=RULES["release_rush_minutes"])
LEAST = RULES["answer_least_seconds"]


def hurried(ports: Ports, seconds: float) -> bool:
    try:
        hurry.check(ports, seconds=seconds)
    except Refused as refusal:
        return refusal.code == "too_hurried"
    return False


@pytest.mark.parametrize(
    ("moment", "rush"),
    [(SEVEN - timedelta(seconds=1), False), (SEVEN, True), (SEVEN + RUSH, False), (SEVEN + timedelta(hours=5), False)],
)
def test_only_in_the_minutes_after_the_release(ports: Ports, moment: datetime, rush: bool) -> None:
    with clock.frozen(moment):
        assert hurried(ports, LEAST / 2) is rush
        assert not hurried(ports, LEAST)


def answered(ports: Ports, person: int, *, before: timedelta) -> int:
    """A message that came so long after the answer to the one before it."""
    first, second = received(ports, "挂号", person=person), received(ports, "1", person=person)
    with ports.transaction() as session:
        asked, came = session.get(Inbox, first), session.get(Inbox, second)
        asked.answered_at = came.received_at - before
    return second


def test_a_message_that_answers_at_once_is_too_hurried_and_one_that_was_thought_about_is_not(ports: Ports) -> None:
    person = a_person(ports)
    with clock.frozen(SEVEN):
        with pytest.raises(Refused):
            hurry.check_message(
                ports, person_id=person, inbox_id=answered(ports, person, before=timedelta(seconds=0.3))
            )
        hurry.check_message(ports, person_id=person, inbox_id=answered(ports, person, before=timedelta(seconds=3)))


def test_a_first_message_answers_nothing(ports: Ports) -> None:
    person = a_person(ports)
    with clock.frozen(SEVEN):
        hurry.check_message(ports, person_id=person, inbox_id=received(ports, "挂号", person=person))
