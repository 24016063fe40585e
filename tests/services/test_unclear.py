"""What was not understood: noted without the people in it, labelled once, given to the training data."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.db.privacy import Audit
from bot.db.unclear import UnclearText
from bot.errors import BadInput, Conflict, NotFound
from bot.nlu.learn import INTENTS
from bot.ports import Ports
from bot.services import intents, retention, unclear
from bot.services.staff import Staff
from tests.factories import a_card, a_person, a_staff, someone


@pytest.fixture
def person(ports: Ports) -> int:
    return a_person(ports)


@pytest.fixture
def editor(ports: Ports) -> Staff:
    return a_staff(ports, "editor")


def noted(ports: Ports, person: int, text: str, guess: str = "book", confidence: float = 0.3) -> str | None:
    return unclear.note(ports, person_id=person, text=text, guess=guess, confidence=confidence)


def texts(ports: Ports, editor: Staff) -> list[str]:
    return [one.text for one in unclear.waiting(ports, staff=editor)]


def test_the_same_words_of_two_people_are_one_text_said_twice(ports: Ports, editor: Staff) -> None:
    first, second = a_person(ports), a_person(ports)
    assert noted(ports, first, "那个号怎么弄") == noted(ports, second, "那个号怎么弄")
    [one] = unclear.waiting(ports, staff=editor)
    assert (one.text, one.times, one.guess) == ("那个号怎么弄", 2, "book")


@pytest.mark.parametrize(
    "said", ["我叫钱小宇，帮我弄那个", "我电话13912345678帮弄一下", "身份证110101199003078515怎么填"]
)
def test_no_name_and_no_number_is_kept(ports: Ports, person: int, editor: Staff, said: str) -> None:
    noted(ports, person, said)
    [kept] = texts(ports, editor)
    assert not any(part in kept for part in ("钱小宇", "13912345678", "110101199003078515"))


def test_the_name_of_an_own_card_is_taken_out_wherever_it_stands(ports: Ports, person: int, editor: Staff) -> None:
    a_card(ports, person, someone("欧阳晓雨"))
    noted(ports, person, "欧阳晓雨那个弄好没")
    assert "欧阳" not in texts(ports, editor)[0]


@pytest.mark.parametrize("said", ["。", "70", "长" * 121, "胸口疼得冒冷汗喘不上气", "我不想活了，药都买好了"])
def test_signs_stories_and_emergencies_are_none_to_learn_from(ports: Ports, person: int, said: str) -> None:
    assert noted(ports, person, said) is None


def test_the_words_lie_sealed_and_lead_to_nobody(ports: Ports, person: int) -> None:
    noted(ports, person, "那个号怎么弄")
    assert "person_id" not in UnclearText.__table__.columns
    with ports.transaction() as session:
        row = session.scalars(sa.select(UnclearText)).one()
        assert "怎么弄".encode() not in row.text_sealed


def test_a_tap_on_a_guess_says_what_was_meant_and_goes_on_without_our_mark(
    ports: Ports, person: int, editor: Staff
) -> None:
    ref = noted(ports, person, "那个号怎么弄")
    assert unclear.corrected(ports, payload=f'/cancel_booking{{"meant": "{ref}"}}') == "/cancel_booking{}"
    assert [one.meant for one in unclear.waiting(ports, staff=editor)] == ["cancel_booking"]


def test_none_of_these_is_an_answer_too(ports: Ports, person: int, editor: Staff) -> None:
    ref = noted(ports, person, "那个号怎么弄")
    unclear.corrected(ports, payload=f'/help{{"meant": "{ref}"}}')
    assert [one.meant for one in unclear.waiting(ports, staff=editor)] == [""]


@pytest.mark.parametrize("payload", ["/book{}", '/book{"department": "yh.d01"}', '/book{"meant": "u_x"}'])
def test_other_choices_go_on_as_they_are(ports: Ports, payload: str) -> None:
    assert unclear.corrected(ports, payload=payload) == payload


def test_corrected_ones_come_first_then_the_most_frequent(ports: Ports, person: int, editor: Staff) -> None:
    for text in ("说一次的", "说两次的", "说两次的"):
        noted(ports, person, text)
    ref = noted(ports, person, "点过别的")
    unclear.corrected(ports, payload=f'/book{{"meant": "{ref}"}}')
    assert texts(ports, editor) == ["点过别的", "说两次的", "说一次的"]


def test_a_text_is_labelled_once_and_does_not_come_back(ports: Ports, person: int, editor: Staff) -> None:
    ref = noted(ports, person, "那个号怎么弄") or ""
    unclear.label(ports, staff=editor, ref=ref, intent="book")
    with pytest.raises(Conflict):
        unclear.label(ports, staff=editor, ref=ref, intent="triage")
    noted(ports, person, "那个号怎么弄")
    assert texts(ports, editor) == []
    assert [(one.text, one.intent) for one in unclear.labelled(ports)] == [("那个号怎么弄", "book")]
    with ports.transaction() as session:
        actions = session.scalars(sa.select(Audit.action).where(Audit.actor_kind == "staff")).all()
    assert "unclear.labelled" in actions


def test_a_dropped_text_is_not_learnt(ports: Ports, person: int, editor: Staff) -> None:
    unclear.label(ports, staff=editor, ref=noted(ports, person, "哈哈哈那个") or "", intent="")
    assert unclear.labelled(ports) == []
    assert unclear.counts(ports) == {"dropped": 1}


def test_what_is_no_intent_and_no_text_is_refused(ports: Ports, person: int, editor: Staff) -> None:
    ref = noted(ports, person, "那个号怎么弄") or ""
    with pytest.raises(BadInput):
        unclear.label(ports, staff=editor, ref=ref, intent="choose")
    with pytest.raises(NotFound):
        unclear.label(ports, staff=editor, ref="u_0000000000", intent="book")


def test_doctors_are_no_training_data(ports: Ports, person: int, editor: Staff) -> None:
    doctor = ports.his.doctors()[0].name
    unclear.label(ports, staff=editor, ref=noted(ports, person, f"{doctor}那边弄好没") or "", intent="book")
    assert doctor not in unclear.labelled(ports)[0].text


def test_old_ones_are_forgotten(ports: Ports, person: int) -> None:
    noted(ports, person, "那个号怎么弄")
    with ports.transaction() as session:
        long_ago = ports.now() - timedelta(days=ports.rules["retention_days"]["operational"] + 1)
        session.execute(sa.update(UnclearText).values(last_at=long_ago))
    retention.purge(ports)
    assert unclear.counts(ports) == {}


def test_every_wish_that_is_trained_has_a_name() -> None:
    assert set(intents.names()) == {file.stem for file in INTENTS.rglob("*.yml")}
