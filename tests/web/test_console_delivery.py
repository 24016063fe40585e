"""What reached nobody stands where an operator sees it."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from bot.db.messages import Inbox
from bot.db.push import Notice
from bot.ports import Ports
from bot.services import inbox
from bot.web.console.delivery import meaning
from connectors.wechat.policy import RULES, UNKNOWN
from tests.web.conftest import NOW, SignIn
from tests.web.visits import token


def test_an_undelivered_notice_is_listed(sign_in: SignIn, ports: Ports, person: Callable[..., int]) -> None:
    person_id = person("o-gone")
    with ports.transaction() as session:
        for state in ("undelivered", "sent"):
            session.add(
                Notice(
                    dedupe_key=state,
                    person_id=person_id,
                    kind=f"kind-{state}",
                    payload_sealed=ports.crypto.seal('{"text": "私密内容"}'),
                    due_at=NOW,
                    state=state,
                    attempts=6,
                    last_error="43004 <not> following",
                    created_at=NOW,
                )
            )
    page = sign_in("operator").get("/console/delivery").text
    assert "kind-undelivered" in page
    assert "43004 &lt;not&gt; following" in page
    assert "kind-sent" not in page
    assert "私密内容" not in page


def test_a_message_that_failed_is_listed(sign_in: SignIn, ports: Ports, person: Callable[..., int]) -> None:
    person_id = person("o-waiting")
    with ports.transaction() as session:
        for key, failure in (("a" * 64, "dialogue unavailable"), ("b" * 64, None)):
            session.execute(
                sa.insert(Inbox).values(
                    dedupe_key=key,
                    person_id=person_id,
                    kind=f"text-{key[0]}",
                    body_sealed=ports.crypto.seal('{"text": "私密内容"}'),
                    received_at=NOW,
                    state="received",
                    attempts=3,
                    failure=failure,
                )
            )
    page = sign_in("operator").get("/console/delivery").text
    assert "text-a" in page
    assert "dialogue unavailable" in page
    assert "text-b" not in page
    assert "私密内容" not in page


def test_what_nobody_could_read_is_listed_without_its_content(sign_in: SignIn, ports: Ports) -> None:
    browser = sign_in("operator")
    assert "没有读不懂的消息" in browser.get("/console/delivery").text
    inbox.quarantine(ports, reason="duplicate Content", digest="d" * 64, length=4711)
    page = browser.get("/console/delivery").text
    assert "读不懂的消息 1" in page
    assert "duplicate Content" in page
    assert "4711 字节" in page
    assert "d" * 64 not in page


def test_a_notice_that_somebody_has_seen_to_leaves_the_list(
    sign_in: SignIn, ports: Ports, person: Callable[..., int]
) -> None:
    number = _undelivered(ports, person("o-gone"))
    browser = sign_in("operator")
    page = browser.get("/console/delivery").text
    assert "患者48小时内没有来过消息" in page
    assert "停诊" in page
    assert "要紧" in page
    where = f"/console/delivery/{number}/handled"
    assert browser.post(where, data={"note": " ", "csrf_token": token(page)}).status_code == 400
    assert browser.post(where, data={"note": "已打电话告知", "csrf_token": token(page)}).status_code == 303
    assert "没有送不到的通知" in browser.get("/console/delivery").text
    with ports.transaction() as session:
        row = session.get(Notice, number)
    assert ports.crypto.open(row.handled_note_sealed) == "已打电话告知"
    assert (
        browser.post(where.replace(str(number), "99"), data={"note": "x", "csrf_token": token(page)}).status_code == 404
    )


def test_every_reason_is_told_in_words() -> None:
    for rule in {each for each in (*RULES.values(), UNKNOWN) if each.reason != "oauth_code"}:  # is no send
        assert "原因不明" not in meaning(f"45015 {rule.reason}")
    assert meaning("partly 0 network") == "只发出了一部分"
    assert meaning("not_shown:place_gone") == "内容已经变了，不用再发"
    assert "原因不明" in meaning("something else")


def _undelivered(ports: Ports, person_id: int) -> int:
    facts = {"dedupe_key": "k", "person_id": person_id, "kind": "stopped", "state": "undelivered", "attempts": 1}
    facts |= {"payload_sealed": ports.crypto.seal("{}"), "due_at": NOW, "created_at": NOW}
    with ports.transaction() as session:
        row = Notice(last_error="45015 window_closed", **facts)
        session.add(row)
        session.flush()
        return int(row.id)
