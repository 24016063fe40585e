"""Talks that went wrong are found, and read without the people in them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.db.consult import Question, QuestionRating
from bot.db.handoff import Handoff, HandoffLine
from bot.db.privacy import Audit
from bot.db.unclear import UnclearText
from bot.errors import BadInput, NotFound, Refused
from bot.ports import Ports
from bot.services import cards, consult, review, review_reading, staff
from bot.services.staff import Staff
from tests.factories import Someone, a_card, a_person, id_number
from tests.web.talked import said

MINUTE = 1 / 1440
NAME = "逄晴川"


@pytest.fixture
def ill(ports: Ports) -> int:
    """Somebody with a card of his own."""
    person_id = a_person(ports, "o-reviewed")
    a_card(ports, person_id, Someone(NAME, id_number(serial=21), "13911112222"))
    return person_id


def member(ports: Ports, role: str = "auditor") -> Staff:
    return staff.ensure(ports, members=[staff.Member(f"r-{role}", "某某", role, "long-password", "yh.d01")])[0]


def listed(ports: Ports, **asked: str) -> list[tuple[str, ...]]:
    return [talk.troubles for talk in review.talks(ports, staff=member(ports), **asked)]


def text_of(ports: Ports, talk: int) -> str:
    lines = review_reading.read(ports, staff=member(ports), talk=talk, reason="quality")
    return "\n".join(f"{line.side}:{line.text}" for line in lines)


def test_a_talk_in_which_nothing_was_understood_twice_is_listed_once(ports: Ports, ill: int) -> None:
    said(ports, ill, outcome="missed", ago=3 * MINUTE)
    assert listed(ports) == []
    said(ports, ill, ago=2 * MINUTE)
    said(ports, ill, outcome="missed", ago=MINUTE)
    assert listed(ports) == [("missed",)]


def test_two_misses_with_an_hour_between_are_two_talks_and_none_went_wrong(ports: Ports, ill: int) -> None:
    said(ports, ill, outcome="missed", ago=70 * MINUTE)
    said(ports, ill, outcome="missed")
    assert listed(ports) == []


def test_misses_of_two_people_are_not_one_talk(ports: Ports, ill: int) -> None:
    said(ports, ill, outcome="missed")
    said(ports, a_person(ports, "o-another"), outcome="missed")
    assert listed(ports) == []


def test_handed_over_corrected_and_cleared_are_listed_and_picked(ports: Ports, ill: int) -> None:
    for n, outcome in enumerate(("person", "corrected", "cleared", "red_flag", "answered")):
        said(ports, ill, outcome=outcome, ago=1 + n)
    assert listed(ports) == [("person",), ("corrected",), ("cleared",)]
    assert listed(ports, trouble="corrected") == [("corrected",)]


def test_what_is_too_old_is_neither_listed_nor_read(ports: Ports, ill: int) -> None:
    old = said(ports, ill, outcome="person", ago=40)
    assert listed(ports) == []
    with pytest.raises(NotFound):
        text_of(ports, old)


def test_the_talk_around_it_is_read_without_the_people_in_it(ports: Ports, ill: int) -> None:
    said(ports, ill, text="隔了很久的话", ago=90 * MINUTE)
    said(ports, ill, text=f"我叫{NAME}，电话13911112222，身份证{id_number(serial=21)}", ago=5 * MINUTE)
    talk = said(
        ports,
        ill,
        text="那个怎么弄",
        answer=f"{NAME}您好，看这里：https://x.cn/h5/bookings/b_0123456789",
        outcome="person",
    )
    text = text_of(ports, talk)
    assert "那个怎么弄" in text
    assert "隔了很久" not in text
    for hidden in (NAME, "逄*", "13911112222", id_number(serial=21), "b_0123456789", "x.cn"):
        assert hidden not in text


def test_names_that_no_list_holds_and_where_people_live_are_out_of_what_they_wrote(ports: Ports, ill: int) -> None:
    told = "我爸柴永福住翠苑小区3栋402，3月5号做的手术，想挂明天上午骨科"
    talk = said(ports, ill, text=told, answer="柴永福挂骨科：3月6日 上午有号，在2号楼3楼。", outcome="person")
    text = text_of(ports, talk)
    assert "挂明天上午骨科" in text
    for hidden in ("柴永福", "翠苑", "402", "3月5号"):
        assert hidden not in text
    assert "挂骨科：3月6日 上午有号，在2号楼3楼。" in text


def test_an_unbound_cards_name_is_out_too_and_the_masked_one(ports: Ports, ill: int) -> None:
    ref = cards.mine(ports, person_id=ill)[0].ref
    cards.unbind(ports, person_id=ill, ref=ref)
    text = text_of(ports, said(ports, ill, text=f"{NAME}的报告", answer="逄**的报告出来了", outcome="person"))
    assert "逄" not in text


def test_what_was_asked_of_him_and_shown_of_his_own_stays_his(ports: Ports, ill: int) -> None:
    said(ports, ill, text="亓小满", answer="身份证号是多少？", private="words", ago=2 * MINUTE)
    said(ports, ill, text="查报告", answer="血糖 9.9 偏高", private="answer", ago=MINUTE)
    text = text_of(ports, said(ports, ill, text="人工", outcome="person"))
    assert "亓" not in text
    assert "9.9" not in text
    assert "查报告" in text
    assert text.count(review_reading.OWN) == 2


def test_staffs_own_lines_stand_between(ports: Ports, ill: int) -> None:
    talk = said(ports, ill, text="在吗", outcome="person", ago=MINUTE)
    helper = member(ports, "service")
    with ports.transaction() as session:
        facts = {"ref": "h_1", "key": "h", "person_id": ill, "way": "console", "state": "closed"}
        row = Handoff(**facts, asked_at=ports.now(), heard_at=ports.now())
        session.add(row)
        session.flush()
        line = {"key": "l", "handoff_id": row.id, "person_id": ill, "side": "staff", "staff_id": helper.id}
        session.add(HandoffLine(**line, text_sealed=ports.crypto.seal(f"{NAME}您好，我来帮您"), at=ports.now()))
    text = text_of(ports, talk)
    assert "staff:" in text
    assert "我来帮您" in text
    assert NAME not in text


def test_each_look_names_its_reason_and_whose_talk_it_was(ports: Ports, ill: int) -> None:
    talk = said(ports, ill, outcome="person")
    for reason in ("", "just curious"):
        with pytest.raises(BadInput, match="bad_reason"):
            review_reading.read(ports, staff=member(ports), talk=talk, reason=reason)
    text_of(ports, talk)
    with ports.transaction() as session:
        rows = session.scalars(sa.select(Audit).where(Audit.action == "reviews.read").order_by(Audit.id)).all()
    assert [(row.reason, row.result) for row in rows] == [("none given", "bad_reason")] * 2 + [("quality", "ok")]
    assert (rows[-1].subject, rows[-1].about) == (f"inbox/{talk}", f"person/{ill}")


@pytest.mark.parametrize("role", ["doctor", "head", "finance", "service"])
def test_other_roles_neither_list_nor_read(ports: Ports, ill: int, role: str) -> None:
    talk = said(ports, ill, outcome="person")
    with pytest.raises(Refused):
        review.talks(ports, staff=member(ports, role))
    with pytest.raises(Refused):
        review_reading.read(ports, staff=member(ports, role), talk=talk, reason="quality")


def test_the_rules_say_who_may(ports: Ports, ill: int) -> None:
    ports.rules["review_roles"] = ["auditor"]  # type: ignore[index]
    assert review.talks(ports, staff=member(ports)) == []
    with pytest.raises(Refused):
        review.talks(ports, staff=member(ports, "editor"))


def test_words_go_among_those_that_were_not_understood_once(ports: Ports, ill: int) -> None:
    message = said(ports, ill, text=f"{NAME}要弄那个本本", outcome="missed", wish="book")
    for _ in range(2):
        assert review_reading.learn(ports, staff=member(ports, "editor"), message=message)
    with ports.transaction() as session:
        (row,) = session.scalars(sa.select(UnclearText)).all()
    assert (row.times, row.guess, row.state) == (1, "book", "waiting")
    assert ports.crypto.open(row.text_sealed) == "患者要弄那个本本"


def test_a_number_alone_teaches_nothing(ports: Ports, ill: int) -> None:
    assert not review_reading.learn(ports, staff=member(ports, "editor"), message=said(ports, ill, text="3"))


def test_a_bad_rating_lists_the_talk_before_it(ports: Ports, ill: int) -> None:
    said(ports, ill, text="谢谢", ago=10 * MINUTE)
    facts = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False}
    for stars in (5, 1):
        asked = consult.ask(ports, person_id=ill, text="膝盖疼要拍片吗？", key=f"q{stars}", **facts)
        with ports.transaction() as session:
            question = session.scalars(sa.select(Question).where(Question.ref == asked.ref)).one()
            rated = {"question_id": question.id, "person_id": ill, "stars": stars}
            session.add(QuestionRating(at=ports.now() - timedelta(minutes=1), **rated))
    assert listed(ports) == [("low_rating",)]
