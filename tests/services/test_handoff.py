"""A person instead of the bot: found, waited for, talked to; the bot keeps silent and comes back where it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.handoff import Handoff
from bot.errors import Unavailable
from bot.ports import Ports
from bot.services import choices, delivery, handoff_ends, messages, mydata, replying, views, words
from tests.factories import NOW, a_person, make_ports
from tests.services.people import FakeStaff, lines, talks
from tests.services.post import Script, notices, person_of, received, row

FLAG = "突然胸口压着疼，一身冷汗"
WISH = {"handoff": "", "text": "服务台电话"}
EVENING = NOW + timedelta(hours=12)  # Monday 20:30


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
def staff():
    return FakeStaff(who="kf2001@peizhen")


@pytest.fixture
def ports(engine, still, staff):
    return make_ports(engine, dialogue=Script(answer), handoff=staff)


def answer(text):
    return [dict(WISH)] if text in {"人工", "/human_agent"} else [{"text": f"听到：{text}"}]


def say(ports: Ports, text="人工", **changes):
    return messages.work(ports, inbox_id=received(ports, text, **changes))


def event(ports: Ports, name, **extra):
    return say(ports, "", kind="event", event=name, extra=extra)


def said(ports: Ports) -> list[str]:
    """What waits in the outbox, in words."""
    person = talks(ports)[0].person_id
    return [str(views.drawn(ports, person_id=person, reply=payload)["text"]) for _key, payload in notices(ports)]


# -- WeChat's own customer service ---------------------------------------------------------------------------------
def test_behaviour_17_a_users_message_is_handed_to_whoever_is_free(ports, staff):
    assert say(ports) == [{"transfer": {"account": "kf2001@peizhen"}}]
    assert [(t.state, t.way) for t in talks(ports)] == [("queued", "wechat")]
    assert staff.asked == 1


def test_behaviour_17_an_event_is_never_handed_over_but_asks_for_a_message(ports):
    (reply,) = say(ports, "", kind="event", event="click", event_key="human_agent")
    assert reply["text"] == words.say("utter_handoff_write")["text"]
    assert say(ports, "退款没到账") == [{"transfer": {"account": "kf2001@peizhen"}}]
    assert lines(ports) == [("patient", "退款没到账")]


def test_a_tap_on_a_quick_reply_is_a_users_message_and_handed_over(ports):
    (urgent,) = say(ports, FLAG)
    tapped = urgent["choices"][-1]
    assert say(ports, tapped["label"], menu_id=tapped["id"]) == [{"transfer": {"account": "kf2001@peizhen"}}]
    assert lines(ports) == []


def test_behaviour_17_while_only_queueing_messages_are_forwarded_and_counted_and_the_bot_is_silent(ports):
    say(ports)
    assert say(ports, "有人吗") == [{"transfer": {"account": "kf2001@peizhen"}}]
    assert say(ports, "", kind="image", media_id="m") == [{"transfer": {"account": "kf2001@peizhen"}}]
    assert talks(ports)[0].waited == 2
    assert ports.dialogue.heard == ["人工"]


def test_behaviour_17_a_red_flag_is_warned_of_at_once_also_then(ports):
    say(ports)
    (reply,) = say(ports, FLAG)
    assert "120" in reply["text"]
    assert "choices" not in reply  # what he types next goes to the person
    assert lines(ports)[-1] == ("patient", FLAG)


def test_behaviour_17_it_comes_back_when_the_session_is_closed_and_knows_where_it_was(ports):
    ports.dialogue.answer = lambda text: [{**WISH, "handoff": "挂号"}, {"text": "哪一天？"}]
    say(ports)
    event(ports, "kf_create_session", KfAccount="kf2001@peizhen")
    assert talks(ports)[0].state == "open"
    event(ports, "kf_switch_session", FromKfAccount="kf2001@peizhen", ToKfAccount="kf2002@peizhen")
    assert talks(ports)[0].account == "kf2002@peizhen"
    event(ports, "kf_close_session", KfAccount="kf2002@peizhen")
    assert [(t.state, t.ended_by) for t in talks(ports)] == [("closed", "platform")]
    assert said(ports) == [words.say("utter_handoff_over_doing", doing="挂号")["text"]]
    ports.dialogue.answer = answer
    assert say(ports, "停车")[0]["text"] == "听到：停车"


def test_the_open_question_is_still_what_is_expected_afterwards(ports):
    """A name typed after the talk is the answer to the form's question, and never reaches rasa."""
    ports.dialogue.answer = lambda text: [{"text": "姓名？", "expects": "person_name"}]
    say(ports, "绑卡")
    ports.dialogue.answer = lambda text: [
        {**WISH, "handoff": "绑定就诊卡"},
        {"text": "姓名？", "expects": "person_name"},
    ]
    one = received(ports, "人工")
    messages.work(ports, inbox_id=one)
    assert person_of(ports, one).expects == "person_name"
    say(ports, "退出人工")
    ports.dialogue.answer = answer
    say(ports, "王小明")
    assert ports.dialogue.heard[-1].startswith("⟦person_name:v_")


def test_the_way_back_asks_the_open_question_again(ports):
    ports.dialogue.answer = lambda text: [{**WISH, "handoff": "挂号"}]
    say(ports)
    (reply,) = say(ports, "退出人工")
    assert [c["label"] for c in reply["choices"]] == ["接着挂号"]
    ports.dialogue.answer = answer
    say(ports, "接着挂号")
    assert ports.dialogue.heard[-1] == "/repeat"


def test_a_session_that_the_staff_began_ends_like_any_other(ports):
    say(ports, "你好")
    event(ports, "kf_create_session", KfAccount="kf2001@peizhen")
    assert say(ports, "在吗") == [{"transfer": {"account": "kf2001@peizhen"}}]
    event(ports, "kf_close_session")
    assert said(ports) == [words.say("utter_handoff_over")["text"]]


def test_a_message_that_comes_here_shows_that_wechats_staff_have_him_no_more(ports):
    """The event of the end was lost; the bot is back with his next message."""
    say(ports)
    event(ports, "kf_create_session", KfAccount="kf2001@peizhen")
    assert say(ports, "在吗") == [{"transfer": {"account": "kf2001@peizhen"}}], "sent as they took him"
    with clock.frozen(NOW + timedelta(minutes=2)):
        assert say(ports, "停车")[0]["text"] == "听到：停车"
        assert said(ports) == [words.say("utter_handoff_over")["text"]]


def test_events_told_twice_are_one(ports):
    say(ports)
    for _ in range(2):
        event(ports, "kf_create_session", KfAccount="kf2001@peizhen")
    for _ in range(2):
        event(ports, "kf_close_session", KfAccount="kf2001@peizhen")
    assert len(talks(ports)) == len(notices(ports)) == 1


def test_behaviour_17_a_transfer_that_missed_wechats_reply_is_said_and_offered_again(ports):
    one = received(ports, "人工")
    replying.settle_late(ports, inbox_id=one)
    messages.work(ports, inbox_id=one)
    [(_key, payload)] = notices(ports)
    assert "transfer" not in payload
    person = talks(ports)[0].person_id
    drawn = views.drawn(ports, person_id=person, reply=payload)
    assert drawn["text"] == words.say("utter_handoff_missed")["text"]
    tapped = drawn["choices"][0]
    again = say(ports, tapped["label"], menu_id=tapped["id"])
    assert again == [{"transfer": {"account": "kf2001@peizhen"}}]
    assert [t.state for t in talks(ports)] == ["closed", "queued"]


def test_whom_we_cannot_ask_is_not_there(ports, staff):
    staff.fails = Unavailable()
    assert say(ports)[0]["text"].startswith("工作人员这会儿都不在")


# -- nobody is there -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "when"),
    [
        (EVENING, "明天早上8点"),
        (NOW - timedelta(hours=2), "今天早上8点"),
        (NOW + timedelta(days=4, hours=12), "明天早上8点"),
    ],
)
def test_behaviour_17_nobody_online_is_told_with_when_and_the_question_is_kept(ports, staff, now, when):
    staff.who = None
    with clock.frozen(now):
        assert f"{when}有人" in say(ports)[0]["text"]
        assert f"{when}有工作人员来看" in say(ports, "我的退款三天了没到账")[0]["text"]
        assert [t.state for t in talks(ports)] == ["kept"]
        assert lines(ports) == [("patient", "人工"), ("patient", "我的退款三天了没到账")]
        assert say(ports, "停车")[0]["text"] == "听到：停车"


@pytest.mark.parametrize(
    ("until", "when"), [("18:00", "今天晚上6点前"), ("17:30", "今天下午5点半前"), ("24:00", "今天之内")]
)
def test_behaviour_17_nobody_online_within_the_hours_is_said_and_by_when_somebody_comes(ports, staff, until, when):
    staff.who, staff.present = None, False
    ports.rules["service_hours"] = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "08:00", "until": until}]
    said = say(ports)[0]["text"]
    assert "这会儿都不在" in said
    assert when in said
    assert "都在忙" not in said


def test_hours_with_a_break_and_a_day_off_are_said_in_words(ports, staff):
    staff.who = None
    weekdays = {"days": [1, 2, 3, 4, 5]}
    spans = [weekdays | {"from": "08:00", "until": "12:00"}, weekdays | {"from": "13:30", "until": "17:00"}]
    ports.rules["service_hours"] = spans
    with clock.frozen(NOW + timedelta(hours=4)):  # Monday 12:30
        assert "今天下午1点半有人" in say(ports)[0]["text"]
    with clock.frozen(NOW + timedelta(days=4, hours=12)):  # Friday 20:30
        assert "周一早上8点有人" in say(ports, openid="o-friday")[0]["text"]


def test_somebody_who_came_meanwhile_gets_the_question(ports, staff):
    staff.who = None
    say(ports)
    staff.who = ""
    assert say(ports, "退款没到账") == [{"transfer": {}}]


@pytest.mark.parametrize("text", ["取消", "不用了", "退出人工", "返回"])
def test_who_does_not_want_to_leave_a_word_is_left_alone(ports, staff, text):
    staff.who = None
    say(ports)
    assert say(ports, text)[0]["text"] == words.say("utter_handoff_left")["text"]
    assert say(ports, "停车")[0]["text"] == "听到：停车"


def test_a_question_that_sounds_like_a_wish_is_still_the_staffs(ports, staff):
    staff.who = None
    say(ports)
    assert "记下了" in say(ports, "挂号费退了吗")[0]["text"]


def test_another_wish_instead_of_a_word_for_the_staff_is_the_bots(ports, staff):
    staff.who = None
    say(ports)
    assert say(ports, "我要挂号")[0]["text"] == "听到：我要挂号"
    assert [t.state for t in talks(ports)] == ["closed"]


# -- our own console -----------------------------------------------------------------------------------------------
@pytest.fixture
def console(staff):
    staff.way, staff.who = "console", ""
    return staff


def test_while_a_patient_waits_for_our_console_everything_goes_there_and_nothing_is_said(ports, console):
    assert say(ports)[0]["text"] == words.say("utter_handoff_waiting")["text"]
    assert say(ports, "退款没到账") == []
    assert say(ports, "2") == []
    assert lines(ports) == [("patient", "人工"), ("patient", "退款没到账"), ("patient", "2")]
    assert ports.dialogue.heard == ["人工"]


def test_who_waits_learns_how_many_are_before_him(ports, console):
    say(ports, openid="o-one")
    assert "前面还有1位" in say(ports, openid="o-two")[0]["text"]


def test_what_our_console_cannot_show_is_asked_for_in_words(ports, console):
    say(ports)
    (reply,) = say(ports, "", kind="image", media_id="m")
    assert reply["text"] == words.say("utter_handoff_words_only")["text"]
    assert lines(ports)[-1] == ("patient", "（发来一张图片）")


def test_a_tap_on_what_we_offered_stays_ours_in_the_middle_of_a_talk(ports, console):
    """A place from the waitlist must not wait for a person."""
    say(ports)
    person = talks(ports)[0].person_id
    offer = {"text": "有位子了", "choices": [{"label": "要这个号", "payload": "/take_place"}]}
    shown = choices.stand(ports, person_id=person, reply=offer, until=ports.now() + timedelta(hours=1))
    tapped = shown["choices"][0]
    assert say(ports, tapped["label"], menu_id=tapped["id"])[0]["text"] == "听到：/take_place"


@pytest.mark.parametrize("button", ["book", "human_agent"])
def test_the_accounts_menu_stays_ours_too(ports, console, button):
    say(ports)
    (reply,) = say(ports, "", kind="event", event="click", event_key=button)
    expected = words.say("utter_handoff_already")["text"] if button == "human_agent" else "听到：/book"
    assert reply["text"] == expected


def test_a_talk_in_which_nobody_speaks_ends_and_the_bot_is_back(ports, console):
    say(ports)
    with ports.transaction() as session:
        session.execute(sa.update(Handoff).values(state="open"))
    with clock.frozen(NOW + timedelta(minutes=31)):
        assert handoff_ends.sweep(ports) == 1
        assert handoff_ends.sweep(ports) == 0
        assert said(ports) == [words.say("utter_handoff_over")["text"]]
        assert say(ports, "停车")[0]["text"] == "听到：停车"


def test_a_question_that_nobody_took_is_left_to_the_staff_and_he_is_told(ports, console):
    say(ports)
    say(ports, "退款没到账")
    with clock.frozen(EVENING):
        assert say(ports, "停车")[0]["text"] == "听到：停车"
        assert [t.state for t in talks(ports)] == ["kept"]
        assert "明天早上8点" in said(ports)[0]


def test_what_was_answered_out_of_turn_is_there_to_be_read(ports, console):
    say(ports)
    one = received(ports, FLAG)
    assert "120" in messages.alarm(ports, inbox_id=one)[0]["text"]
    assert lines(ports)[-1] == ("patient", FLAG)
    assert row(ports, one).state == "answered"


def test_an_erased_person_leaves_no_word_to_the_staff(ports, console):
    say(ports)
    mydata.erase(ports, person_id=talks(ports)[0].person_id)
    assert talks(ports) == lines(ports) == []


def test_anothers_talk_is_not_shown(ports, console):
    say(ports)
    stranger = a_person(ports)
    for view in ("handoff_over", "handoff_missed", "handoff_unanswered", "handoff_joined"):
        (reply,) = views.render(ports, person_id=stranger, replies=[{"view": view, "ref": talks(ports)[0].ref}])
        assert reply["text"] == words.say("utter_error_not_found")["text"]


# -- without anybody -----------------------------------------------------------------------------------------------
def test_a_hospital_without_people_in_the_chat_names_its_desk(engine, still):
    ports = make_ports(engine, dialogue=Script(answer))
    assert say(ports) == [{"text": "服务台电话"}]
    assert talks(ports) == delivery.undelivered(ports) == []
