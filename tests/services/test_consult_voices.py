"""A voice is kept as it came, sealed, for the doctor's ears, beside the words that were understood."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.db.consult import QuestionVoice
from bot.db.messages import Vault
from bot.errors import NotFound, Refused, Unavailable
from bot.services import consult_beside, consult_more, consult_voices, messages, voices, words
from tests.factories import RULES, a_staff, make_ports
from tests.services.asked import URGENT, answer, ask
from tests.services.people import FakeMedia
from tests.services.post import Script, received, row

SOUND = b"#!AMR\n" + b"\x3c" * 64
ASKED = {"text": "请写下问题", "expects": "question"}


class Hears:
    """Understands these words of every voice."""

    def __init__(self, text: str) -> None:
        self.text = text

    def listen(self, _sound: bytes) -> str:
        return self.text


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def media():
    return FakeMedia({"m": SOUND, "long": b"#!AMR\n" + b"\x00" * voices.MOST_BYTES, "svg": b"<svg onload=alert(1)>"})


@pytest.fixture
def ports(engine, still, media):
    ported = make_ports(engine, dialogue=Script(lambda text: [dict(ASKED)]), media=media)
    return replace(ported, speech=Hears("膝盖疼了两周，要拍片吗"))


def speak(ports, media_id="m"):
    return messages.work(ports, inbox_id=received(ports, "", kind="voice", media_id=media_id))


def begin(ports):
    messages.work(ports, inbox_id=received(ports, "问医生"))
    return row(ports, 1).person_id


def kept(ports, table):
    with ports.transaction() as session:
        return session.scalars(sa.select(table)).all()


def test_a_voice_goes_with_the_question_and_is_heard_by_its_doctor_alone(ports):
    person = begin(ports)
    assert "膝盖疼了两周" in speak(ports)[-1]["text"]
    ref = ask(ports, person).ref
    assert consult_beside.beside(ports, staff=a_staff(ports), ref=ref).voices == ("膝盖疼了两周，要拍片吗",)
    assert consult_voices.sound(ports, staff=a_staff(ports), ref=ref, number=1) == SOUND
    [voice] = kept(ports, QuestionVoice)
    assert SOUND not in voice.content_sealed
    assert [v for v in kept(ports, Vault) if v.kind == "voice"] == []
    for number in (0, 2, -1, 10**9):
        with pytest.raises(NotFound):
            consult_voices.sound(ports, staff=a_staff(ports), ref=ref, number=number)
    with pytest.raises(NotFound):
        consult_voices.sound(ports, staff=a_staff(ports, department_id="yh.d02"), ref=ref, number=1)
    with pytest.raises(Refused):
        consult_voices.sound(ports, staff=a_staff(ports, role="editor"), ref=ref, number=1)


def test_one_that_nobody_understands_is_kept_all_the_same_and_a_line_is_asked_for(ports):
    ports = replace(ports, speech=None)
    person = begin(ports)
    assert speak(ports)[-1]["text"] == words.say("utter_voice_kept")["text"]
    ref = ask(ports, person).ref
    assert consult_beside.beside(ports, staff=a_staff(ports), ref=ref).voices == ("",)


def test_an_emergency_in_it_is_answered_at_once_and_the_voice_is_kept(ports):
    ports = replace(ports, speech=Hears(URGENT))
    begin(ports)
    assert "120" in speak(ports)[0]["text"]
    assert [v.kind for v in kept(ports, Vault) if v.kind == "voice"] == ["voice"]


@pytest.mark.parametrize("media_id", ["long", "svg"])
def test_what_is_no_recording_is_not_kept(ports, media_id):
    begin(ports)
    speak(ports, media_id)
    assert [v for v in kept(ports, Vault) if v.kind == "voice"] == []


@pytest.mark.parametrize("failure", [Unavailable("unavailable"), Refused("gone")])
def test_one_that_cannot_be_fetched_keeps_its_words(ports, media, failure):
    media.files["m"] = failure
    begin(ports)
    reply = messages.work(ports, inbox_id=received(ports, "膝盖疼", kind="voice", media_id="m"))
    assert "膝盖疼" in reply[-1]["text"]
    assert [v for v in kept(ports, Vault) if v.kind == "voice"] == []


def test_no_more_than_the_rules_allow_and_the_same_message_once(ports):
    begin(ports)
    for _ in range(RULES["voices_per_question"] + 2):
        speak(ports)
    assert len([v for v in kept(ports, Vault) if v.kind == "voice"]) == RULES["voices_per_question"]


def test_outside_a_question_none_is_kept(ports):
    ports.dialogue.answer = lambda text: [{"text": "好"}]
    begin(ports)
    speak(ports)
    assert [v for v in kept(ports, Vault) if v.kind == "voice"] == []


def test_one_said_while_asking_further_goes_with_that(ports):
    person = begin(ports)
    ref = ask(ports, person).ref
    answer(ports, a_staff(ports), ref)
    speak(ports)
    consult_more.follow_up(ports, person_id=person, ref=ref, text="那还能爬山吗？", key="f")
    assert len(kept(ports, QuestionVoice)) == 1
