"""Answers through the door, the desk and the database, for each kind of account; only rasa plays a part."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.base import make_engine
from bot.db.push import Notice
from bot.host import desk
from bot.host.channel import WeChatChannel
from bot.host.desk import Desk
from bot.services import messages, words
from bot.web.app import create_app
from connectors.simulator.envelope import Envelope
from connectors.wechat.answering import Answering
from connectors.wechat.clock import MachineClock
from connectors.wechat.keeping import MORE_ID, VIEW_ID, WAIT
from connectors.wechat.outbound import render
from connectors.wechat.ports import Account
from connectors.wechat.webhook import wechat_blueprint
from tests.factories import make_ports
from tests.services.post import Hasty, Script, notices, row

APP, TOKEN, AES = "wxanswertest00001", "answertoken", "kD3vPq8sTz1XwYb5NcRfGh2JmLa9UeVo4Si7QtWxEyZ"
LONG_ENOUGH = 30.0  # seconds of a post, for a store on a slow machine
ids = itertools.count(8_000_000_001)
TAPS = re.compile(r'msgmenuid=([^"]+)">([^<]+)</a>')


class Account1:
    """One account of some kind, and a patient in front of it."""

    def __init__(self, engine, kind, *, waits=False):
        """`waits` = False: nobody waits for a dialogue that is not ready."""
        self.ports = make_ports(engine, dialogue=Script(), channel=WeChatChannel(kind))
        self.desk, self.envelope = Desk(self.ports), Envelope(TOKEN, AES, APP)
        account = Account(APP, TOKEN, AES, kind=kind)
        self.hand = Hasty(self.desk, waits=waits)
        blueprint = wechat_blueprint(account, self.desk, self.hand, MachineClock(), budget=LONG_ENOUGH)
        self.app = create_app(
            self.ports,
            [blueprint],
            secret_key="s" * 40,
            demo=True,
            public_url="http://localhost",
            health=dict,
            oauth=None,  # type: ignore[arg-type]
        )

    def post(self, text, *, message_id, menu_id="", openid="o-patient"):
        inner = f"<MsgType>text</MsgType><Content>{text}</Content><MsgId>{message_id}</MsgId>"
        inner += f"<bizmsgmenuid>{menu_id}</bizmsgmenuid>" if menu_id else ""
        head = f"<ToUserName>gh</ToUserName><FromUserName>{openid}</FromUserName><CreateTime>{int(time.time())}</CreateTime>"
        sealed = self.envelope.seal(f"<xml>{head}{inner}</xml>".encode())
        stamp = int(time.time())
        query = self.envelope.query(openid=openid, sealed=sealed, timestamp=stamp, nonce=secrets.token_hex(8))
        body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
        return self.app.test_client().post("/wechat", query_string=query, data=body)

    def say(self, text, *, menu_id=""):
        """What the patient sees; '' for `success`."""
        answer = self.post(text, message_id=next(ids), menu_id=menu_id)
        assert answer.status_code == 200
        return self.read(answer.data)

    def read(self, body):
        return "" if body == b"success" else self.envelope.open_reply(body).findtext("Content")

    def sent(self):
        """The jobs' part: what waits in the outbox has left."""
        with self.ports.transaction() as session:
            session.execute(sa.update(Notice).values(state="sent"))

    def hurry(self, rows=1):
        """The dialogue is quick again, and the first messages are answered."""
        self.ports.dialogue.go.set()
        until = time.monotonic() + 20
        while any(row(self.ports, n).state not in {"answered", "delivered"} for n in range(1, rows + 1)):
            assert time.monotonic() < until
            time.sleep(0.005)

    def close(self):
        self.ports.dialogue.go.set()
        self.desk._pool.shutdown(wait=True)


@pytest.fixture
def account(sqlite_url, monkeypatch) -> Iterator:
    monkeypatch.setattr(desk, "LOOK_AGAIN", 0.002)
    engine, opened = make_engine(sqlite_url), []

    def make(kind="unverified_service", **changes):
        opened.append(Account1(engine, kind, **changes))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
    engine.dispose()


def slow(account, *texts):
    """These are asked while the dialogue is slow, and then answered; what the patient saw of each."""
    account.ports.dialogue.go.clear()
    seen = [account.say(text) for text in texts]
    account.hurry(len(texts))
    return seen


@pytest.fixture
def quick():
    """From here on the door waits for the dialogue."""

    def patient(account):
        account.hand.waits = True
        return account

    return patient


@pytest.mark.parametrize(
    ("text", "menu_id"),
    [("查看回复", VIEW_ID), ("查看回复", ""), ("任何话", VIEW_ID), ("1", ""), ("①", ""), ("第一个", "")],
)
def test_behaviour_07_the_kept_answer_is_tapped_typed_or_numbered(account, quick, text, menu_id):
    one = account()
    (ticket,) = slow(one, "腰疼三天了")
    assert ticket.startswith(WAIT)
    assert notices(one.ports) == []
    assert quick(one).say(text, menu_id=menu_id) == "听到：腰疼三天了"
    assert one.ports.dialogue.heard == ["腰疼三天了"]
    assert row(one.ports, 1).state == "delivered"


def test_behaviour_07_a_second_quick_message_is_neither_swallowed_nor_given_the_first_ones_answer(account, quick):
    one = account()
    assert all(ticket.startswith(WAIT) for ticket in slow(one, "腰疼三天了", "胃镜多少钱"))
    asked = [words.say("utter_kept_of", question=text)["text"] for text in ("腰疼三天了", "胃镜多少钱")]
    said = quick(one).say("查看回复", menu_id=VIEW_ID)
    assert said == f"{asked[0]}\n\n听到：腰疼三天了\n\n{asked[1]}\n\n听到：胃镜多少钱"
    assert one.ports.dialogue.heard == ["腰疼三天了", "胃镜多少钱"]


def test_behaviour_07_a_tap_before_the_answer_is_there_waits_in_turn_and_is_told_so_again(account, quick):
    one = account()
    one.ports.dialogue.go.clear()
    assert one.say("腰疼三天了").startswith(WAIT)
    assert one.say("查看回复", menu_id=VIEW_ID).startswith(WAIT)
    one.ports.dialogue.go.set()
    assert quick(one).say("查看回复", menu_id=VIEW_ID) == "听到：腰疼三天了"
    assert one.ports.dialogue.heard == ["腰疼三天了"]


def test_behaviour_07_a_finger_that_came_down_twice_gets_the_same_and_then_nothing_is_left(account, quick):
    one = account()
    slow(one, "腰疼三天了")
    quick(one)
    assert {one.say("查看回复", menu_id=VIEW_ID) for _ in range(3)} == {"听到：腰疼三天了"}
    one.say("谢谢")
    assert one.say("查看回复", menu_id=VIEW_ID) == words.say("utter_nothing_kept")["text"]


def test_behaviour_07_the_kept_answers_own_choices_count_when_it_was_seen(account, quick):
    one = account()
    offered = [{"label": "骨科", "payload": "/bones"}, {"label": "内科", "payload": "/inside"}]
    one.ports.dialogue.answer = lambda text: [{"text": f"哪科（{text}）", "choices": offered}]
    slow(one, "腰疼", "胃疼")
    said = quick(one).say("1")  # the ticket's, not the first of choices that nobody has seen
    assert said.count("哪科") == 2
    assert [label for _, label in TAPS.findall(said)] == ["骨科", "内科"]
    assert one.say("1")
    assert one.ports.dialogue.heard == ["腰疼", "胃疼", "/bones"]


def test_behaviour_07_a_number_means_the_newest_thing_that_was_shown(account, quick):
    """A ticket, then another message answered with choices: 1 is theirs, 查看回复 still fetches the other answer."""
    one = account()
    slow(one, "腰疼三天了")
    one.ports.dialogue.answer = lambda text: [{"text": text, "choices": [{"label": "骨科", "payload": "/bones"}]}]
    assert "骨科" in quick(one).say("挂号")
    one.say("1")
    assert one.ports.dialogue.heard == ["腰疼三天了", "挂号", "/bones"]
    assert "听到：腰疼三天了" in one.say("查看回复")


def test_behaviour_07_three_attempts_while_the_dialogue_is_slow_are_one_turn_and_the_same_bytes(account):
    one = account()
    one.ports.dialogue.go.clear()
    answers = [one.post("挂号", message_id=7) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.data for answer in answers}) == 1
    one.hurry()
    assert one.post("挂号", message_id=7).data == answers[0].data
    assert one.ports.dialogue.heard == ["挂号"]


@pytest.mark.parametrize("kind", ["unverified_subscription", "unverified_service"])
def test_behaviour_07_without_dialogue_or_hospital_the_patient_is_told_how_to_ask_again(
    account, quick, monkeypatch, kind
):
    monkeypatch.setattr(desk, "PATIENCE", 0.0)
    one = account(kind, waits=True)
    one.ports.dialogue.down = True
    answer = one.post("挂号", message_id=9)  # one attempt: nobody is made to wait for what will not come
    assert (answer.status_code, one.read(answer.data).startswith(WAIT)) == (200, True)
    one.ports.dialogue.down = False
    monkeypatch.setattr(messages, "IDLE_SECONDS", -1)
    assert messages.sweep(one.ports) == 1  # the jobs' part
    assert quick(one).say("查看回复", menu_id=VIEW_ID) == "听到：挂号"


def test_behaviour_07_a_web_process_that_died_before_it_answered_loses_no_answer(account, quick, monkeypatch):
    one = account()
    monkeypatch.setattr(Answering, "body", lambda *_args, **_facts: 1 / 0)
    one.say("腰疼三天了")
    monkeypatch.undo()
    monkeypatch.setattr(messages, "IDLE_SECONDS", -1)
    monkeypatch.setattr(messages, "LADDER_SECONDS", -1)
    messages.sweep(one.ports)
    assert row(one.ports, 1).channel == "kept"
    assert quick(one).say("查看回复") == "听到：腰疼三天了"


def test_behaviour_07_what_a_slow_action_says_after_its_turn_waits_for_the_patient(account, quick):
    from bot.services import follow_ups

    one = account()
    assert quick(one).say("挂号") == "听到：挂号"
    follow_ups.send(one.ports, inbox_id=1, utterances=[{"text": "挂好了"}])
    assert notices(one.ports) == []
    assert one.say("查看回复") == "挂好了"


def test_behaviour_07_answers_leave_in_the_order_of_their_questions(account, quick):
    """The first one's answer leaves as a message; the second one's, ready at once, may not be read before it."""
    one = account("verified_service")
    assert slow(one, "腰疼三天了") == [""]
    assert quick(one).say("胃镜多少钱") == ""
    assert [payload["text"] for _, payload in notices(one.ports)] == ["听到：腰疼三天了", "听到：胃镜多少钱"]
    assert "120" in one.say("突然胸口压着疼，一身冷汗")  # a warning does not queue
    one.sent()
    assert one.say("谢谢").endswith("听到：谢谢")  # below the warning, which stands


def test_behaviour_07_messages_that_cannot_leave_hold_no_reply_up(account, quick):
    one = account("verified_service")
    slow(one, "腰疼三天了")
    with one.ports.transaction() as session:
        session.execute(sa.update(Notice).values(created_at=clock.now() - timedelta(seconds=60)))
    assert quick(one).say("胃镜多少钱") == "听到：胃镜多少钱"


LONG = [f"第{n}条。" + "每天早上空腹抽血，请不要吃早餐。" * 40 for n in range(1, 13)]


@pytest.mark.parametrize("late", [False, True])
def test_behaviour_08_a_long_answer_goes_on_when_it_is_asked_for_tapped_or_typed(account, quick, late):
    one = account("verified_service")
    one.ports.dialogue.answer = lambda text: [{"text": part} for part in LONG] if text == "抽血" else [{"text": text}]
    parts = []

    def seen(said):
        sent = [render(payload) for _, payload in notices(one.ports)]
        parts.extend(part for part in [said, *sent[len(seen.sent) :]] if part)
        seen.sent = sent
        one.sent()

    seen.sent = []
    if late:
        (now,) = slow(one, "抽血")
        assert now == ""
        seen(now)
    else:
        seen(quick(one).say("抽血"))
    assert len(parts) == 4
    seen(quick(one).say("继续", menu_id=MORE_ID))
    assert len(parts) == 8
    one.say("谢谢")  # other things may be said meanwhile
    for _ in range(5):
        seen(one.say("继续"))
    whole = "".join(parts)
    assert [whole.count(part[:6]) for part in LONG] == [1] * len(LONG)
    assert sorted(whole.index(part[:6]) for part in LONG) == [whole.index(part[:6]) for part in LONG]
    assert all(len(part.encode()) <= 1800 for part in parts)
    assert one.ports.dialogue.heard[-1] == "继续"  # when nothing is left it is a word like others


def test_behaviour_08_continue_is_the_dialogues_word_where_the_dialogue_offers_it(account, quick):
    one = account("verified_service")
    one.ports.dialogue.answer = lambda _text: [{"text": part} for part in LONG]
    quick(one).say("抽血")
    one.sent()
    one.ports.dialogue.answer = lambda _: [
        {"text": "刚才的挂号要继续吗？", "choices": [{"label": "继续", "payload": "/resume"}]}
    ]
    one.say("好")
    one.say("继续")
    assert one.ports.dialogue.heard == ["抽血", "好", "/resume"]
    assert "第" in one.say("继续", menu_id=MORE_ID)  # the old message's own 继续 is still the long answer's


def test_behaviour_10_choices_work_where_ids_never_come_back(account, quick):
    one = account("sandbox")
    offered = [{"label": "骨科", "payload": "/bones"}, {"label": "内科", "payload": "/inside"}]
    one.ports.dialogue.answer = lambda _text: [{"text": "哪科", "choices": offered}]
    quick(one).say("挂号")
    for text in ("内科", "２", "第二个", "选2", "二"):
        one.say(text)
    assert one.ports.dialogue.heard == ["挂号", *["/inside"] * 5]


def test_personal_answers_are_kept_for_their_own_patient_alone(account, quick):
    one = account()
    slow(one, "我的报告")
    answer = quick(one).post("查看回复", message_id=next(ids), menu_id=VIEW_ID, openid="o-other")
    assert one.read(answer.data) == words.say("utter_nothing_kept")["text"]
    assert hashlib.sha256(answer.data).digest()
