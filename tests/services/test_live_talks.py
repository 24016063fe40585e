"""Live talks by appointment: places are stock, called off they are free again, and the reminder knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import clock
from bot.errors import BadInput, NotFound, Refused
from bot.ports import Ports
from bot.services import live_talks, views
from tests.factories import NOW, a_person, a_staff, together
from tests.services.asked import ask, ends

FIRST = datetime(2026, 11, 23, 8, 0)  # naive UTC: Monday 16:00 in Shanghai


class Rooms:
    """VideoPort that names its rooms."""

    def link(self, *, key: str, who: str, start: datetime, end: datetime) -> str:
        return f"https://video.example/{key}/{who}"


def asked(ports: Ports) -> tuple[int, str]:
    person = a_person(ports)
    return person, ask(ports, person).ref


def book(ports: Ports, who: tuple[int, str], **changes: Any) -> live_talks.Talk:
    facts: dict[str, Any] = {"start": FIRST, "way": "text", "key": f"k{who[0]}"}
    return live_talks.book(ports, person_id=who[0], ref=who[1], **facts | changes)


def starts(ports: Ports, who: tuple[int, str]) -> list[datetime]:
    return [time.start for time in live_talks.times(ports, person_id=who[0], ref=who[1])]


def test_times_are_those_of_the_rules_and_taken_ones_are_gone(ports: Ports) -> None:
    one, two = asked(ports), asked(ports)
    assert starts(ports, one)[0] == FIRST
    assert len([s for s in starts(ports, one) if s.date() == FIRST.date()]) == 6
    for _ in range(2):
        assert book(ports, one).start == FIRST
    assert starts(ports, two)[0] == FIRST + timedelta(minutes=15)
    with pytest.raises(Refused) as refusal:
        book(ports, two)
    assert refusal.value.code == "talk_gone"
    with pytest.raises(Refused) as refusal:
        book(ports, one, key="other", start=FIRST + timedelta(minutes=15))
    assert refusal.value.code == "talk_already"


def test_of_ten_at_once_one_has_the_place(ports: Ports) -> None:
    people = [asked(ports) for _ in range(10)]

    def go(number: int) -> bool:
        try:
            return book(ports, people[number]).start == FIRST
        except Refused:
            return False

    assert sum(together(10, go)) == 1


@pytest.mark.parametrize(
    "start", [FIRST - timedelta(hours=1), FIRST + timedelta(minutes=7), FIRST + timedelta(days=60)]
)
def test_no_other_time_can_be_taken(ports: Ports, start: datetime) -> None:
    with pytest.raises(Refused):
        book(ports, asked(ports), start=start)


def test_called_off_it_is_free_again_and_its_reminder_says_nothing(ports: Ports) -> None:
    one, two = asked(ports), asked(ports)
    ref = book(ports, one).ref
    assert "16:00" in views.VIEWS["live_talk_soon"](ports, one[0], ref)["text"]
    for _ in range(2):
        live_talks.cancel(ports, person_id=one[0], ref=one[1])
    assert book(ports, two).start == FIRST
    with pytest.raises(NotFound):
        views.VIEWS["live_talk_soon"](ports, one[0], ref)


def test_once_begun_it_is_not_called_off(ports: Ports) -> None:
    one = asked(ports)
    book(ports, one)
    with clock.frozen(FIRST), pytest.raises(Refused):
        live_talks.cancel(ports, person_id=one[0], ref=one[1])


def test_it_stands_on_the_list_of_its_department(ports: Ports) -> None:
    one = asked(ports)
    ref = book(ports, one).ref
    [listed] = live_talks.of_staff(ports, staff=a_staff(ports))
    assert (listed.ref, listed.question_ref, listed.way) == (ref, one[1], "text")
    assert live_talks.of_staff(ports, staff=a_staff(ports, department_id="yh.d02")) == []
    with clock.frozen(FIRST + timedelta(minutes=15)):
        assert live_talks.of_staff(ports, staff=a_staff(ports)) == []
    with pytest.raises(Refused):
        live_talks.of_staff(ports, staff=a_staff(ports, role="editor"))


def test_a_video_room_opens_shortly_before_and_closes_at_the_end(ports: Ports) -> None:
    one = asked(ports)
    with pytest.raises(BadInput):
        book(ports, one, way="video")
    ports = replace(ports, video=Rooms())
    ref = book(ports, one, way="video").ref
    for moment, code in ((NOW, "talk_early"), (FIRST + timedelta(minutes=15), "talk_over")):
        with clock.frozen(moment), pytest.raises(Refused) as refusal:
            live_talks.door(ports, person_id=one[0], ref=ref)
        assert refusal.value.code == code
    with clock.frozen(FIRST - timedelta(minutes=4)):
        assert live_talks.door(ports, person_id=one[0], ref=ref) == f"https://video.example/{ref}/patient"
        assert live_talks.staff_door(ports, staff=a_staff(ports), ref=ref).endswith("/doctor")
        with pytest.raises(NotFound):
            live_talks.door(ports, person_id=a_person(ports), ref=ref)
        with pytest.raises(NotFound):
            live_talks.staff_door(ports, staff=a_staff(ports, department_id="yh.d02"), ref=ref)


def test_about_a_refused_question_nobody_talks(ports: Ports) -> None:
    one = asked(ports)
    ends(ports, a_staff(ports), one[1], "refused", "refusal", "要面诊")
    with pytest.raises(Refused):
        book(ports, one)


def test_anothers_question_and_none_are_one(ports: Ports) -> None:
    one, thief = asked(ports), a_person(ports)
    book(ports, one)
    for ref in (one[1], "q_0000000000"):
        with pytest.raises(NotFound):
            book(ports, (thief, ref))
        with pytest.raises(NotFound):
            live_talks.cancel(ports, person_id=thief, ref=ref)
