"""Spoken messages: understood where somebody can, said back before anything is done, never a dead end."""

from __future__ import annotations

import threading

import pytest

from bot.errors import Refused, Unavailable
from bot.services import inbound_media, inbox, messages, words
from tests.factories import make_ports
from tests.services.people import FakeMedia, FakeStaff, lines
from tests.services.post import Script, person_of, received, row

FLAG = "突然胸口压着疼，一身冷汗"
AMR = b"#!AMR\n" + b"\x7c" * 50


class FakeSpeech:
    def __init__(self) -> None:
        self.says: str | Exception = "挂明天骨科的号"

    def listen(self, sound: bytes) -> str:
        assert sound.startswith(b"#!AMR")
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def speech():
    return FakeSpeech()


@pytest.fixture
def ports(engine, still, speech):
    return make_ports(engine, dialogue=Script(), speech=speech, media=FakeMedia({"m": AMR}))


def say(ports, text="", **changes):
    return messages.work(ports, inbox_id=received(ports, text, **changes))


def speak(ports, media_id="m", **changes):
    return say(ports, kind="voice", media_id=media_id, **changes)


def test_behaviour_13_without_speech_to_text_a_voice_gets_a_clear_answer(engine, still):
    ports = make_ports(engine, dialogue=Script())
    (reply,) = speak(ports)
    assert reply["text"] == words.say("utter_got_voice")["text"]
    assert "打字" in reply["text"]
    assert ports.dialogue.heard == []


def test_behaviour_13_what_was_understood_is_said_back_before_anything_is_done(ports):
    (reply,) = speak(ports)
    assert "我听到的是：「挂明天骨科的号」" in reply["text"]
    assert ports.dialogue.heard == []
    tapped = reply["choices"][0]
    say(ports, tapped["label"], menu_id=tapped["id"])
    assert ports.dialogue.heard == ["挂明天骨科的号"]


@pytest.mark.parametrize("yes", ["对", "是的", "嗯", "好的", "1", "①", "对，就这样"])
def test_a_yes_in_any_words_means_what_was_said_back_and_not_what_a_form_asks(ports, yes):
    speak(ports)
    say(ports, yes)
    assert ports.dialogue.heard == ["挂明天骨科的号"]


@pytest.mark.parametrize("no", ["不对", "不是", "错了", "2"])
def test_a_no_does_nothing_and_asks_again(ports, no):
    speak(ports)
    (reply,) = say(ports, no)
    assert reply["text"] == words.say("utter_voice_again")["text"]
    assert ports.dialogue.heard == []


def test_a_yes_to_something_else_stays_what_it_is(ports):
    say(ports, "对")
    assert ports.dialogue.heard == ["对"]


def test_a_late_tap_on_what_was_said_back_changes_nothing(ports):
    (reply,) = speak(ports)
    say(ports, "停车")
    ports.dialogue.answer = lambda text: [{"text": "好", "choices": [{"label": "新的", "payload": "/help"}]}]
    say(ports, "你好")
    tapped = reply["choices"][0]
    say(ports, tapped["label"], menu_id=tapped["id"])
    assert ports.dialogue.heard[-1] == "/choose"


def test_a_confirmed_voice_reads_as_if_it_had_been_typed(ports):
    """A question to a doctor is kept in the patient's words, not in those of the button."""
    speak(ports)
    one = received(ports, "1")
    messages.work(ports, inbox_id=one)
    assert inbox.text_of(ports, inbox_id=one)[1] == "挂明天骨科的号"


def test_a_spoken_name_is_entrusted_to_the_vault(ports, speech):
    ports.dialogue.answer = lambda text: [{"text": "姓名？", "expects": "person_name"}]
    one = received(ports, "绑卡")
    messages.work(ports, inbox_id=one)
    speech.says = "王小明"
    speak(ports)
    assert person_of(ports, one).expects == "person_name"
    say(ports, "1")
    assert ports.dialogue.heard[-1].startswith("⟦person_name:v_")


def test_a_spoken_red_flag_is_warned_of_at_once(ports, speech):
    speech.says = FLAG
    (urgent,) = speak(ports)
    assert "120" in urgent["text"]


@pytest.mark.parametrize(
    ("sound", "understood", "answer"),
    [
        (AMR, "", "utter_voice_unclear"),
        (b"ID3" + b"x" * 100, "挂号", "utter_voice_unclear"),
        (AMR + b"\0" * 600_000, "挂号", "utter_voice_unclear"),
        (Refused("media_gone"), "挂号", "utter_voice_lost"),
        (AMR, Refused("too_long"), "utter_voice_lost"),
    ],
    ids=["nothing understood", "no AMR", "too long", "gone", "refused"],
)
def test_what_cannot_be_understood_is_asked_for_again(ports, speech, sound, understood, answer):
    ports.media.files["m"], speech.says = sound, understood
    assert speak(ports)[0]["text"] == words.say(answer)["text"]


@pytest.mark.parametrize("part", ["media", "speech"])
def test_a_part_that_is_away_lets_the_message_wait_and_him_not_for_long(ports, speech, part, later):
    if part == "media":
        ports.media.files["m"] = Unavailable()
    else:
        speech.says = Unavailable()
    one = received(ports, "", kind="voice", media_id="m")
    assert messages.work(ports, inbox_id=one) is None
    assert row(ports, one).state == "received"
    later(13)
    assert messages.work(ports, inbox_id=one)[0]["text"] == words.say("utter_voice_lost")["text"]


def test_slow_media_never_take_more_than_their_places(ports):
    """A fifth one waits for the jobs; the desk has places left for everybody else."""
    gate, inside = threading.Event(), threading.Semaphore(0)

    class Slow:
        def get(self, media_id: str) -> bytes:
            inside.release()
            assert gate.wait(20)
            return AMR

    object.__setattr__(ports, "media", Slow())
    fetches = [
        threading.Thread(target=inbound_media.fetch, args=(ports,), kwargs={"media_id": "m"})
        for _ in range(inbound_media.PLACES)
    ]
    for one in fetches:
        one.start()
    assert all(inside.acquire(timeout=20) for _ in fetches)
    with pytest.raises(Unavailable):
        inbound_media.fetch(ports, media_id="m")
    gate.set()
    for one in fetches:
        one.join(20)
    assert inbound_media.fetch(ports, media_id="m") == AMR


def test_a_person_who_listens_gets_the_words(ports):
    object.__setattr__(ports, "handoff", FakeStaff(way="console"))
    ports.dialogue.answer = lambda text: [{"handoff": ""}]
    say(ports, "人工")
    assert speak(ports) == []
    assert lines(ports)[-1] == ("patient", "挂明天骨科的号")
