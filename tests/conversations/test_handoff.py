"""人工 in a conversation: from anywhere, also inside a form and after two misses; and the form goes on afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import clock
from bot.db.consult import Question, QuestionPicture
from bot.ports import Ports
from bot.services import handoff_desk, photos
from bot.services.duty import ConsoleStaff
from tests.conversations.conftest import MONDAY
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import rows, said_to, seen
from tests.factories import a_staff
from tests.services.people import FakeMedia, FakeStaff, lines, talks
from tests.test_photo import a_picture


@pytest.fixture
def wechat(house: Ports) -> FakeStaff:
    staff = FakeStaff(who="kf2001@yunhe")
    object.__setattr__(house, "handoff", staff)
    return staff


@pytest.fixture
def console(house: Ports) -> None:
    object.__setattr__(house, "handoff", ConsoleStaff(house.transaction, house.rules))


def picture(talk: Talk) -> str:
    return talk._send({"kind": "image", "media_id": "m"})


@pytest.mark.parametrize("words", ["人工", "转人工", "我要找真人客服"])
def test_a_person_is_had_by_asking(talk: Talk, wechat: FakeStaff, words: str) -> None:
    talk(words)
    assert talk.replies == [{"transfer": {"account": "kf2001@yunhe"}}]


def test_from_the_menu_of_the_account_by_one_message_more(talk: Talk, wechat: FakeStaff) -> None:
    assert "发一句话" in talk.click("human_agent")
    talk("我的退款没到账")
    assert talk.replies == [{"transfer": {"account": "kf2001@yunhe"}}]


def test_a_form_waits_for_the_talk_to_end_and_goes_on_where_it_was(bound: Talk, wechat: FakeStaff) -> None:
    bound("我要挂号")
    bound("骨科")
    question = bound.replies[-1]["text"]
    bound("转人工")
    assert bound.replies == [{"transfer": {"account": "kf2001@yunhe"}}]
    bound("骨科主任是谁呀")
    assert talks(bound.ports)[0].waited == 1
    said = bound("退出人工")
    assert "之前在挂号" in said
    bound.tap("接着挂号")
    assert bound.replies[-1]["text"] == question


def test_it_is_offered_after_two_misses_and_taken_by_a_word(bound: Talk, wechat: FakeStaff) -> None:
    bound("我要挂号")
    bound("骨科")
    for _ in range(2):
        said = bound("呼啦圈巴拉")
    assert "人工" in said
    bound("人工")
    assert "transfer" in bound.replies[0]


def test_nobody_there_keeps_the_question_and_says_when(talk: Talk, console: None) -> None:
    with clock.frozen(clock.utc(MONDAY) + timedelta(hours=12)):
        said = talk("转人工")
        assert "明天早上8点有人" in said
        assert talk.ports.his.hospitals()[0].phone in said
        assert "记下了" in talk("医保卡丢了怎么退费")
        assert "停车" in talk("停车方便吗")
    staff = a_staff(talk.ports, "service")
    [kept] = handoff_desk.waiting(talk.ports, staff=staff)
    assert (kept.state, kept.last) == ("kept", "医保卡丢了怎么退费")


def test_the_bot_is_silent_while_somebody_of_the_console_has_the_patient(
    talk: Talk, console: None, rasa: InProcessRasa
) -> None:
    staff = a_staff(talk.ports, "service")
    handoff_desk.waiting(talk.ports, staff=staff)
    assert "正在帮您找工作人员" in talk("人工")
    ref = talks(talk.ports)[0].ref
    handoff_desk.take(talk.ports, staff=staff, ref=ref)
    assert talk("我要挂号") == ""
    assert talk.replies == []
    assert lines(talk.ports)[-1] == ("patient", "我要挂号")
    assert "我要挂号" not in said_to(rasa, talk)
    assert "120" in talk("突然胸口压着疼，一身冷汗")
    handoff_desk.close(talk.ports, staff=staff, ref=ref)
    assert "挂号要先绑定就诊卡" in talk("我要挂号")


def test_pictures_go_with_the_question_from_writing_to_after_sending(bound: Talk) -> None:
    object.__setattr__(bound.ports, "media", FakeMedia({"m": a_picture()}))
    assert "问医生" in picture(bound), "not kept: no question is open"
    bound("问医生")
    bound("骨科")
    assert "请接着写下" in picture(bound)
    bound("膝盖上这块红肿两周了，要不要拍片子")
    offered = "还是要问医生" in bound.labels
    if offered:
        assert "一起交给医生" in picture(bound), "the earlier answers are offered, the question is still in hand"
        bound("还是要问医生")
    seen(bound, "")
    assert len(rows(bound.ports, Question)) == 1
    assert "一起看" in picture(bound)
    pictures = rows(bound.ports, QuestionPicture)
    assert len(pictures) == 2 + offered
    with bound.ports.transaction() as session:
        assert photos.count(session, pictures[0].question_id) == len(pictures)
