"""A message's way through web: what rasa hears, what it never hears, and what the patient reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import clock
from bot.errors import HisUnavailable, NotFound, PeizhenError, Unavailable
from bot.jobs import outbox as outbox_job
from bot.push import outbox
from bot.services import callers, follow_ups, gestures, messages, mydata, vault, words
from tests.factories import FakePush, a_card, a_person, make_ports, someone
from tests.services.post import Script, notices, person_of, received, row

FLAG = "突然胸口压着疼，一身冷汗"


@pytest.fixture
def database_url(sqlite_url):
    """SQLite alone: what PostgreSQL does otherwise is in test_inbox.py."""
    return sqlite_url


@pytest.fixture
def ports(engine, still):
    return make_ports(engine, dialogue=Script())


@pytest.fixture
def rasa(ports):
    return ports.dialogue


def say(ports, text="", **changes):
    return messages.work(ports, inbox_id=received(ports, text, **changes))


def texts(replies):
    return [reply["text"] for reply in replies]


# -- a patient's words are never a command ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        " /restart",
        "\n\t/restart",
        "\u3000/restart",
        "\u2028/restart",
        "\x1c/restart",
        "\x85/book",
        "／restart",
    ]
    + ['/book{"department": "骨科"}', "//restart", "/", "/ 挂号"],
)
def test_a_leading_slash_never_reaches_rasa(ports, rasa, text):
    say(ports, text)
    assert all(heard == "/only_signs" or not heard.strip().startswith("/") for heard in rasa.heard)
    if any(letter.isalnum() for letter in text):
        assert rasa.heard[0].startswith("／")


@pytest.mark.parametrize("sign", ["\u200b", "\u200d", "\ufeff", "\u2060", "\x00", "\x07", "\u202e"])
def test_an_invisible_sign_before_a_slash_makes_no_command(ports, rasa, sign):
    """rasa strips what `str.strip` strips and looks at the first sign: these are none of either."""
    say(ports, f"{sign}/restart")
    assert not rasa.heard[0].strip().startswith("/")


def test_a_slash_inside_stays(ports, rasa):
    say(ports, "血压 140/90 正常吗")
    assert rasa.heard == ["血压 140/90 正常吗"]


@pytest.mark.parametrize("text", ["👍", "👍👍👍", "？", "。。。", "[]", "", "   ", "\u200b", "❤️", "/"])
def test_signs_alone_reach_the_dialogue_as_no_words_at_all(ports, rasa, text):
    say(ports, text)
    assert rasa.heard == ["/only_signs"]


def test_signs_alone_are_asked_back_when_the_dialogue_is_away(ports, rasa):
    rasa.down = True
    assert texts(say(ports, "👍")) == [words.say("utter_only_signs")["text"]]


def test_two_thousand_characters_are_taken_and_one_more_is_asked_to_be_shorter(ports, rasa):
    say(ports, "好" * messages.LONGEST)
    assert rasa.heard == ["好" * messages.LONGEST]
    assert texts(say(ports, "好" * (messages.LONGEST + 1))) == [words.say("utter_too_long")["text"]]
    assert len(rasa.heard) == 1


# -- red flags ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [FLAG, "这几天事情很多。" * 1250 + FLAG, f"/{FLAG}", f"\u200b{FLAG}"],
    ids=["plain", "at the end", "slash", "invisible"],
)
def test_a_red_flag_is_answered_without_rasa_even_at_the_end_of_ten_thousand_characters(ports, rasa, text):
    rasa.down = True
    (reply,) = say(ports, text)
    assert "120" in reply["text"]
    assert [c["label"] for c in reply["choices"]] == ["不是急症，继续挂号", "不知道看哪科", "人工服务"]
    assert rasa.heard == []


def test_a_red_flag_comes_with_the_his_down(ports, rasa):
    (reply,) = say(replace(ports, his=None), FLAG)
    assert "120" in reply["text"]


def test_the_way_below_a_red_flag_is_open(ports, rasa):
    say(ports, FLAG)
    say(ports, "1")
    assert rasa.heard == ["/book"]


def test_a_red_flag_in_a_question_to_a_doctor_warns_and_the_question_goes_on(ports, rasa):
    rasa.answer = lambda text: [{"text": "请写下问题", "expects": "question"}]
    say(ports, "问医生")
    alarm, asked = say(ports, f"{FLAG}，要不要做检查")
    assert "120" in alarm["text"]
    assert asked["text"] == "请写下问题"
    assert rasa.heard[-1].startswith("⟦question:v_")


def test_a_red_flag_in_a_question_is_said_even_without_rasa(ports, rasa):
    rasa.answer = lambda text: [{"text": "请写下问题", "expects": "question"}]
    say(ports, "问医生")
    rasa.down = True
    alarm, sorry = say(ports, f"{FLAG}，要不要做检查")
    assert "120" in alarm["text"]
    assert sorry["text"].endswith(f"服务台电话 {ports.his.hospitals()[0].phone}。")
    rasa.down = False
    say(ports, f"{FLAG}，要不要做检查")  # sent again, it is still a question
    assert rasa.heard[-1].startswith("⟦question:v_")


def test_a_red_flag_in_a_question_waits_for_no_slow_dialogue(ports, rasa, monkeypatch):
    """The dialogue may add its words if it is quick; a patience of 20 s is for ordinary words alone."""
    rasa.answer = lambda text: [{"text": "请写下问题", "expects": "question"}]
    say(ports, "问医生")
    given, talk = [], rasa.talk

    def slow(*, patience, **turn):
        given.append(patience)
        if patience is not None:
            raise Unavailable
        return talk(**turn)

    monkeypatch.setattr(rasa, "talk", slow)
    alarm, sorry = say(ports, f"{FLAG}，要不要做检查")
    assert "120" in alarm["text"]
    assert "没有丢" in sorry["text"]
    say(ports, "膝盖疼要不要做检查")
    assert given == [messages.WARNING_SECONDS, None]


def test_a_red_flag_in_a_question_leaves_its_turn_when_the_one_before_takes_long(ports, rasa, later):
    rasa.answer = lambda text: [{"text": "请写下问题", "expects": "question"}]
    say(ports, "问医生")
    rasa.down = True
    assert say(ports, "膝盖疼") is None  # stays open before it
    one = received(ports, f"{FLAG}，要不要做检查")
    assert messages.alarm(ports, inbox_id=one) is None
    later(1)
    alarm, _sorry = messages.alarm(ports, inbox_id=one)
    assert "120" in alarm["text"]


def test_only_red_flags_leave_their_turn(ports, rasa):
    rasa.down = True
    assert say(ports, "第一句") is None
    one = received(ports, "第二句")
    assert messages.alarm(ports, inbox_id=one) is None
    assert row(ports, one).state == "received"
    (reply,) = say(ports, FLAG)
    assert "120" in reply["text"]
    assert say(ports, kind="image") is None


def test_a_voice_message_with_words_is_checked_too(ports, rasa):
    (reply,) = say(ports, FLAG, kind="voice", media_id="m")
    assert "120" in reply["text"]
    assert rasa.heard == []


# -- what rasa hears ------------------------------------------------------------------------------------------------
def test_rasa_hears_placeholders_and_a_signed_inbox_id_and_nothing_of_the_person(ports, rasa):
    person = a_person(ports, "o-secret")
    card = a_card(ports, person, someone("韩梅梅"))
    say(ports, "韩梅梅的电话换成13800138000，身份证110101199003070011", person=person)
    (call,) = rasa.calls
    sent = f"{rasa.heard}{call}"
    assert card.ref in rasa.heard[0]
    assert "o-secret" not in sent
    for secret in ("韩梅梅", "13800138000", "110101199003070011"):
        assert secret not in sent
    assert set(call["metadata"]) == {"inbox"}
    assert callers.caller(ports, token=call["metadata"]["inbox"])[0] == person
    assert not call["fresh"]


def test_what_the_prompt_expects_is_hidden_whole_until_it_is_answered(ports, rasa):
    rasa.answer = lambda text: [{"text": "请输入姓名", "expects": "person_name"}]
    say(ports, "绑卡")
    (shown,) = say(ports, "", kind="image")
    assert "expects" not in shown
    say(ports, "", kind="event", event="view", event_key="http://x")
    rasa.answer = lambda text: [{"text": "好的"}]
    say(ports, "慕容复")
    assert rasa.heard[-1].startswith("⟦person_name:v_")
    say(ports, "慕容复")
    assert rasa.heard[-1] == "慕容复"


def test_expects_is_not_shown_and_choices_have_ids(ports, rasa):
    rasa.answer = lambda text: [{"text": "哪科", "expects": "phone", "choices": [{"label": "骨科", "payload": "/x"}]}]
    (shown,) = say(ports, "挂号")
    assert set(shown) == {"text", "choices"}
    assert set(shown["choices"][0]) == {"label", "id"}
    say(ports, "骨科", menu_id=shown["choices"][0]["id"])
    assert rasa.heard[-1] == "/x"


# -- events and other kinds ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", sorted(gestures.MENU_KEYS))
def test_each_menu_key_is_a_wish(ports, rasa, key):
    say(ports, kind="event", event="click", event_key=key)
    assert rasa.heard == [f"/{key}"]


@pytest.mark.parametrize(
    ("event", "key"),
    [("click", "restart"), ("click", "session_start"), ("click", "/book"), ("click", 'book{"a":1}'), ("click", "")]
    + [("view", "book"), ("location", ""), ("templatesendjobfinish", ""), ("", "")],
)
def test_other_keys_and_events_are_silent_and_keep_the_open_choices(ports, rasa, event, key):
    rasa.answer = lambda text: [{"text": "哪科", "choices": [{"label": "骨科", "payload": "/x"}]}]
    say(ports, "挂号")
    assert say(ports, kind="event", event=event, event_key=key) == []
    assert rasa.heard == ["挂号"]
    say(ports, "1")
    assert rasa.heard[-1] == "/x"


def test_a_sign_that_nobody_knows_is_said_and_keeps_the_open_choices(ports, rasa):
    rasa.answer = lambda text: [{"text": "哪科", "choices": [{"label": "骨科", "payload": "/x"}]}]
    say(ports, "挂号")
    (reply,) = say(ports, kind="event", event="scan", event_key="book")
    assert reply["text"] == words.say("utter_unknown_sign")["text"]
    say(ports, "1")
    assert rasa.heard[-1] == "/x"


def test_who_leaves_is_nobody_and_comes_back_as_a_stranger(ports, rasa):
    one = received(ports)
    person = person_of(ports, one)
    messages.work(ports, inbox_id=one)
    assert say(ports, kind="event", event="unsubscribe") == []
    assert callers.person_of(ports, openid="o-someone") is None
    assert not callers.person_here(ports, person_id=person.id)
    (hello,) = say(ports, kind="event", event="subscribe")
    assert "云河医院" in hello["text"]
    assert hello["choices"]
    back = callers.person_of(ports, openid="o-someone")
    assert back not in {None, person.id}
    assert callers.person_here(ports, person_id=back)
    assert not callers.person_here(ports, person_id=person.id)
    assert rasa.heard == ["你好"]
    assert callers.person_of(ports, openid="o-nobody") is None
    assert not callers.person_here(ports, person_id=10**6)


@pytest.mark.parametrize("kind", ["image", "voice", "video", "location", "link", "file", "unsupported"])
def test_what_cannot_be_read_gets_kind_words_and_no_turn(ports, rasa, kind):
    (reply,) = say(ports, kind=kind, media_id="m")
    name = f"utter_got_{kind}"
    assert reply["text"] == words.say(name if words.known(name) else "utter_got_other")["text"]
    assert rasa.heard == []


def test_a_type_of_a_later_day_gets_no_words_and_no_turn(ports, rasa):
    assert say(ports, kind="unknown") == []
    assert rasa.heard == []


def test_a_voice_that_nobody_understood_may_be_an_emergency(ports, rasa):
    (reply,) = say(ports, "", kind="voice", media_id="m")
    assert "打字" in reply["text"]
    assert "马上打120" in reply["text"]


def test_a_voice_message_with_words_is_said_back_and_then_read(ports, rasa):
    (reply,) = say(ports, "我要挂号", kind="voice", media_id="m")
    assert "「我要挂号」" in reply["text"]
    say(ports, "1")
    assert rasa.heard == ["我要挂号"]


# -- parts that are missing --------------------------------------------------------------------------------------------
def test_without_rasa_a_row_stays_open_and_says_why(ports, rasa):
    rasa.down = True
    one = received(ports)
    assert messages.work(ports, inbox_id=one) is None
    assert (row(ports, one).state, row(ports, one).failure) == ("received", "unavailable")


def test_the_welcome_waits_for_the_hospitals_name(ports):
    ports.his.hospitals = lambda: (_ for _ in ()).throw(HisUnavailable)
    one = received(ports, kind="event", event="subscribe")
    assert messages.work(ports, inbox_id=one) is None
    assert row(ports, one).failure == "his_unavailable"


def test_a_bug_gives_the_row_back_and_keeps_the_words_out_of_the_failure(ports, rasa):
    rasa.fails = ValueError("李雷 13800138000")
    one = received(ports)
    with pytest.raises(ValueError, match="李雷"):
        messages.work(ports, inbox_id=one)
    assert (row(ports, one).state, row(ports, one).failure) == ("received", "ValueError")


def test_a_reply_that_cannot_be_stored_gives_the_row_back(ports, rasa):
    rasa.answer = lambda text: [{"text": "好", "link": {"title": object()}}]
    one = received(ports)
    with pytest.raises(TypeError):
        messages.work(ports, inbox_id=one)
    assert row(ports, one).state == "received"


def test_a_done_row_is_nobodys(ports, rasa):
    one = received(ports)
    assert messages.work(ports, inbox_id=one)
    assert messages.work(ports, inbox_id=one) is None
    assert rasa.heard == ["你好"]


# -- who is asking ------------------------------------------------------------------------------------------------------
def test_a_token_names_its_person_and_row(ports):
    assert callers.caller(ports, token=callers.token(ports, person_id=7, inbox_id=9)) == (7, 9)


@pytest.mark.parametrize(
    "forge",
    [
        lambda t: t.replace("7.9", "8.9", 1),
        lambda t: t.replace("7.9", "7.8", 1),
        lambda t: ".".join([*t.split(".")[:2], str(int(t.split(".")[2]) + 1), t.split(".")[3]]),
        lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
        lambda t: t.rsplit(".", 1)[0],
        lambda t: t + ".x",
        lambda t: "",
        lambda t: "....",
        lambda t: "锁.锁.锁.锁",
    ],
)
def test_a_forged_token_is_nobodys(ports, forge):
    with pytest.raises(NotFound, match="expired"):
        callers.caller(ports, token=forge(callers.token(ports, person_id=7, inbox_id=9)))


def test_a_token_of_another_purpose_is_nobodys(ports):
    value = f"7.9.{clock.wire_seconds() + 60}"
    with pytest.raises(NotFound):
        callers.caller(ports, token=f"{value}.{ports.crypto.sign(value)}")


def test_a_token_ends_with_its_hour(ports, monkeypatch):
    token, real = callers.token(ports, person_id=7, inbox_id=9), clock.wire_seconds()
    monkeypatch.setattr(clock, "wire_seconds", lambda: real + callers.TOKEN_SECONDS - 5)
    assert callers.caller(ports, token=token) == (7, 9)
    monkeypatch.setattr(clock, "wire_seconds", lambda: real + callers.TOKEN_SECONDS + 5)
    with pytest.raises(NotFound, match="expired"):
        callers.caller(ports, token=token)


def test_entrusted_values_come_back_to_their_owner(ports):
    one, other = a_person(ports), a_person(ports)
    ref = vault.put(ports, person_id=one, kind="question", value=FLAG)
    assert messages.unvault(ports, person_id=one, ref=ref) == FLAG
    assert messages.question(ports, person_id=one, ref=ref) == (FLAG, True)
    calm = vault.put(ports, person_id=one, kind="question", value="血糖高能吃红薯吗")
    assert messages.question(ports, person_id=one, ref=calm) == ("血糖高能吃红薯吗", False)
    with pytest.raises(PeizhenError, match="expired"):
        messages.question(ports, person_id=other, ref=ref)


# -- answers that come later ------------------------------------------------------------------------------------------------
UTTERANCES = [
    {"text": "挂好了", "buttons": [{"title": "看预约", "payload": "/my_bookings"}], "custom": {}, "response": None},
    {"response": "utter_too_long", "text": None, "buttons": []},
]


def test_what_a_slow_action_had_to_say_goes_out_once_and_can_be_tapped(ports, rasa):
    one = received(ports)
    for _ in range(2):
        follow_ups.send(ports, inbox_id=one, utterances=UTTERANCES)
    said = [payload for _, payload in notices(ports)]
    assert texts(said) == ["挂好了", words.say("utter_too_long")["text"]]
    assert messages.work(ports, inbox_id=one)  # the row itself
    (tap,) = said[-1]["choices"]
    assert set(tap) == {"label", "id"}


def test_a_tap_on_a_late_answer_counts(ports, rasa):
    one = received(ports)
    messages.work(ports, inbox_id=one)
    follow_ups.send(ports, inbox_id=one, utterances=UTTERANCES)
    tap = notices(ports)[-1][1]["choices"][0]
    say(ports, tap["label"], menu_id=tap["id"])
    assert rasa.heard[-1] == "/my_bookings"


def test_a_late_answer_without_choices_leaves_the_newer_ones_open(ports, rasa):
    one = received(ports)
    rasa.answer = lambda text: [{"text": "哪科", "choices": [{"label": "骨科", "payload": "/x"}]}]
    messages.work(ports, inbox_id=one)
    follow_ups.send(ports, inbox_id=one, utterances=[{"text": "查好了"}])
    say(ports, "1")
    assert rasa.heard[-1] == "/x"


def test_a_late_answer_of_no_row_is_not_found(ports):
    with pytest.raises(NotFound):
        follow_ups.send(ports, inbox_id=10**6, utterances=UTTERANCES)


def test_late_answers_and_views_leave_through_the_outbox_job(ports, rasa, monkeypatch):
    push = FakePush()
    ports = replace(ports, push=push)
    monkeypatch.setattr(outbox_job.wiring, "ports", lambda: ports)
    one = received(ports)
    follow_ups.send(
        ports, inbox_id=one, utterances=[{"custom": {"view": "questions", "ref": ""}, "text": "看："}, UTTERANCES[0]]
    )
    assert outbox_job.run() == 2
    assert [openid for openid, _ in push.sent] == ["o-someone"] * 2
    assert push.sent[0][1]["text"].startswith("看：")
    assert all(c["id"] for _, reply in push.sent for c in reply.get("choices") or [])


def test_one_notice_that_breaks_us_holds_up_no_other(ports, rasa, monkeypatch):
    push = FakePush()
    ports = replace(ports, push=push)
    monkeypatch.setattr(outbox_job.wiring, "ports", lambda: ports)
    person = person_of(ports, received(ports)).id
    mydata.agree(ports, person_id=person, purpose="push")
    for n, payload in enumerate(({"view": "no such view", "ref": ""}, {"text": "好"})):
        with ports.transaction() as session:
            outbox.enqueue(
                session,
                crypto=ports.crypto,
                person_id=person,
                kind="test",
                payload=payload,
                dedupe_key=f"n{n}",
                due_at=ports.now() - timedelta(minutes=2 - n),
            )
    assert outbox_job.run() == 2
    assert [reply["text"] for _, reply in push.sent] == ["好"]


def test_staff_see_what_did_not_work(ports, rasa):
    rasa.down = True
    one = received(ports)
    messages.work(ports, inbox_id=one)
    assert [(f.id, f.kind, f.failure) for f in messages.failed(ports)] == [(one, "text", "unavailable")]
    rasa.down = False
    messages.work(ports, inbox_id=one)
    assert messages.failed(ports) == []
