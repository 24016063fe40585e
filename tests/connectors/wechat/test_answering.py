"""Answers in time, at the HTTP door and by WeChat's own clock: attempts at 0, 5 and 10 s, none longer than 5."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

import pytest

from connectors.wechat import capabilities
from connectors.wechat.keeping import VIEW, WAIT

SUCCESS = b"success"
KINDS = sorted(capabilities.KINDS)
ALONE = [kind for kind in KINDS if not capabilities.of(kind).customer_messages]
FOLLOWED = [kind for kind in KINDS if capabilities.of(kind).customer_messages]
HANGS_UP = 5.0


@dataclass
class Seen:
    """One attempt as WeChat saw it."""

    began: float
    took: float
    status: int
    body: bytes


class WeChat:
    """Posts one message until it is answered."""

    def __init__(self, house):
        self.house = house

    def attempt(self, raw):
        clock = self.house.clock
        began = clock.ticks
        response = self.house.post(raw, at=clock.now)
        clock.now += int(clock.ticks) - int(began)
        return Seen(began, clock.ticks - began, response.status_code, response.data)

    def send(self, raw):
        """The one attempt that a message takes here: what is not answered with 200 in time would bring the banner."""
        seen = self.attempt(raw)
        assert seen.took < HANGS_UP - 0.2
        assert seen.status == 200
        return seen


def ready_after(house, seconds, messages=({"text": "好了"},)):
    """The host's work takes this long from the first post on; attempts wait for the same work."""
    handler, begun = house.handler, {}

    def answer(row, *, timeout):
        if row not in handler.started:
            handler.started.append(row)
        done = begun.setdefault(row, house.clock.ticks) + seconds
        if done > house.clock.ticks + timeout:
            house.clock.ticks += timeout
            return None
        house.clock.ticks = max(house.clock.ticks, done)
        return list(messages)

    handler.answer = answer


def reply(house, body):
    return ET.fromstring(house.wire.read(body))


def words(house, body):
    return reply(house, body).findtext("Content")


@pytest.fixture
def of_kind(make_house):
    return lambda kind: make_house(account={"kind": kind})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [0, 4.2, 4.4, 4.9, 14, 60])
def test_behaviour_06_the_first_attempt_is_answered_in_time_and_the_work_is_done_once(
    of_kind, message_xml, kind, seconds
):
    house = of_kind(kind)
    ready_after(house, seconds)
    raw = message_xml(Content="挂号")
    said = WeChat(house).send(raw).body
    for _ in range(2):  # and the second and third where the first answer got lost
        house.clock.ticks += 5
        assert WeChat(house).send(raw).body == said
    assert house.handler.started == [1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [0, 60])
def test_behaviour_06_whatever_was_answered_is_answered_again_in_the_same_bytes(of_kind, message_xml, kind, seconds):
    house = of_kind(kind)
    ready_after(house, seconds)
    raw = message_xml(Content="挂号")
    said = WeChat(house).send(raw).body
    house.clock.ticks += 60  # the work is done by now, the answer stays what it was
    assert {WeChat(house).attempt(raw).body for _ in range(3)} == {said}


@pytest.mark.parametrize("kind", FOLLOWED)
def test_behaviour_07_slow_answer_is_success_at_once_and_leaves_as_customer_messages(of_kind, message_xml, kind):
    house = of_kind(kind)
    ready_after(house, 8)
    only = WeChat(house).send(message_xml(Content="挂号"))
    assert only.body == SUCCESS
    assert only.took == pytest.approx(4.3)
    assert house.store.late == {1}
    assert house.store.kept == {}


@pytest.mark.parametrize("kind", ALONE)
def test_behaviour_07_slow_answer_without_customer_messages_ends_in_a_quick_reply(of_kind, message_xml, kind):
    house = of_kind(kind)
    ready_after(house, 60)
    only = WeChat(house).send(message_xml(Content="挂号"))
    assert only.took == pytest.approx(4.3)
    said = words(house, only.body)
    assert said.startswith(f'{WAIT}\n1. <a href="weixin://bizmsgmenu?')
    assert said.endswith(f">{VIEW}</a>")
    assert 1 in house.store.kept
    assert house.store.late == set()


@pytest.mark.parametrize("kind", ALONE)
def test_behaviour_07_a_host_that_will_not_be_ready_fails_no_attempt(of_kind, message_xml, kind):
    """No place to wait, or no dialogue: deliberate time-outs would only make WeChat stop asking for a minute."""
    house = of_kind(kind)
    house.handler.says = None
    only = WeChat(house).send(message_xml(Content="挂号"))
    assert words(house, only.body).startswith(WAIT)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("broken", ["accept", "given", "settle", "too_late", "keep", "handler"])
def test_behaviour_07_nothing_that_breaks_brings_the_fault_banner(of_kind, message_xml, kind, broken):
    house = of_kind(kind)
    ready_after(house, 60 if broken in {"too_late", "keep"} else 0)
    house.store.broken = {broken}
    if broken == "handler":
        house.handler.answer = lambda row, timeout: 1 / 0
    for _ in range(2):
        seen = WeChat(house).send(message_xml(Content="挂号"))
        assert seen.body == SUCCESS or reply(house, seen.body).findtext("MsgType") == "text"


@pytest.mark.parametrize("kind", ALONE)
def test_behaviour_07_a_second_message_gets_its_own_answer(of_kind, message_xml, kind):
    house = of_kind(kind)
    house.handler.says = lambda row: [{"text": f"第{row}条的回答"}]
    bodies = [WeChat(house).send(message_xml(Content="问", message_id=str(n))).body for n in (1, 2, 1)]
    assert [words(house, body) for body in bodies] == ["第1条的回答", "第2条的回答", "第1条的回答"]
    assert bodies[0] == bodies[2]


LONG = "每天早上空腹抽血，请不要吃早餐。" * 600


@pytest.mark.parametrize("kind", KINDS)
def test_behaviour_08_a_long_answer_leaves_in_four_parts_and_goes_on_at_continue(of_kind, message_xml, kind):
    house = of_kind(kind)
    house.handler.says = [{"text": LONG}]
    first = words(house, WeChat(house).send(message_xml(Content="抽血")).body)
    rest, kept = house.store.rest[1], house.store.kept[1]
    assert len(rest) == (3 if kind in FOLLOWED else 0)
    last = rest[-1] if rest else {"text": first}
    assert "继续" in last["text"]
    assert len(first.encode()) <= 1800
    whole = first.partition("\n\n内容较长")[0] if not rest else first
    whole += "".join(part["text"].partition("\n\n内容较长")[0] for part in [*rest, *kept])
    assert whole == LONG


def test_behaviour_08_what_was_kept_goes_on_in_four_parts_again(of_kind, message_xml):
    house = of_kind("unverified_service")
    house.handler.says, heard = [{"text": LONG}], ""
    for n in range(1, 40):
        said = words(house, WeChat(house).send(message_xml(Content="继续", message_id=str(n))).body)
        text, more, _ = said.partition("\n\n内容较长")
        heard += text
        if not more:
            break
        house.handler.says = house.store.kept[n]
    assert heard == LONG


@pytest.mark.parametrize(("kind", "cards"), [("text", 0), ("event", 3)])
def test_several_cards_leave_as_cards_only_where_nobody_wrote(of_kind, message_xml, kind, cards):
    house = of_kind("verified_service")
    house.handler.says = [{"articles": [{"title": f"第{n}篇", "url": f"https://h.cn/{n}"} for n in range(3)]}]
    raw = message_xml(kind, Event="CLICK", EventKey="news") if kind == "event" else message_xml(Content="文章")
    answer = reply(house, WeChat(house).send(raw).body)
    assert len(answer.findall("Articles/item")) == cards
    if not cards:
        assert answer.findtext("Content").count("<a href=") == 3


def test_a_message_is_handed_over_to_staff_and_its_words_follow(of_kind, message_xml):
    house = of_kind("verified_service")
    house.handler.says = [{"text": "正在为您转接"}, {"transfer": {"account": "he@peizhen"}}]
    answer = reply(house, WeChat(house).send(message_xml(Content="人工")).body)
    assert answer.findtext("MsgType") == "transfer_customer_service"
    assert answer.findtext("TransInfo/KfAccount") == "he@peizhen"
    assert house.store.rest[1] == [{"text": "正在为您转接"}]


@pytest.mark.parametrize("kind", ["unverified_service", "unverified_subscription"])
def test_an_account_without_staff_hands_nobody_over(of_kind, message_xml, kind):
    house = of_kind(kind)
    house.handler.says = [{"text": "请打服务台电话"}, {"transfer": {}}]
    assert words(house, WeChat(house).send(message_xml(Content="人工")).body) == "请打服务台电话"


def test_an_event_is_handed_over_to_nobody(of_kind, message_xml):
    house = of_kind("verified_service")
    house.handler.says = [{"text": "想找人工就说“人工”"}, {"transfer": {}}]
    raw = message_xml("event", Event="CLICK", EventKey="human")
    assert words(house, WeChat(house).send(raw).body) == "想找人工就说“人工”"
