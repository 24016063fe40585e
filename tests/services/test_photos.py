"""Pictures of a question: kept, sent with it, shown to its doctor alone, gone with the person."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from bot import clock
from bot.db.consult import QuestionPicture
from bot.db.messages import Vault
from bot.errors import NotFound, Refused, Unavailable
from bot.services import consult, export, messages, mydata, photos, words
from tests.factories import NOW, a_person, a_staff, make_ports
from tests.services.people import FakeMedia
from tests.services.post import Script, received, row
from tests.test_photo import a_picture

ASKED = {"text": "请写下问题", "expects": "question"}


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def ports(engine, still):
    return make_ports(engine, dialogue=Script(lambda text: [dict(ASKED)]), media=FakeMedia({"m": a_picture()}))


def say(ports, text="", **changes):
    return messages.work(ports, inbox_id=received(ports, text, **changes))


def send(ports, **changes):
    return say(ports, kind="image", **{"media_id": "m", **changes})[-1]["text"]


def person(ports):
    return row(ports, 1).person_id


def ask(ports, person_id, key="q1"):
    facts = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": key}
    return consult.ask(ports, person_id=person_id, text="膝盖肿了要拍片吗？", **facts)


def kept(ports, table):
    with ports.transaction() as session:
        return session.scalars(sa.select(table)).all()


def test_a_picture_sent_while_the_question_is_written_goes_with_it(ports):
    say(ports, "问医生")
    assert send(ports) == words.say("utter_picture_kept_first")["text"]
    asked = ask(ports, person(ports))
    [picture] = kept(ports, QuestionPicture)
    assert kept(ports, Vault) == []
    opened = consult.open_one(ports, staff=a_staff(ports), ref=asked.ref)
    assert (opened.pictures, picture.person_id) == (1, person(ports))
    content = consult.picture(ports, staff=a_staff(ports), ref=asked.ref, number=1)
    assert Image.open(io.BytesIO(content)).format == "JPEG"


def test_one_sent_right_after_is_added(ports):
    say(ports, "你好")
    ports.dialogue.answer = lambda text: [{"text": "好"}]
    say(ports, "好了")
    ask(ports, person(ports))
    assert "骨科" in send(ports)
    assert len(kept(ports, QuestionPicture)) == 1
    with clock.frozen(NOW + timedelta(minutes=31)):
        assert send(ports) == words.say("utter_got_image")["text"]


def test_one_outside_any_question_is_not_kept_and_told_what_can_be_done(ports):
    ports.dialogue.answer = lambda text: [{"text": "好"}]
    say(ports, "你好")
    assert send(ports) == words.say("utter_got_image")["text"]
    assert "问医生" in words.say("utter_got_image")["text"]
    assert kept(ports, Vault) == kept(ports, QuestionPicture) == []


def test_one_of_a_question_that_was_never_sent_does_not_go_with_the_next(ports, monkeypatch):
    say(ports, "问医生")
    send(ports)
    real = clock.wire
    monkeypatch.setattr(clock, "wire", lambda: real() + timedelta(hours=2))
    ask(ports, person(ports))
    assert kept(ports, QuestionPicture) == kept(ports, Vault) == []


def test_another_persons_picture_stays_his(ports):
    say(ports, "问医生")
    send(ports)
    ask(ports, a_person(ports))
    assert kept(ports, QuestionPicture) == []


def test_there_is_room_for_some(ports):
    say(ports, "问医生")
    said = [send(ports) for _ in range(5)]
    assert said[-1] == words.say("utter_picture_many", limit=4)["text"]
    assert len(kept(ports, Vault)) == 4


@pytest.mark.parametrize(
    ("content", "answer"), [(b"%PDF-1.7", "utter_picture_bad"), (Refused("media_gone"), "utter_picture_lost")]
)
def test_what_is_none_is_said_so(ports, content, answer):
    ports.media.files["m"] = content
    say(ports, "问医生")
    assert send(ports) == words.say(answer)["text"]


def test_media_that_are_away_let_the_picture_wait_and_keep_it_once(ports):
    say(ports, "问医生")
    content, ports.media.files["m"] = ports.media.files["m"], Unavailable()
    one = received(ports, kind="image", media_id="m")
    assert messages.work(ports, inbox_id=one) is None
    facts = {"person_id": person(ports), "inbox_id": one, "media_id": "m", "expects": "question"}
    assert photos.take(ports, **facts, last=True) == words.say("utter_picture_lost")
    ports.media.files["m"] = content
    for _ in range(2):  # a worker that died between keeping and answering
        photos.take(ports, **facts)
    assert len(kept(ports, Vault)) == 1


def test_the_words_below_a_picture_are_read_for_red_flags(ports):
    urgent, _kept = say(ports, "突然胸口压着疼，一身冷汗", kind="image", media_id="m")
    assert "120" in urgent["text"]


def test_only_the_questions_own_doctor_sees_it(ports):
    say(ports, "问医生")
    send(ports)
    asked = ask(ports, person(ports))
    other = ask(ports, a_person(ports), key="q2")
    stranger = a_staff(ports, department_id="yh.d02", doctor_id=None)
    for staff, ref, number in (
        (stranger, asked.ref, 1),
        (a_staff(ports), other.ref, 1),
        (a_staff(ports), asked.ref, 2),
    ):
        with pytest.raises(NotFound):
            consult.picture(ports, staff=staff, ref=ref, number=number)


def test_it_is_in_the_copy_of_his_data_and_one_not_sent_goes_with_him(ports):
    say(ports, "问医生")
    send(ports)
    ask(ports, person(ports))
    send(ports)
    assert len(export.everything(ports, person_id=person(ports))["question_picture"]) == 1
    mydata.erase(ports, person_id=person(ports))
    assert kept(ports, Vault) == []
