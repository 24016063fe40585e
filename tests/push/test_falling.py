"""From way to way: what each failure does to a notice, and that nothing is said twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import clock
from bot.db.messages import Inbox
from bot.errors import HisUnavailable, Unavailable
from bot.ports import Ports
from bot.push import ladder, outbox, receipts, subscriptions, tries
from bot.push.port import PushLater, PushRefused, PushUnknown
from bot.services import briefs, delivery, delivery_events, views
from tests.factories import NOW, FakePush, FakeSms, a_card, a_person, someone, together
from tests.push.falling import row, tried, ways, work, work_on, write

MINUTE = timedelta(minutes=1)
CLOSED = PushRefused("45015 window_closed")


@pytest.fixture
def push(ports: Ports) -> FakePush:
    assert isinstance(ports.push, FakePush)
    return ports.push


@pytest.fixture
def sms(ports: Ports) -> FakeSms:
    assert isinstance(ports.sms, FakeSms)
    return ports.sms


def allow(ports: Ports, person_id: int, times: int = 1) -> None:
    with ports.transaction() as session:
        for _ in range(times):
            subscriptions.allow(session, person_id=person_id, template_id="T-message", at=NOW)


# -- down -----------------------------------------------------------------------------------------------------
def test_behaviour_14_a_closed_window_falls_to_the_next_way_until_one_takes_it(ports: Ports, push: FakePush) -> None:
    ways(ports)
    person = a_person(ports, "o-one")
    allow(ports, person)
    write(ports, person)
    push.failures = [CLOSED, PushRefused("40037 bad_data"), PushRefused("82446 unknown")]
    assert work(ports) == ["sent"]
    assert tried(ports) == [
        ("customer", "refused"),
        ("template", "refused"),
        ("care", "refused"),
        ("subscription", "taken"),
    ]
    [(openid, rung, card)] = push.cards
    assert (openid, rung, card.kind) == ("o-one", "subscription", "told")


def test_behaviour_14_an_answer_waits_for_his_next_message(ports: Ports, push: FakePush) -> None:
    person = a_person(ports)
    write(ports, person, kind="late_answer", payload={"text": "您的答复"})
    push.failures = [PushRefused("45047 window_used_up")]
    assert work(ports) == ["held"]
    assert [line.state for line in delivery.undelivered(ports)] == ["held"]
    assert work(ports, NOW + MINUTE) == []
    _message(ports, person, kind="event")
    assert work(ports, NOW + 2 * MINUTE) == []  # looking at a menu opens nothing
    _message(ports, person, kind="text")
    assert work(ports, NOW + 3 * MINUTE) == ["sent"]
    assert [reply for _, reply in push.sent] == [{"text": "您的答复"}]


def test_an_account_without_a_way_does_not_try_it(ports: Ports, push: FakePush) -> None:
    ways(ports)
    push.rungs = {"care"}
    write(ports, a_person(ports))
    push.failures = [CLOSED]
    assert work(ports) == ["sent"]
    assert [rung for rung, _ in tried(ports)] == ["customer", "care"]


def test_what_may_not_be_missed_ends_as_a_text_message_to_the_card_it_is_about(
    ports: Ports, push: FakePush, sms: FakeSms
) -> None:
    ways(ports, must=True)
    push.rungs = set()
    person = a_person(ports)
    who = someone()
    a_card(ports, person, who)
    write(ports, person)
    push.failures = [CLOSED]
    assert work(ports) == ["sent"]
    [(phone, message)] = [sent for sent in sms.sent if sent[1].kind == "notice"]
    assert (phone, message.key) == (who.phone, f"notice:{row(ports).id}")
    assert "有消息了" in message.text


def test_who_left_the_account_is_reached_by_text_message_alone(ports: Ports, push: FakePush, sms: FakeSms) -> None:
    ways(ports, must=True)
    person = a_person(ports, subscribed=False)
    a_card(ports, person)
    write(ports, person)
    assert work(ports) == ["sent"]
    assert tried(ports) == [("sms", "taken")]
    assert push.cards == []


def test_refused_by_every_way_stands_on_the_list_with_each(ports: Ports, push: FakePush, sms: FakeSms) -> None:
    ways(ports, must=True)
    person = a_person(ports)
    a_card(ports, person)
    write(ports, person)
    push.failures = [CLOSED, PushRefused("43004 unreachable"), PushRefused("82446 unknown")]
    sms.failures = [Unavailable()] * 99
    work_on(ports, hours=8)
    [line] = delivery.undelivered(ports)
    assert (line.state, line.must) == ("unknown", True)  # the gateway may have had it
    assert [(one.rung, one.state) for one in line.tried][:3] == [
        ("customer", "refused"),
        ("template", "refused"),
        ("care", "refused"),
    ]


# -- later ----------------------------------------------------------------------------------------------------
def test_a_way_that_may_work_later_keeps_the_next_one_waiting_for_so_long(ports: Ports, push: FakePush) -> None:
    ways(ports)
    write(ports, a_person(ports))
    push.failures = [PushLater("45011 minute_quota")] * 5
    assert work(ports) == ["waiting"]
    assert work(ports, NOW + timedelta(seconds=29)) == []
    for minutes in (0.5, 1.5, 3.5):
        assert work(ports, NOW + minutes * MINUTE) == ["waiting"]
    assert work(ports, NOW + 7.5 * MINUTE) == ["sent"]  # the fifth would come after its ten minutes
    assert tried(ports)[-1] == ("template", "taken")
    assert len([rung for rung, _ in tried(ports) if rung == "customer"]) == 5


def test_its_own_end_lets_a_notice_down_sooner(ports: Ports, push: FakePush) -> None:
    ways(ports)
    write(ports, a_person(ports), expires_at=NOW + MINUTE)
    push.failures = [PushLater("-1 busy")] * 2
    assert work(ports) == ["waiting"]
    assert work(ports, NOW + MINUTE / 2) == ["sent"]
    assert tried(ports)[-1] == ("template", "taken")


def test_what_may_not_be_missed_does_not_wait_for_a_hospital_that_is_down(
    ports: Ports, push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> Any:
        raise HisUnavailable

    monkeypatch.setattr(views, "drawn", down)
    ways(ports, must=True, wait=2)
    write(ports, a_person(ports))
    assert [work(ports, NOW + minutes * MINUTE) for minutes in (0, 0.5, 1.5)] == [["waiting"], ["waiting"], ["sent"]]
    assert (push.sent, tried(ports)) == ([], [("template", "taken")])


# -- nobody knows ---------------------------------------------------------------------------------------------
def test_what_may_have_arrived_in_the_chat_is_not_said_again(ports: Ports, push: FakePush) -> None:
    ways(ports)
    write(ports, a_person(ports))
    push.failures = [PushUnknown("0 network")]
    assert work(ports) == ["unknown"]
    work_on(ports)
    assert (push.sent, push.cards) == ([], [])
    [line] = delivery.undelivered(ports)
    assert (line.state, line.reason) == ("unknown", "0 network")


def test_what_may_not_be_missed_goes_on_as_a_pointer(ports: Ports, push: FakePush) -> None:
    ways(ports, must=True)
    write(ports, a_person(ports))
    push.failures = [PushUnknown("0 network")]
    assert work(ports) == ["sent"]
    assert [rung for _, rung, _ in push.cards] == ["template"]
    assert tried(ports) == [("customer", "unknown"), ("template", "taken")]


def test_a_template_message_is_repeated_under_its_key_while_wechat_knows_it(ports: Ports, push: FakePush) -> None:
    ways(ports)
    write(ports, a_person(ports))
    push.failures = [CLOSED, PushUnknown("0 network")]
    assert work(ports) == ["waiting"]
    assert work(ports, NOW + MINUTE) == ["sent"]
    assert [card.key for _, _, card in push.cards] == [f"n{row(ports).id}"]


def test_and_no_longer(ports: Ports, push: FakePush) -> None:
    ways(ports, wait=60)
    write(ports, a_person(ports))
    push.failures = [CLOSED] + [PushUnknown("0 network")] * 9
    work_on(ports)
    assert row(ports).state == "unknown"
    last = [one for one in delivery.undelivered(ports)[0].tried if one.rung == "template"][-1]
    assert last.at - NOW < 9 * MINUTE


def test_control_without_the_key_a_lost_answer_comes_twice(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The customer message taken for one that WeChat knows by our key."""
    monkeypatch.setitem(ladder.KNOWS_KEY, "customer", timedelta.max)
    ways(ports)
    write(ports, a_person(ports))
    shown: list[str] = []

    def send(**_: Any) -> None:
        shown.append("said")
        if len(shown) == 1:
            raise PushUnknown("0 network")

    monkeypatch.setattr(ports.push, "send", send)
    work_on(ports, hours=0.2)
    assert len(shown) == 2


# -- workers that die -----------------------------------------------------------------------------------------
def test_a_worker_that_dies_while_it_sends_is_not_followed_by_a_second_one(
    ports: Ports, push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways(ports)
    write(ports, a_person(ports))

    def dying(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(push, "send", dying)
    with pytest.raises(KeyboardInterrupt):
        work(ports)
    start = clock.wire()
    monkeypatch.setattr(clock, "wire", lambda: start + timedelta(hours=1))
    monkeypatch.setattr(push, "send", lambda **_: pytest.fail("said again"))
    assert work(ports) == ["unknown"]
    assert tried(ports) == [("customer", "asked")]


def test_a_slow_worker_sends_nothing_after_its_lease(
    ports: Ports, push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways(ports)
    write(ports, a_person(ports))
    [slow] = outbox.claim_due(ports, limit=1, worker="slow")
    start = clock.wire()
    monkeypatch.setattr(clock, "wire", lambda: start + timedelta(hours=1))
    assert work(ports) == ["sent"]
    assert ladder.deliver(ports, slow, views.drawn, briefs.of) == "lost"
    assert len(push.sent) == 1


# -- receipts -------------------------------------------------------------------------------------------------
def test_behaviour_15_a_template_message_that_did_not_arrive_goes_down(ports: Ports, push: FakePush) -> None:
    ways(ports)
    person = a_person(ports)
    write(ports, person)
    push.failures = [CLOSED]
    assert work(ports) == ["sent"]
    _finished(ports, person, "m1", "failed:user block")
    assert tried(ports)[-1] == ("template", "failed")
    assert work(ports) == ["sent"]
    assert tried(ports)[-1] == ("care", "taken")


def test_behaviour_15_a_receipt_before_the_answer_counts_too(ports: Ports, push: FakePush) -> None:
    ways(ports)
    person = a_person(ports)
    write(ports, person)
    push.failures = [CLOSED]
    _finished(ports, person, "m1", "failed: system failed")
    assert work(ports) == ["sent"]
    assert receipts.apply(ports) == 1
    assert receipts.apply(ports) == 0
    assert work(ports) == ["sent"]
    assert tried(ports)[-1] == ("care", "taken")


def test_behaviour_15_a_receipt_is_his_own_and_counts_once(ports: Ports, push: FakePush) -> None:
    ways(ports)
    person, other = a_person(ports), a_person(ports)
    write(ports, person)
    push.failures = [CLOSED]
    work(ports)
    _finished(ports, other, "m1", "failed:user block")
    assert tried(ports)[-1] == ("template", "taken")
    assert row(ports).state == "sent"


def test_behaviour_15_what_may_not_be_missed_and_has_no_receipt_is_shown_to_staff(ports: Ports, push: FakePush) -> None:
    ways(ports, must=True)
    person = a_person(ports)
    write(ports, person)
    push.failures = [CLOSED]
    work(ports)
    assert delivery.undelivered(ports) == []
    with clock.frozen(NOW + timedelta(minutes=ports.rules["receipt_minutes"])):
        assert [line.reason for line in delivery.undelivered(ports)] == ["no_receipt"]
        _finished(ports, person, "m1", "success")
        assert delivery.undelivered(ports) == []


def test_receipts_of_a_subscription_come_in_lists(ports: Ports, push: FakePush) -> None:
    ways(ports)
    push.rungs = {"subscription"}
    person = a_person(ports)
    allow(ports, person)
    write(ports, person)
    push.failures = [CLOSED]
    assert work(ports) == ["sent"]
    entry = {"TemplateId": "T-message", "MsgID": "m1", "ErrorCode": "43101", "ErrorStatus": "user refused"}
    extra = {f"SubscribeMsgSentEvent.List.0.{name}": value for name, value in entry.items()}
    delivery_events.event(ports, person_id=person, event="subscribe_msg_sent_event", key="", extra=extra)
    assert tried(ports)[-1] == ("subscription", "failed")
    assert work(ports) == ["undelivered"]


# -- 订阅通知 -------------------------------------------------------------------------------------------------
def test_a_yes_in_the_window_counts_and_a_no_in_the_settings_ends_it(ports: Ports) -> None:
    person = a_person(ports)
    popup = {"List.0.TemplateId": "T-1", "List.0.SubscribeStatusString": "accept"}
    popup |= {"List.1.TemplateId": "T-2", "List.1.SubscribeStatusString": "reject"}
    facts: dict[str, Any] = {"person_id": person, "key": ""}
    delivery_events.event(ports, event="subscribe_msg_popup_event", extra=popup, **facts)
    assert [_allowed(ports, person, name) for name in ("T-1", "T-2")] == [True, False]
    change = {"List.0.TemplateId": "T-1", "List.0.SubscribeStatusString": "reject"}
    delivery_events.event(ports, event="subscribe_msg_change_event", extra=change, **facts)
    assert not _allowed(ports, person, "T-1")


def test_each_yes_is_spent_once_by_many(postgres_ports: Ports) -> None:
    person = a_person(postgres_ports)
    allow(postgres_ports, person, times=3)

    def spend(_n: int) -> bool:
        with postgres_ports.transaction() as session:
            return subscriptions.spend(session, person_id=person, template_id="T-message", at=NOW)

    assert sum(together(12, spend)) == 3


def test_a_yes_is_there_again_when_surely_nothing_was_sent(ports: Ports, push: FakePush) -> None:
    ways(ports)
    push.rungs = {"subscription"}
    person = a_person(ports)
    allow(ports, person)
    write(ports, person)
    push.failures = [CLOSED, PushLater("45011 minute_quota")]
    assert work(ports) == ["waiting"]
    assert work(ports, NOW + MINUTE) == ["sent"]


# -- at night -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("night", "state"), [("morning", "waiting"), ("now", "sent"), ("own", "sent")])
def test_the_kind_says_whether_anybody_is_woken(ports: Ports, push: FakePush, night: str, state: str) -> None:
    ways(ports, night=night)
    midnight = NOW + timedelta(hours=15)
    write(ports, a_person(ports), due_at=midnight)
    assert work(ports, midnight) == [state]
    work(ports, midnight + timedelta(hours=7, minutes=30))
    assert row(ports).state == "sent"
    assert len(push.sent) == 1


def test_the_guard_of_a_try_is_the_claim(ports: Ports) -> None:
    write(ports, a_person(ports))
    [mine] = outbox.claim_due(ports, limit=1, worker="w")
    assert tries.begin(ports, mine, "customer") is not None
    outbox.settle(ports, notice=mine, state="sent")
    assert tries.begin(ports, mine, "template") is None


def _message(ports: Ports, person_id: int, *, kind: str) -> None:
    with ports.transaction() as session:
        facts: dict[str, Any] = {"dedupe_key": f"{kind}-{person_id}", "person_id": person_id, "kind": kind}
        facts |= {"body_sealed": b"-", "received_at": clock.wire() + timedelta(seconds=1), "state": "delivered"}
        session.execute(sa.insert(Inbox).values(**facts, attempts=0))


def _finished(ports: Ports, person_id: int, number: str, status: str) -> None:
    extra = {"MsgID": number, "Status": status}
    delivery_events.event(ports, person_id=person_id, event="templatesendjobfinish", key="", extra=extra)


def _allowed(ports: Ports, person_id: int, template_id: str) -> bool:
    with ports.transaction() as session:
        return subscriptions.has(session, person_id=person_id, template_id=template_id)
