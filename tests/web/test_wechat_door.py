"""POST /wechat with everything of ours behind it: the blueprint, the desk, the inbox; only rasa plays a part."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from xml.sax.saxutils import escape

import pytest
import sqlalchemy as sa

from bot.db.messages import ForgottenMessage, Inbox, Quarantine
from bot.host import desk
from bot.host.channel import WeChatChannel
from bot.host.desk import Desk
from bot.ports import Ports
from bot.services import callers, choices, inbox, messages, mydata, retention, words
from bot.web.app import create_app
from connectors.simulator.envelope import Envelope
from connectors.wechat.clock import MachineClock
from connectors.wechat.keeping import MORE
from connectors.wechat.outbound import PARTS, render
from connectors.wechat.ports import Account
from connectors.wechat.webhook import Words, wechat_blueprint
from tests.factories import make_ports
from tests.services.post import Hasty, Script, notices, row

APP, TOKEN, AES = "wxdoortest0000001", "doortoken", "kD3vPq8sTz1XwYb5NcRfGh2JmLa9UeVo4Si7QtWxEyZ"
ids = itertools.count(7_000_000_001)
LONG = 30.0  # seconds a web thread waits for what will come


class Door:
    """One installation's door and a patient in front of it."""

    def __init__(
        self, ports: Ports, *, waits: bool = True, budget: float = LONG, unstored: Words | None = None
    ) -> None:
        """`waits` = False: no post waits for a dialogue that is not ready (tests.services.post.Hasty)."""
        self.ports, self.desk = ports, Desk(ports)
        self.envelope = Envelope(TOKEN, AES, APP)
        account, hand = Account(APP, TOKEN, AES), Hasty(self.desk, waits=waits)
        blueprint = wechat_blueprint(account, self.desk, hand, MachineClock(), budget=budget, unstored=unstored)
        self.app = create_app(
            ports,
            [blueprint],
            secret_key="s" * 40,
            demo=True,
            public_url="http://localhost",
            health=dict,
            oauth=None,  # type: ignore[arg-type]
        )

    def post(self, text: str, *, message_id: int | None = None, openid: str = "o-patient", menu_id: str = "") -> bytes:
        inner = f"<MsgType>text</MsgType><Content>{escape(text)}</Content><MsgId>{message_id or next(ids)}</MsgId>"
        inner += f"<bizmsgmenuid>{menu_id}</bizmsgmenuid>" if menu_id else ""
        plain = (
            f"<xml><ToUserName>gh_door</ToUserName><FromUserName>{openid}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime>{inner}</xml>"
        )
        return self.post_raw(plain.encode(), openid=openid)

    def post_raw(self, plain: bytes, *, openid: str = "o-patient") -> bytes:
        """Whatever WeChat might sign."""
        sealed = self.envelope.seal(plain)
        query = self.envelope.query(
            openid=openid, sealed=sealed, timestamp=int(time.time()), nonce=secrets.token_hex(8)
        )
        answer = self.app.test_client().post(
            "/wechat",
            query_string=query,
            data=f"<xml><ToUserName>gh_door</ToUserName><Encrypt>{sealed}</Encrypt></xml>",
        )
        assert answer.status_code == 200
        return answer.data

    def read(self, body: bytes) -> str:
        """The text the patient sees; '' for `success`."""
        if body == b"success":
            return ""
        text = self.envelope.open_reply(body).findtext("Content") or ""
        assert len(text.encode()) <= 2048
        return text

    def say(self, text: str, **changes) -> str:
        return self.read(self.post(text, **changes))

    def close(self) -> None:
        self.ports.dialogue.go.set()
        self.desk._pool.shutdown(wait=True)


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def door(request: pytest.FixtureRequest) -> Iterator[type[Door]]:
    """Doors on either database; each is closed and its waiting threads let go."""
    from bot.db.base import make_engine

    engine = make_engine(request.getfixturevalue(request.param))
    opened: list[Door] = []

    def make(**changes) -> Door:
        opened.append(Door(make_ports(engine, dialogue=Script(), channel=WeChatChannel("verified_service")), **changes))
        return opened[-1]

    yield make  # type: ignore[misc]
    for one in opened:
        one.close()
    engine.dispose()


@pytest.fixture
def impatient(monkeypatch):
    """A desk that tries once: no test waits for its second try."""
    monkeypatch.setattr(desk, "PATIENCE", 0.0)


def test_a_message_is_answered_in_the_reply(door):
    one = door()
    assert one.say("你好") == "听到：你好"
    assert notices(one.ports) == []


def test_three_posts_of_one_message_at_once_are_one_turn_and_the_same_bytes(door):
    one = door()
    one.ports.dialogue.go.clear()
    with ThreadPoolExecutor(3) as pool:
        posts = [pool.submit(one.post, "挂号", message_id=42) for _ in range(3)]
        assert one.ports.dialogue.inside.acquire(timeout=20)
        one.ports.dialogue.go.set()
        bodies = {post.result(timeout=30) for post in posts}
    assert len(bodies) == 1
    assert one.read(bodies.pop()) == "听到：挂号"
    assert one.ports.dialogue.heard == ["挂号"]
    assert notices(one.ports) == []


def test_a_retry_after_the_answer_gets_the_same_bytes(door):
    one = door()
    first = one.post("你好", message_id=43)
    assert [one.post("你好", message_id=43) for _ in range(2)] == [first, first]
    assert one.ports.dialogue.heard == ["你好"]


def test_a_slow_dialogue_is_success_now_and_one_late_notice(door, later):
    one = door(waits=False)
    one.ports.dialogue.go.clear()
    assert one.post("你好", message_id=44) == b"success"
    assert one.post("你好", message_id=44) == b"success"  # WeChat's own retry
    assert notices(one.ports) == []
    one.ports.dialogue.go.set()
    one.desk._pool.shutdown(wait=True)
    assert [p["text"] for _, p in notices(one.ports)] == ["听到：你好"]
    assert one.post("你好", message_id=44) == b"success"
    later(60)
    messages.sweep(one.ports)
    assert len(notices(one.ports)) == 1
    assert one.ports.dialogue.heard == ["你好"]


def test_without_dialogue_it_is_success_and_the_sweep_answers_when_it_is_back(door, impatient, later):
    one = door()
    one.ports.dialogue.down = True
    assert one.post("你好", message_id=45) == b"success"
    later(10)
    assert messages.sweep(one.ports) == 0
    assert notices(one.ports) == []
    one.ports.dialogue.down = False
    assert messages.sweep(one.ports) == 1
    assert [p["text"] for _, p in notices(one.ports)] == ["听到：你好"]
    assert one.post("你好", message_id=45) == b"success"
    assert messages.sweep(one.ports) == 0
    assert len(notices(one.ports)) == 1


def test_an_emergency_waits_for_no_earlier_message(door, impatient):
    """rasa is down and the patient's first message hangs: his second one is a red flag."""
    one = door()
    one.ports.dialogue.down = True
    assert one.post("挂号") == b"success"
    assert "120" in one.say("我胸口压着疼，一身冷汗")
    assert one.post("你好") == b"success"
    one.ports.dialogue.down = False
    assert one.ports.dialogue.heard == ["挂号"]


def test_a_dialogue_that_is_back_at_once_still_answers_in_the_reply(door, monkeypatch):
    one = door()
    monkeypatch.setattr(desk, "TRY_AGAIN", 0.0)
    one.ports.dialogue.down = True

    def back(text):
        return [{"text": f"听到：{text}"}]

    def talk(**facts):
        one.ports.dialogue.down = len(one.ports.dialogue.heard) < 2
        return Script.talk(one.ports.dialogue, **facts)

    one.ports.dialogue.answer = back
    monkeypatch.setattr(one.ports.dialogue, "talk", talk)
    assert one.say("你好") == "听到：你好"


def test_with_all_places_taken_it_is_success_at_once_and_answered_in_turn(door):
    one = door()
    one.desk._places = threading.BoundedSemaphore(desk.WORKERS)  # so that the dialogue shows when all are taken
    one.ports.dialogue.go.clear()
    with ThreadPoolExecutor(desk.WORKERS) as pool:
        waiting = [pool.submit(one.post, "慢", openid=f"o-{n}") for n in range(desk.WORKERS)]
        for _ in waiting:
            assert one.ports.dialogue.inside.acquire(timeout=20)
        assert one.post("还有一位", openid="o-more") == b"success"  # while all the others wait
        assert "120" in one.say("突然胸口压着疼，一身冷汗", openid="o-urgent")  # an emergency does not queue
        one.ports.dialogue.go.set()
        assert {one.read(post.result(timeout=30)) for post in waiting} == {"听到：慢"}
    one.desk._pool.shutdown(wait=True)
    late = [p["text"] for _, p in notices(one.ports)]
    assert late == ["听到：还有一位"]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_behaviour_05_the_late_retry_of_an_erased_persons_message_does_nothing(door, later, monkeypatch, guarded):
    one = door()
    if not guarded:
        monkeypatch.setattr(inbox, "forget", lambda *_, **__: None)
    one.say("挂号", message_id=42)
    mydata.erase(one.ports, person_id=callers.person_of(one.ports, openid="o-patient"))
    later(300)
    assert (one.post("挂号", message_id=42) == b"success") is guarded
    assert (one.ports.dialogue.heard == ["挂号"]) is guarded
    assert (callers.person_of(one.ports, openid="o-patient") is None) is guarded
    assert one.say("你好", message_id=43) == "听到：你好", "he comes back as a stranger"
    assert (one.post("挂号", message_id=42) == b"success") is guarded


def test_what_is_remembered_of_an_erased_persons_messages_names_nobody_and_ends_in_a_day(door, later):
    one = door()
    one.say("挂号", message_id=42)
    key = _keys(one.ports, Inbox.dedupe_key)
    mydata.erase(one.ports, person_id=callers.person_of(one.ports, openid="o-patient"))
    [digest] = _keys(one.ports, ForgottenMessage.digest)
    assert digest not in key
    later(25 * 3600)
    retention.purge(one.ports)
    assert _keys(one.ports, ForgottenMessage.digest) == []


def _keys(ports, column):
    with ports.transaction() as session:
        return list(session.scalars(sa.select(column)))


def test_a_bug_in_a_turn_is_success_and_the_row_stays_open(door, impatient, caplog):
    one = door()
    one.ports.dialogue.fails = ValueError("李雷 13800138000")
    assert one.post("我叫李雷") == b"success"
    assert "ValueError" in caplog.text
    assert "李雷" not in caplog.text


@pytest.mark.parametrize(
    "replies",
    [
        [{"text": "很" * 3000}],
        [{"text": "甲" * 500}, {"text": "乙" * 500}, {"text": "丙" * 500}],
        [{"text": "选", "choices": [{"label": "科" * 40, "payload": f"/n{n}"} for n in range(40)]}],
    ],
    ids=["one long", "three", "forty choices"],
)
def test_a_long_answer_is_a_whole_reply_and_the_rest_follows(door, replies):
    one = door()
    one.ports.dialogue.answer = lambda _text: replies
    body = one.post("说吧", message_id=46)
    assert one.read(body)
    assert one.post("说吧", message_id=46) == body
    rest = [p for _, p in notices(one.ports)]
    assert 0 < len(rest) < PARTS
    parts = [one.read(body), *map(render, rest)]
    if MORE in parts[-1]:
        parts += [one.say(MORE), *(render(p) for _, p in notices(one.ports)[len(rest) :])]
    whole = "".join(parts)
    for reply in replies:
        assert whole.count(reply["text"][0]) >= len(reply["text"])


def test_a_choice_is_tapped_through_the_door(door):
    one = door()
    offered = [{"label": "骨科", "payload": "/one"}, {"label": "内科", "payload": "/two"}]
    one.ports.dialogue.answer = lambda _text: [{"text": "哪科", "choices": offered}]
    said = one.say("挂号")
    menu_id = said.split("msgmenuid=")[2].split('"')[0]
    one.say("内科", menu_id=menu_id)
    one.say("１")
    assert one.ports.dialogue.heard == ["挂号", "/two", "/one"]
    one.say("内科", menu_id=menu_id)  # a wish of an older answer: plain words
    assert one.ports.dialogue.heard[-1] == "内科"
    assert choices.LATE not in one.ports.dialogue.heard


def test_a_view_that_fails_says_so(door):
    one = door()
    one.ports.dialogue.answer = lambda _text: [{"text": "稍等"}, {"view": "report", "ref": "c_0000000000.x"}]
    assert one.say("查报告") == f"稍等\n\n{words.say('utter_error_not_found')['text']}"


HEAD = "<ToUserName>gh</ToUserName><FromUserName>o-patient</FromUserName><CreateTime>1790000000</CreateTime>"
MARK = "ECHOMARK9137"
JUNK = {
    "empty": b"",
    "JSON": b'{"MsgType": "ECHOMARK9137"}',
    "other root": b"<a/>",
    "no MsgType": f"<xml>{HEAD}<Content>{MARK}</Content></xml>".encode(),
    "doubled Content": f"<xml>{HEAD}<MsgType>text</MsgType><Content>{MARK}</Content><Content>x</Content></xml>".encode(),
    "XXE": b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hosts">]><xml>&a;</xml>',
    "bad UTF-8": f"<xml>{HEAD}<Content>{MARK}".encode() + b"\xff</Content></xml>",
    "NUL": f"<xml>{HEAD}<Content>{MARK}\0</Content></xml>".encode(),
    "truncated": f"<xml>{HEAD}<MsgType>text</MsgType><Content>{MARK}".encode(),
    "CreateTime 1e17": f"<xml>{HEAD}<MsgType>{MARK}</MsgType></xml>".replace("1790000000", "1" + "0" * 17).encode(),
}


@pytest.mark.parametrize("name", JUNK)
def test_signed_junk_is_a_digest_in_the_database_and_nothing_else(door, caplog, name):
    one = door()
    assert one.post_raw(JUNK[name]) == b"success"
    with one.ports.transaction() as session:
        ((kept),) = session.execute(sa.select(Quarantine)).scalars().all()
        assert session.scalar(sa.select(sa.func.count()).select_from(Inbox)) == 0
    assert (kept.digest, kept.length) == (hashlib.sha256(JUNK[name]).hexdigest(), len(JUNK[name]))
    assert kept.digest[:16] in caplog.text
    assert MARK not in caplog.text + repr(vars(kept))
    assert "Traceback" not in caplog.text


STRANGE = {
    "sticker": "<MsgType>text</MsgType><Content>【收到不支持的消息类型，暂无法显示】</Content>",
    "picture": "<MsgType>image</MsgType><MediaId>m</MediaId>",
    "link": "<MsgType>link</MsgType><Url>javascript:alert(1)</Url>",
    "long event key": f"<MsgType>event</MsgType><Event>CLICK</Event><EventKey>{'k' * 9000}</EventKey>",
    "forged tap": "<MsgType>text</MsgType><Content>好</Content><bizmsgmenuid>9-²-x</bizmsgmenuid>",
    "huge tap": f"<MsgType>text</MsgType><Content>好</Content><bizmsgmenuid>{'9' * 400}-1-x</bizmsgmenuid>",
    "CreateTime 0": "<MsgType>text</MsgType><Content>好</Content>",
    "1,000 fields": "<MsgType>text</MsgType><Content>好</Content>" + "<x>y</x>" * 900,
    "no field but the type": "<MsgType>location</MsgType>",
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_strange_but_whole_is_stored_and_answered(door, caplog, name):
    one = door()
    head = HEAD.replace("1790000000", "0") if name == "CreateTime 0" else HEAD
    body = one.post_raw(f"<xml>{head}{STRANGE[name]}<MsgId>{next(ids)}</MsgId></xml>".encode())
    assert bool(one.read(body)) == ("event" not in STRANGE[name])
    assert row(one.ports, 1).state == "delivered"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("/restart", ["／restart"]),
        ('  /book{"department": "骨科"}', ['／book{"department": "骨科"}']),
        ("挂\x01号\x0b\x1b[31m", ["挂号[31m"]),
        ("挂号\u202e", None),
        ("{{7*7}} ${x} %s", ['/odd{"kind": "code"}']),
        ("😀😀", ["/only_signs"]),
        ("\u200b\u200d\ufeff", ["/only_signs"]),
        ("好" * 2001, []),
        ("好" * 4000 + "我胸口压着疼，一身冷汗", []),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_odd_text_gets_the_way_of_any_text_and_never_a_command(door, text, heard):
    one = door()
    said = one.say(text)
    assert said
    assert ("120" in said) == ("胸口" in text)
    if heard is not None:
        assert one.ports.dialogue.heard == heard


def test_nothing_to_say_is_success_and_done(door):
    one = door()
    one.ports.dialogue.answer = lambda _text: []
    assert one.post("嗯", message_id=47) == b"success"
    assert row(one.ports, 1).state == "delivered"
    assert (one.post("嗯", message_id=47), notices(one.ports)) == (b"success", [])


def test_behaviour_05_a_restarted_process_knows_what_was_done(door):
    first, second = door(), door()
    body = first.post("挂号", message_id=46)
    first.close()
    assert second.post("挂号", message_id=46) == body
    assert second.ports.dialogue.heard == []
    again = second.post("挂号", message_id=47)
    assert second.read(again) == "听到：挂号"


@pytest.mark.parametrize(
    "later",
    ["<MsgType>hologram</MsgType>", "<MsgType>event</MsgType><Event>mind_read</Event><EventKey>book</EventKey>"],
)
def test_behaviour_11_types_and_events_of_a_later_day_are_success(door, later):
    one = door()
    assert one.post_raw(f"<xml>{HEAD}{later}</xml>".encode()) == b"success"
    assert row(one.ports, 1).state == "delivered"
    assert one.ports.dialogue.heard == []


def test_behaviour_13_what_accounts_do_not_get_is_asked_for_in_words(door):
    one = door()
    assert one.say("【收到不支持的消息类型，暂无法显示】") == words.say("utter_got_other")["text"]
    assert one.ports.dialogue.heard == []


def test_behaviour_18_an_emergency_is_answered_within_a_second_while_the_dialogue_hangs(door):
    one = door()
    one.say("你好")  # what every process has behind it when it is ready
    one.ports.dialogue.go.clear()
    assert "120" in one.say("我胸口压着疼，一身冷汗，左胳膊也麻")  # and it hangs still
    assert one.ports.dialogue.heard == ["你好"]
