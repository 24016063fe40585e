"""Emergency words are caught wherever a patient can write or speak: every channel, every moment, every open form."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import bot.web
from bot.db.messages import VAULT_KINDS, Person
from bot.ports import Reply
from bot.services import flagged, handoff, messages
from bot.services.handoff_ends import WECHAT
from connectors.wechat import inbound
from tests.factories import a_person, make_ports
from tests.services.post import Script, person_of, received

FLAG = "我爸突然半边身子没劲，嘴也歪了"
DOUBTED = "作业写得我头都要炸了哈哈，请问明天体检几点开始抽血"  # a rule finds it, the rest speaks against it
PAGES = "tests/web/test_h5_questions.py"
TEMPLATES = Path(bot.web.__file__).parent / "templates" / "h5"
# Where a page takes a patient's own words, and the test that shows that they are read for red flags.
FREE_TEXT = {
    ("ask_write.html", "text"): f"{PAGES}::test_an_emergency_in_a_question_is_answered_first_and_sent",
    ("question.html", "text"): f"{PAGES}::test_an_emergency_in_a_reply_or_a_further_question_is_answered_first",
    ("question.html", "words"): f"{PAGES}::test_an_emergency_in_the_words_of_a_rating_is_answered_first",
    ("departments.html", "q"): "tests/web/test_h5_booking.py::test_an_emergency_typed_into_the_search_is_answered",
    ("faq.html", "q"): "tests/web/test_h5_faq.py::test_an_emergency_in_the_search_box_comes_first",
    ("refused.html", "words"): "tests/web/test_h5_booking.py::test_an_emergency_in_an_appeal_is_answered_first",
}


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


class OnDuty:
    """A person who is there."""

    way = WECHAT

    def free(self) -> str:
        return "kf2001@peizhen"


class Hears:
    """Turns every voice into the same words."""

    def listen(self, _sound: bytes) -> str:
        return FLAG


@pytest.fixture
def ports(engine, still):
    return make_ports(engine, dialogue=Script())


def say(ports, text="", **changes):
    return messages.work(ports, inbox_id=received(ports, text, **changes))


def warned(ports, replies: list[Reply]) -> bool:
    """The answer says what to do, and the flag stands."""
    first = str(replies[0]["text"])
    return "您说的" in first and "120" in first and flagged.stands(ports, person_id=person_of(ports, 1).id)


@pytest.mark.parametrize("number", [1, 5, 20])
def test_at_whatever_message_it_comes(ports, number):
    for _ in range(number - 1):
        say(ports, "停车场在哪")
    assert warned(ports, say(ports, FLAG))


@pytest.mark.parametrize("expects", VAULT_KINDS)
def test_while_a_form_waits_for_something_else(ports, expects):
    ports.dialogue.answer = lambda _: [{"text": "请填写", "expects": expects}]
    say(ports, "我要挂号")
    assert warned(ports, say(ports, FLAG))


def test_in_a_question_to_a_doctor_that_is_too_long_for_him(ports):
    ports.dialogue.answer = lambda _: [{"text": "请写下要问的问题", "expects": "question"}]
    say(ports, "问医生")
    replies = say(ports, f"{FLAG}。" + "他平时血压高。" * 300)
    assert warned(ports, replies)
    assert "请分几条发" in replies[1]["text"]


def test_while_a_number_waits_for_its_payment(ports):
    pay = [{"label": "去支付", "payload": "/pay_bill"}, {"label": "不要这个号了", "payload": "/cancel_booking"}]
    ports.dialogue.answer = lambda _: [{"text": "号留好了，请在15分钟内支付", "choices": pay}]
    say(ports, "确认")
    assert warned(ports, say(ports, FLAG))


@pytest.mark.parametrize("kind", sorted({*inbound.KINDS.values(), "text"} - {"event", "location", "unknown"}))
def test_in_every_kind_of_message_that_can_bring_words(ports, kind):
    assert warned(ports, say(ports, FLAG, kind=kind, media_id="m"))


@pytest.mark.parametrize("text", [FLAG, DOUBTED], ids=["flag", "doubted"])
def test_in_what_a_person_in_the_chat_is_to_read(ports, text):
    ports = replace(ports, handoff=OnDuty())
    ports.dialogue.answer = lambda _: [{"text": "帮您找人", handoff.WISH: ""}]
    say(ports, "人工")
    assert warned(ports, say(ports, text))
    assert warned(ports, say(ports, text))


def test_in_a_question_to_a_doctor_and_while_its_answer_is_waited_for(ports):
    ports.dialogue.answer = lambda _: [{"text": "请把问题写下来", "expects": "question"}]
    say(ports, "问医生")
    ports.dialogue.answer = lambda _: [{"text": "医生会尽快回答"}]
    assert warned(ports, say(ports, FLAG))
    assert warned(ports, say(ports, FLAG))


@pytest.mark.parametrize("expects", VAULT_KINDS)
def test_what_is_doubted_is_said_softly_in_an_answer_and_aloud_where_a_doctor_reads(ports, expects):
    ports.dialogue.answer = lambda _: [{"text": "请填写", "expects": expects}]
    say(ports, "我要挂号")
    replies = say(ports, DOUBTED)
    assert warned(ports, replies) is (expects in messages.FOR_A_DOCTOR)
    assert "120" in replies[0]["text"]


@pytest.mark.parametrize("kind", ["image", "voice"])
def test_what_is_doubted_alarms_where_no_answer_can_say_it_softly(ports, kind):
    assert warned(ports, say(ports, DOUBTED, kind=kind, media_id="m"))


@pytest.mark.parametrize("answer", [[{"text": "帮您找人", handoff.WISH: ""}], []], ids=["handed over", "nothing"])
@pytest.mark.parametrize("flag", [False, True], ids=["no flag", "a flag stands"])
def test_what_is_doubted_alarms_where_the_answer_is_no_words_of_ours(ports, answer, flag):
    ports = replace(ports, handoff=OnDuty())
    if flag:
        say(ports, FLAG)
    ports.dialogue.answer = lambda _: answer
    replies = say(ports, DOUBTED)
    assert warned(ports, replies)
    assert not any("transfer" in reply for reply in replies)


def test_in_what_a_complaint_or_a_survey_gets_as_its_answer(ports):
    ports.dialogue.answer = lambda _: [{"text": "您对就诊满意吗，可以说说"}]
    say(ports, "满意度")
    assert warned(ports, say(ports, f"排队太久了，{FLAG}都没人管，一分"))


def test_every_page_with_a_patients_own_words_is_known_and_checked():
    found = set()
    for page in TEMPLATES.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        fields = re.findall(r"<textarea[^>]*>", html) + re.findall(r"<input[^>]*type=\"search\"[^>]*>", html)
        found |= {(page.name, re.search(r'name="([^"]+)"', field)[1]) for field in fields}
    assert found == set(FREE_TEXT)
    for test in FREE_TEXT.values():
        path, name = test.split("::")
        assert f"def {name}(" in (Path(__file__).parents[2] / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [FLAG, DOUBTED], ids=["flag", "doubted"])
def test_words_that_came_over_a_page_flag_the_same_person(ports, text):
    person = a_person(ports)
    assert flagged.heard(ports, person_id=person, text="那天我去了") is None
    assert not flagged.stands(ports, person_id=person)
    assert flagged.heard(ports, person_id=person, text=text)
    with ports.transaction() as session:
        assert session.get(Person, person).flagged_until is not None
