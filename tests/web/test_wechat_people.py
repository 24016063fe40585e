"""POST /wechat with a person, a voice and a picture in it: what WeChat gets back, in time and sealed."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.db.base import make_engine
from bot.services import words
from tests.factories import make_ports
from tests.services.people import FakeMedia, FakeStaff, talks
from tests.services.post import Script, notices
from tests.test_photo import a_picture
from tests.web.test_wechat_door import Door

AMR = b"#!AMR\n" + b"\x7c" * 50
numbers = itertools.count(8_000_000_001)


class Ears:
    """SpeechPort that can be slow."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()

    def listen(self, sound: bytes) -> str:
        assert self.go.wait(20)
        return "挂明天骨科的号"


def answer(text: str):
    if text in {"人工", "/human_agent"}:
        return [{"handoff": "", "text": "服务台电话"}]
    return [{"text": f"听到：{text}", "expects": "question"}]


@pytest.fixture
def door(sqlite_url: str) -> Iterator[Door]:
    engine = make_engine(sqlite_url)
    parts = {"handoff": FakeStaff(who="kf2001@peizhen"), "media": FakeMedia({"v": AMR, "p": a_picture()})}
    one = Door(make_ports(engine, dialogue=Script(answer), speech=Ears(), **parts))
    yield one
    one.ports.speech.go.set()
    one.close()
    engine.dispose()


def send(door: Door, kind: str, **fields: str) -> bytes:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    common = f"<ToUserName>gh_door</ToUserName><FromUserName>o-patient</FromUserName><CreateTime>{int(time.time())}"
    mark = "" if kind == "event" else f"<MsgId>{next(numbers)}</MsgId>"
    plain = f"<xml>{common}</CreateTime><MsgType>{kind}</MsgType>{inner}{mark}</xml>"
    return door.post_raw(plain.encode())


def event(door: Door, name: str) -> bytes:
    return send(door, "event", Event=name, EventKey="", KfAccount="kf2001@peizhen")


def voice(door: Door) -> bytes:
    return send(door, "voice", MediaId="v", Format="amr", MediaId16K="v_16k", Recognition="")


def test_behaviour_17_a_patient_goes_to_a_person_and_comes_back_by_wechats_own_messages(door: Door) -> None:
    pytest.importorskip("connectors.wechat.answering")  # which draws it
    for text in ("人工", "还在吗"):
        handed = door.envelope.open_reply(door.post(text))
        assert handed.findtext("MsgType") == "transfer_customer_service"
        assert handed.findtext("TransInfo/KfAccount") == "kf2001@peizhen"
    assert event(door, "kf_create_session") == event(door, "kf_close_session") == b"success"
    assert [(t.state, t.ended_by) for t in talks(door.ports)] == [("closed", "platform")]
    assert [payload["view"] for _key, payload in notices(door.ports)] == ["handoff_over"]
    assert door.say("停车") == "听到：停车"


def test_behaviour_17_an_event_is_answered_in_words(door: Door) -> None:
    said = door.read(send(door, "event", Event="CLICK", EventKey="human_agent"))
    assert said == words.say("utter_handoff_write")["text"]


def test_behaviour_17_a_red_flag_in_the_queue_is_warned_of_in_the_reply(door: Door) -> None:
    door.post("人工")
    assert "120" in door.say("突然胸口压着疼，一身冷汗")


def test_behaviour_13_a_voice_is_said_back_in_the_reply(door: Door) -> None:
    assert "我听到的是：「挂明天骨科的号」" in door.read(voice(door))
    assert "听到：挂明天骨科的号" in door.say("1")


def test_behaviour_13_a_voice_that_takes_longer_is_answered_later(door: Door) -> None:
    """Recognition is no reason to keep WeChat waiting: `success`, and what was heard as a customer message."""
    slow = Door(door.ports, waits=False)
    door.ports.speech.go.clear()
    assert voice(slow) == b"success"
    assert notices(door.ports) == []
    door.ports.speech.go.set()
    slow.close()
    [(_key, late)] = notices(door.ports)
    assert "我听到的是" in late["text"]


def test_behaviour_13_without_ears_a_voice_gets_a_clear_answer(door: Door) -> None:
    deaf = Door(replace(door.ports, speech=None))
    assert "打字" in deaf.read(voice(deaf))
    deaf.close()


def test_a_picture_is_kept_with_the_open_question_or_told_what_can_be_done(door: Door) -> None:
    assert "问医生" in door.read(send(door, "image", PicUrl="http://x/1", MediaId="p"))
    door.say("问医生")
    assert door.read(send(door, "image", PicUrl="http://x/1", MediaId="p")).startswith("图片收到了，会和问题一起")
