"""The talk itself: courtesy, getting lost, getting help, odd messages, and sessions that go on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from actions.session import GUESS_LABELS
from bot import clock
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.db.consult import Question
from bot.db.messages import Inbox, Person
from bot.db.unclear import UnclearText
from bot.services import scenes
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.visits import ask, mumble, rows, said_to, seen, tracker_of

TURNS = 22  # sessions are rolled after 20


@pytest.fixture(scope="module")
def mumbled(rasa: InProcessRasa) -> list[str]:
    """Texts that this model does not understand."""
    return mumble(rasa)


# -- courtesy ------------------------------------------------------------------------------------------------
def test_a_greeting_shows_what_can_be_done(talk: Talk) -> None:
    assert "智能助手" in talk("您好")
    assert talk.labels[:2] == ["不知道看哪科", "我要挂号"]
    assert "没有要排队" in talk("3")


def test_thanks_and_goodbye(talk: Talk) -> None:
    assert "不客气" in talk("谢谢啦")
    assert "再见" in talk("拜拜")
    assert talk.labels == []


def test_help_and_menu_are_one(talk: Talk) -> None:
    said = talk("你能做什么")
    assert "取消" in said
    assert "人工" in said
    first = talk.labels
    assert talk("菜单") == said
    assert talk.labels == first


def test_small_talk_leads_back_to_the_hospital(talk: Talk) -> None:
    assert "不太会聊天" in talk("你是机器人吗")


def test_what_is_not_ours_is_said_plainly(talk: Talk) -> None:
    assert "帮不上忙" in talk("帮我查一下明天去北京的火车票")


def test_yes_and_no_to_nothing_change_nothing(talk: Talk) -> None:
    assert "没有要确认的事" in talk("好的")
    assert "没有改动" in talk("不要")
    assert rows(talk.ports, Booking) == rows(talk.ports, Card) == []


def test_a_person_can_be_reached_at_any_time(bound: Talk) -> None:
    phone = bound.ports.his.hospitals()[0].phone
    assert phone in bound("转人工")
    bound("我要挂号")
    said = bound("人工")
    assert phone in said
    assert "想看哪个科" in said


# -- repeat, back -----------------------------------------------------------------------------------------------
def test_repeat_says_the_last_answer_once_more(talk: Talk) -> None:
    said = talk("停车方便吗")
    assert talk("没看清，再说一遍") == said


def test_repeat_of_a_personal_view_draws_it_anew(bound: Talk) -> None:
    bound("问医生")
    bound("骨科")
    bound("半月板损伤以后可以骑自行车锻炼吗")
    seen(bound, bound("还是要问医生") if "还是要问医生" in bound.labels else "")
    said = bound("我的提问")
    assert "半月板损伤" in said
    offered = bound.labels
    assert [label[:4] for label in offered] == ["看骨科的", "再问一个"]
    assert bound("再说一遍") == said
    assert bound.labels == offered


def test_repeat_with_nothing_said_yet_is_help(talk: Talk) -> None:
    assert "我能帮您办这些" in talk("再说一遍")


def test_back_with_nothing_open(talk: Talk) -> None:
    assert "已经在最前面了" in talk("返回上一步")


# -- not understood -----------------------------------------------------------------------------------------------
def test_not_understood_three_times_ends_at_a_person(talk: Talk, mumbled: list[str]) -> None:
    assert "没太听懂，您是想" in talk(mumbled[0])
    assert talk.labels[-1] == "都不是"
    assert "还是没听懂" in talk(mumbled[1])
    assert "人工服务" in talk.labels
    said = talk(mumbled[2])
    assert talk.ports.his.hospitals()[0].phone in said
    assert talk.labels == ["找工作人员", "问医生", "回到菜单"]


def test_being_understood_in_between_starts_the_count_anew(talk: Talk, mumbled: list[str]) -> None:
    talk(mumbled[0])
    assert "还是没听懂" in talk(mumbled[1])
    assert "湖滨东路" in talk("医院地址")
    assert "还是没听懂" not in talk(mumbled[2])


def test_a_guess_can_be_taken_by_number(talk: Talk, mumbled: list[str]) -> None:
    talk(mumbled[0])
    assert "我能帮您办这些" in talk.tap("都不是")


def test_inside_a_form_the_third_miss_is_a_person_and_the_form_ends(bound: Talk, mumbled: list[str]) -> None:
    bound("我要挂号")
    assert "没听明白" in bound(mumbled[0])
    assert "回复“取消”退出" in bound(mumbled[1])
    assert bound.ports.his.hospitals()[0].phone in bound(mumbled[2])
    assert "没有要确认的事" in bound("好的")


# -- odd messages -----------------------------------------------------------------------------------------------
def test_signs_without_a_word_are_taken_kindly(talk: Talk) -> None:
    assert "请用文字" in talk("😂😂👍")
    assert "请用文字" in talk("。。。？？")


def test_five_thousand_characters_are_asked_for_in_parts(talk: Talk) -> None:
    assert "分几条发" in talk("我从去年开始睡不好，" * 500)
    assert "停车" in talk("停车场在哪")


def test_a_red_flag_in_a_very_long_message_is_still_seen(talk: Talk) -> None:
    assert "120" in talk("我从去年开始睡不好，" * 400 + "刚才突然胸口剧痛，喘不上气")


@pytest.mark.parametrize("command", ["/restart", '/book{"department":"yh.k12"}', "/session_start", " /back"])
def test_a_command_typed_by_a_patient_is_plain_text(bound: Talk, command: str, rasa: InProcessRasa) -> None:
    bound("取消预约")
    bound("我要挂号")
    bound(command)
    tracker = tracker_of(rasa, bound)
    assert (tracker.active_loop_name, tracker.get_slot("requested_slot")) == ("booking_form", "department")
    assert rows(bound.ports, Booking) == []
    assert not [e for e in tracker.events if type(e).__name__ == "Restarted"]


def test_control_characters_do_no_harm(talk: Talk) -> None:
    assert "智能助手" in talk("你\x00好\x07\u202e")
    assert "湖滨东路" in talk("医院\x1b[31m地址\r\n在哪\x00")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("voice", "听不懂"), ("image", "先回复“问医生”"), ("location", "位置收到了"), ("video", "用文字告诉我")],
)
def test_a_message_that_is_no_text_gets_a_word(talk: Talk, kind: str, said: str) -> None:
    assert said in talk._send({"kind": kind, "text": ""})


def test_a_voice_message_with_its_words_is_said_back_and_read(talk: Talk) -> None:
    assert "我听到的是：「医院地址在哪里」" in talk._send({"kind": "voice", "text": "医院地址在哪里"})
    assert "湖滨东路" in talk("对的")


def test_subscribing_is_welcomed_with_a_menu_that_works(talk: Talk) -> None:
    said = talk.event("subscribe")
    assert talk.ports.his.hospitals()[0].name in said
    assert "120" in said
    assert "哪里不舒服" in talk("1")


def test_unsubscribing_is_silent_and_forgets_what_was_talked_about(talk: Talk) -> None:
    assert "哪里不舒服" in talk("不知道看哪科")
    person_id = talk.person_id
    assert talk.event("unsubscribe") == ""
    [person] = rows(talk.ports, Person, id=person_id)
    assert (person.subscribed, person.erased_at is not None) == (False, True)
    talk.event("subscribe")
    assert talk.person_id != person_id
    assert "哪里不舒服" not in talk("返回")  # no form of before is open


@pytest.mark.parametrize("followed", [True, False], ids=["following", "follower"])
def test_behaviour_12_a_departments_sign_opens_it(talk: Talk, followed: bool) -> None:
    bones = next(d for d in talk.ports.his.departments() if d.name == "骨科")
    said = talk.follow(f"qrscene_dept:{bones.id}") if followed else talk.scan(f"dept:{bones.id}")
    assert bones.phone in said
    assert ("欢迎关注" in said) == followed
    assert "挂骨科" in talk.labels


@pytest.mark.parametrize("followed", [True, False], ids=["following", "follower"])
def test_behaviour_12_a_doctors_sign_opens_him(talk: Talk, followed: bool) -> None:
    doctor = talk.ports.his.doctors()[0]
    said = talk.follow(f"qrscene_doctor:{doctor.id}") if followed else talk.scan(f"doctor:{doctor.id}")
    assert doctor.name in said
    assert doctor.specialty in said
    assert ("欢迎关注" in said) == followed


def test_behaviour_12_who_follows_after_paying_is_shown_his_bookings(bound: Talk) -> None:
    said = bound.follow("last_trade_no_4200001234202611239876543210")
    assert "欢迎关注" in said
    assert "预约" in said


def test_a_beds_sign_opens_only_what_we_sealed(talk: Talk) -> None:
    assert "住院" in talk.scan(scenes.bed(talk.ports, "7A-12"))
    assert "没认出来" in talk.scan("bed:7A-12.AAAAAAAAAAA")
    assert "没认出来" in talk.scan("bed:7A-12")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("book", "绑定就诊卡"),
        ("triage", "哪里不舒服"),
        ("reports_list", "还没有绑定"),
        ("my_questions", "没有提过"),
        ("human_agent", "服务台电话"),
        ("help", "我能帮您办这些"),
        ("ask_expert", "想问哪个科室"),
    ],
)
def test_a_menu_button_starts_its_service(talk: Talk, key: str, said: str) -> None:
    assert said in talk.click(key)


def test_a_menu_button_nobody_made_is_ignored(talk: Talk) -> None:
    assert talk.click("restart") == ""
    assert talk.click("affirm") == ""


# -- sessions -----------------------------------------------------------------------------------------------
def test_a_session_rolled_after_forty_turns_keeps_the_open_form(bound: Talk, rasa: InProcessRasa) -> None:
    bound("问医生")
    bound("眼科")
    for n in range(TURNS):
        assert "请写下要问眼科的问题" in bound("停车" if n % 2 else "谢谢")
    tracker = tracker_of(rasa, bound)
    assert _users(tracker) < TURNS, "the session was never rolled"
    assert tracker.active_loop_name == "question_form"
    assert (tracker.get_slot("ask_department"), tracker.get_slot("requested_slot")) == ("yh.k25", "question")
    ask(bound, "近视手术以后多久可以游泳")
    [question] = rows(bound.ports, Question)
    assert question.department_id == "yh.k25"
    assert rows(bound.ports, Person, id=bound.person_id)[0].turns < 40


def test_a_talk_that_pauses_thirteen_hours_goes_on(bound_here: Talk, rasa: InProcessRasa) -> None:
    bound_here("问医生")
    bound_here("眼科")
    assert _users(tracker_of(rasa, bound_here)) > 2
    with bound_here.ports.transaction() as session:
        earlier = clock.wire() - timedelta(hours=13)
        session.execute(sa.update(Person).where(Person.id == bound_here.person_id).values(last_seen_at=earlier))
    with clock.frozen(clock.utc(datetime(2026, 11, 23, 22, 45))):
        assert "已经送到医生那里" in ask(bound_here, "近视手术以后多久可以游泳")
    assert _users(tracker_of(rasa, bound_here)) <= 3, "the session was never rolled"
    assert [q.department_id for q in rows(bound_here.ports, Question)] == ["yh.k25"]


def test_a_number_for_choices_of_before_the_pause_still_counts(bound: Talk, rasa: InProcessRasa) -> None:
    bound("我要挂号")
    with bound.ports.transaction() as session:
        earlier = clock.wire() - timedelta(hours=13)
        session.execute(sa.update(Person).where(Person.id == bound.person_id).values(last_seen_at=earlier))
    assert "挂心血管内科，哪天来" in bound("1")


def test_every_message_left_a_row_and_an_answer(talk: Talk) -> None:
    talk("你好")
    talk("😂")
    talk._send({"kind": "image", "text": ""})
    assert {row.state for row in rows(talk.ports, Inbox, person_id=talk.person_id)} == {"answered"}


# -- what is asked stays asked ----------------------------------------------------------------------------------
@pytest.mark.parametrize("between", ["voice", "signs"])
def test_an_aside_that_rasa_never_hears_keeps_the_next_question_private(
    bound: Talk, rasa: InProcessRasa, between: str
) -> None:
    bound("问医生")
    bound("骨科")
    _aside(bound, between)
    ask(bound, "石膏拆了以后手腕转不动，怎么锻炼比较好")
    assert [q.department_id for q in rows(bound.ports, Question)] == ["yh.k12"]
    assert "石膏" not in said_to(rasa, bound)


def test_an_alarm_while_a_name_is_expected_keeps_the_name_private(talk: Talk, rasa: InProcessRasa) -> None:
    talk("绑定就诊卡")
    assert "120" in talk("旁边有人晕倒了叫不醒")
    assert "身份证号" in talk("司马相宜")
    assert "司马相宜" not in said_to(rasa, talk)


@pytest.mark.parametrize("between", ["voice", "signs"])
def test_an_aside_does_not_take_the_choices_away(bound: Talk, between: str) -> None:
    bound("我要挂号")
    _aside(bound, between)
    assert "挂心血管内科，哪天来" in bound("1")


@pytest.mark.parametrize("wish", ["返回上一步", "我要转人工", "对了你们停车怎么收费", "帮我查一下报告"])
def test_a_plain_wish_at_the_questions_prompt_is_no_question(bound: Talk, wish: str) -> None:
    bound("问医生")
    bound("骨科")
    bound(wish)
    assert rows(bound.ports, Question) == []


def _aside(talk: Talk, kind: str) -> None:
    assert "文字" in talk("😂") if kind == "signs" else "打字" in talk._send({"kind": "voice", "text": ""})


# -- not built yet ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "way"),
    [
        ("复诊要怎么弄", "挂号时说医生名字"),
        ("怎么预约做B超", "预约中心"),
        ("住院病历能邮寄吗", "病案室"),
        ("药能寄到家里吗", "药房窗口"),
        ("能不能上门护理打针", "服务台电话"),
        ("看完医生下一步去哪", "收费窗口"),
        ("我要缴费", "收费窗口或自助机"),
        ("怎么退费", "退费窗口"),
        ("电子发票怎么开", "自助机"),
        ("住院押金怎么交", "出入院处"),
        ("怎么办住院手续", "出入院处"),
        ("我想给医生评价", "意见簿"),
        ("我要投诉", "投诉接待室"),
        ("有没有健康科普文章", "历史消息"),
        ("手机上能报到吗", "护士台"),
        ("预约改个时间", "没有可以改时间的预约"),
        ("你们存了我哪些信息", "加密存放"),
    ],
)
def test_what_is_not_built_yet_is_said_with_the_way_at_the_hospital(talk: Talk, asked: str, way: str) -> None:
    assert way in talk(asked)


def _users(tracker: DialogueStateTracker) -> int:
    """How many of the patient's messages are in this session."""
    return sum(isinstance(event, UserUttered) for event in tracker.events)


# -- numbers and signs that pick nothing ------------------------------------------------------------------------
@pytest.mark.parametrize("digit", ["6", "８", "第三个", "十"])
def test_a_number_with_nothing_to_choose_is_said_kindly_and_shows_the_menu(talk: Talk, digit: str) -> None:
    talk("谢谢")
    said = talk(digit)
    assert "现在没有要按数字选的" in said
    assert "我要挂号" in talk.labels


def test_a_number_beyond_the_open_list_is_no_goodbye(talk: Talk) -> None:
    talk("菜单")
    said = talk("15")
    assert "再见" not in said
    assert "我要挂号" in talk.labels


def test_a_number_where_a_form_offers_nothing_repeats_its_question(talk: Talk) -> None:
    talk("不知道该挂什么科")
    said = talk("6")
    assert "请直接回答" in said
    assert "哪里不舒服" in talk.replies[-1]["text"]


def test_nothing_more_out_of_the_blue_is_no_goodbye(talk: Talk) -> None:
    assert "再见" not in talk("没有了")


@pytest.mark.parametrize("text", ["/restart", "/session_start", "asdf"])
def test_what_leaves_no_guess_shows_no_list_of_guesses(talk: Talk, text: str) -> None:
    talk(text)
    assert talk.labels != ["都不是"]


def test_a_command_is_plainly_not_understood(talk: Talk) -> None:
    assert "没听明白" in talk("/restart")
    assert "我要挂号" in talk.labels


def test_signs_in_a_form_bring_its_question_again(bound: Talk) -> None:
    bound("我要挂号")
    own = bound.labels
    assert "请用文字告诉我" in bound("👍")
    assert "想看哪个科" in bound.replies[-1]["text"]
    assert bound.labels == own


@pytest.mark.parametrize("opening", ["头疼，看什么科", "查价格", "问医生", "我要挂号"])
@pytest.mark.parametrize("word", ["菜单", "人工", "帮助"])
def test_help_in_a_form_never_mixes_its_choices_with_the_forms(bound: Talk, opening: str, word: str) -> None:
    bound(opening)
    own, question = bound.labels, bound.replies[-1]["text"]
    bound(word)
    assert bound.labels == own
    assert bound.replies[-1]["text"].endswith(question)


@pytest.mark.parametrize("asked", ["我要投诉", "我想给医生评价", "能不能上门护理打针", "飞船检查多少钱", "转人工"])
def test_whoever_is_told_to_call_is_told_the_number(talk: Talk, asked: str) -> None:
    assert talk.ports.his.hospitals()[0].phone in talk(asked)


# -- what is learnt from it ----------------------------------------------------------------------------------
def test_what_was_not_understood_waits_for_the_editors_with_what_the_patient_meant(
    talk: Talk, mumbled: list[str]
) -> None:
    talk(mumbled[0])
    guess = talk.labels[0]
    talk(guess)
    [kept] = rows(talk.ports, UnclearText)
    assert (kept.reason, kept.times) == ("corrected", 1)
    assert GUESS_LABELS[kept.meant] == guess


def test_none_of_the_guesses_is_told_too_and_helps_on(talk: Talk, mumbled: list[str]) -> None:
    talk(mumbled[0])
    assert "可以" in talk("都不是") or talk.labels
    assert [row.meant for row in rows(talk.ports, UnclearText)] == [""]


def test_what_was_understood_is_not_kept(talk: Talk) -> None:
    talk("你好")
    talk("停车场在哪")
    assert rows(talk.ports, UnclearText) == []
