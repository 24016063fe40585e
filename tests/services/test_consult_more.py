"""After a question: replies, further questions, what is told beside it, ratings, and what the asker sees of it all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot import clock
from bot.errors import BadInput, NotFound, Refused
from bot.ports import Ports
from bot.services import (
    alarms,
    consult,
    consult_beside,
    consult_facts,
    consult_more,
    consult_rating,
    consult_story,
    desk,
    flagged,
    privacy,
    views,
)
from tests.factories import NOW, RULES, a_person, a_staff
from tests.services.asked import URGENT, answer, ask, ends, row

FURTHER = "那平时可以爬山吗，要戴护膝吗？"


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


@pytest.fixture
def doctor(ports: Ports):
    return a_staff(ports)


@pytest.fixture
def answered(ports: Ports, person: int, doctor) -> str:
    ref = ask(ports, person).ref
    answer(ports, doctor, ref)
    return ref


def story(ports: Ports, person: int, ref: str) -> consult_story.Story:
    return consult_story.story(ports, person_id=person, ref=ref)


def further(ports: Ports, person: int, ref: str, text: str = FURTHER, key: str = "f1") -> bool:
    return consult_more.follow_up(ports, person_id=person, ref=ref, text=text, key=key)


# -- a further question ---------------------------------------------------------------------------------------
def test_one_asks_further_twice_and_the_same_key_once(ports: Ports, person: int, doctor, answered: str) -> None:
    for number in range(RULES["follow_ups"]):
        for _ in range(2):
            assert further(ports, person, answered, key=f"f{number}") is False
        assert story(ports, person, answered).state == "追问已送到，等待医生回答"
        ends(ports, doctor, answered, "answered", "answer", f"第{number}次回答")
    with pytest.raises(Refused) as refusal:
        further(ports, person, answered, key="more")
    assert refusal.value.code == "no_follow_up"
    kinds = [turn.kind for turn in story(ports, person, answered).turns]
    assert kinds == ["follow_up", "answer", "follow_up", "answer"]


def test_it_is_on_the_desk_again_with_its_own_time(ports: Ports, person: int, doctor, answered: str) -> None:
    assert desk.inbox(ports, staff=doctor) == []
    with clock.frozen(NOW + timedelta(days=1)):
        further(ports, person, answered)
        [waiting] = desk.inbox(ports, staff=doctor)
        assert (waiting.ref, waiting.due_at > NOW + timedelta(days=1)) == (answered, True)


def test_after_its_days_one_asks_anew(ports: Ports, person: int, answered: str) -> None:
    with clock.frozen(NOW + timedelta(days=RULES["follow_up_until_days"], seconds=1)):
        assert "follow_up" not in story(ports, person, answered).can
        with pytest.raises(Refused):
            further(ports, person, answered)


def test_before_the_answer_there_is_nothing_to_ask_further(ports: Ports, person: int) -> None:
    with pytest.raises(Refused):
        further(ports, person, ask(ports, person).ref)


def test_consent_taken_back_stops_it(ports: Ports, person: int, answered: str) -> None:
    privacy.refuse(ports, person_id=person, purpose="consult")
    with pytest.raises(Refused) as refusal:
        further(ports, person, answered)
    assert refusal.value.code == "consent_consult"
    assert row(ports, answered).state == "answered"


def test_a_red_flag_in_it_goes_on_top_and_an_alarm_follows_within_five_minutes(
    ports: Ports, person: int, answered: str
) -> None:
    later = NOW + timedelta(days=2)
    with clock.frozen(later):
        assert further(ports, person, answered, URGENT) is True
        assert row(ports, answered).red_flag
        assert flagged.stands(ports, person_id=person)
        assert _flagged(ports) == []
    with clock.frozen(later + timedelta(minutes=RULES["alarm_flagged_minutes"])):
        assert _flagged(ports) == [answered]


def test_a_flag_that_was_answered_is_no_alarm_for_what_is_asked_later(ports: Ports, person: int, doctor) -> None:
    ref = ask(ports, person, red_flag=True).ref
    answer(ports, doctor, ref)
    further(ports, person, ref)
    assert not row(ports, ref).red_flag


def _flagged(ports: Ports) -> list[str]:
    found = [alarm for alarm in alarms.standing(ports) if alarm.kind == "flagged_questions"]
    return [case.ref for alarm in found for case in alarm.cases]


# -- a doctor asks back ---------------------------------------------------------------------------------------
def test_a_reply_of_one_word_goes_back_to_the_desk(ports: Ports, person: int, doctor) -> None:
    ref = ask(ports, person).ref
    ends(ports, doctor, ref, "asked_back", "ask_back", "多大年纪？")
    assert story(ports, person, ref).can == {"reply", "withdraw", "talk"}
    for _ in range(2):
        consult_more.reply(ports, person_id=person, ref=ref, text="68", key="r")
    assert [turn.text for turn in story(ports, person, ref).turns] == ["多大年纪？", "68"]
    assert row(ports, ref).state == "waiting"
    with pytest.raises(Refused) as refusal:
        consult_more.reply(ports, person_id=person, ref=ref, text="69", key="r2")
    assert refusal.value.code == "not_asked_back"


def test_a_red_flag_in_a_reply_goes_on_top_and_one_that_waits_stays_there(ports: Ports, person: int, doctor) -> None:
    for flag, words in ((False, URGENT), (True, "是的")):
        ref = ask(ports, person, red_flag=flag).ref
        ends(ports, doctor, ref, "asked_back", "ask_back", "还有别的不舒服吗？")
        consult_more.reply(ports, person_id=person, ref=ref, text=words, key=ref)
        assert row(ports, ref).red_flag


def test_asked_back_and_refused_are_told_with_the_way_on(ports: Ports, person: int, doctor) -> None:
    ref = ask(ports, person).ref
    ends(ports, doctor, ref, "asked_back", "ask_back", "多大年纪？")
    told = views.VIEWS["asked_back"](ports, person, ref)
    assert "多大年纪？" in told["text"]
    assert [c["label"] for c in told["choices"]] == ["回复医生"]
    ends(ports, doctor, ref, "refused", "refusal", "需要当面检查。")
    told = views.VIEWS["question_refused"](ports, person, ref)
    assert "需要当面检查。" in told["text"]
    assert "我要挂号" in [c["label"] for c in told["choices"]]
    assert story(ports, person, ref).can == frozenset()
    with pytest.raises(NotFound):
        views.VIEWS["asked_back"](ports, person, ref)


# -- told beside it -------------------------------------------------------------------------------------------
def test_one_thing_after_the_other_each_can_be_passed_over(ports: Ports, person: int, doctor) -> None:
    ref = ask(ports, person).ref
    assert story(ports, person, ref).ask_next == "since"
    tell(ports, person, ref, "since", "三天")
    assert story(ports, person, ref).ask_next == "medicines"
    tell(ports, person, ref, "medicines", "")
    found = story(ports, person, ref)
    assert (found.ask_next, [(t.kind, t.text) for t in found.told]) == (None, [("since", "三天")])
    tell(ports, person, ref, "medicines", "氨氯地平")
    seen = consult_beside.beside(ports, staff=doctor, ref=ref)
    assert [(t.name, t.text) for t in seen.told] == [("多久了", "三天"), ("用过的药", "氨氯地平")]


def test_a_red_flag_told_beside_puts_the_question_on_top(ports: Ports, person: int) -> None:
    ref = ask(ports, person).ref
    assert tell(ports, person, ref, "since", URGENT) is True
    assert row(ports, ref).red_flag
    assert flagged.stands(ports, person_id=person)


@pytest.mark.parametrize(("kind", "text"), [("seen", "yes"), ("x", "y"), ("since", "久" * 301)])
def test_what_is_not_asked_for_is_not_kept(ports: Ports, person: int, kind: str, text: str) -> None:
    with pytest.raises(BadInput):
        tell(ports, person, ask(ports, person).ref, kind, text)


def test_nothing_is_told_to_what_was_answered(ports: Ports, person: int, answered: str) -> None:
    with pytest.raises(Refused):
        tell(ports, person, answered, "since", "三天")


def tell(ports: Ports, person: int, ref: str, kind: str, text: str) -> bool:
    return consult_facts.tell(ports, person_id=person, ref=ref, kind=kind, text=text)


# -- ratings --------------------------------------------------------------------------------------------------
def rate(ports: Ports, person: int, ref: str, stars: int, text: str = "") -> bool:
    return consult_rating.rate(ports, person_id=person, ref=ref, stars=stars, text=text)


def test_a_rating_is_one_and_can_be_changed_for_a_day(ports: Ports, person: int, answered: str) -> None:
    rate(ports, person, answered, 2, "太短")
    rate(ports, person, answered, 4)
    given = story(ports, person, answered).rating
    assert given is not None
    assert (given.stars, given.name, given.words, given.at) == (4, "有帮助", "太短", NOW)
    with clock.frozen(NOW + timedelta(hours=RULES["rating_change_hours"], seconds=1)):
        assert "rate" not in story(ports, person, answered).can
        with pytest.raises(Refused):
            rate(ports, person, answered, 1)
        assert story(ports, person, answered).rating.stars == 4


def test_nobody_rates_what_was_not_answered_or_long_ago(ports: Ports, person: int, answered: str) -> None:
    with pytest.raises(Refused):
        rate(ports, person, ask(ports, person).ref, 5)
    with clock.frozen(NOW + timedelta(days=RULES["rating_until_days"], seconds=1)), pytest.raises(Refused):
        rate(ports, person, answered, 5)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_a_rating_is_one_to_five(ports: Ports, person: int, answered: str, stars: int) -> None:
    with pytest.raises(BadInput):
        rate(ports, person, answered, stars)


def test_words_with_a_rating_are_read_for_red_flags(ports: Ports, person: int, answered: str) -> None:
    assert rate(ports, person, answered, 1, URGENT) is True
    assert flagged.stands(ports, person_id=person)


def test_satisfaction_is_counted_by_department_without_words(ports: Ports, person: int, doctor, answered: str) -> None:
    other = ask(ports, person).ref
    answer(ports, doctor, other)
    rate(ports, person, answered, 5)
    rate(ports, person, other, 2, "一句话就打发了")
    [line] = consult_rating.satisfaction(ports, first=datetime(2026, 11, 1), last=datetime(2026, 12, 1))
    assert (line.department_name, line.count, line.mean, line.each) == ("骨科", 2, 3.5, (0, 1, 0, 0, 1))
    assert consult_rating.satisfaction(ports, first=datetime(2026, 12, 1), last=datetime(2027, 1, 1)) == []


# -- whose ----------------------------------------------------------------------------------------------------
def test_anothers_question_is_as_unknown_as_none(ports: Ports, person: int, answered: str) -> None:
    thief = a_person(ports)
    deeds = (
        lambda who, ref: story(ports, who, ref),
        lambda who, ref: further(ports, who, ref),
        lambda who, ref: consult_more.reply(ports, person_id=who, ref=ref, text="好", key="x"),
        lambda who, ref: tell(ports, who, ref, "since", "三天"),
        lambda who, ref: rate(ports, who, ref, 5),
    )
    for deed in deeds:
        for ref in (answered, "q_0000000000", "x" * 300):
            with pytest.raises(NotFound):
                deed(thief, ref)


def test_an_answered_question_is_not_taken_back_after_a_further_one(ports: Ports, person: int, answered: str) -> None:
    further(ports, person, answered)
    assert "withdraw" not in story(ports, person, answered).can
    with pytest.raises(Refused):
        consult.withdraw(ports, person_id=person, ref=answered)
    assert row(ports, answered).state == "waiting"
