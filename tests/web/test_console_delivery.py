"""What reached nobody stands where an operator sees it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import sqlalchemy as sa

from bot.db.messages import Inbox
from bot.db.push import TRY_STATES, Notice
from bot.errors import HisUnavailable, PayUnavailable, Refused, Unavailable
from bot.ports import Ports
from bot.push import kinds
from bot.services import inbox
from bot.services.delivery import AWAITED, FAILED
from bot.web.console import reasons
from bot.web.console.delivery import KINDS, RUNGS, STATES, TRIES
from bot.web.console.reasons import failing, meaning, unreadable
from connectors.wechat.policy import NO_ANSWER, RULES, UNKNOWN
from connectors.wechat.ports import Kind
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
    assert "没送到的通知 1" in page
    assert "原因不明，请联系信息科（微信代码 43004）" in page
    assert "following" not in page
    assert "私密内容" not in page


def test_a_message_that_failed_is_listed(sign_in: SignIn, ports: Ports, person: Callable[..., int]) -> None:
    person_id = person("o-waiting")
    with ports.transaction() as session:
        for key, failure in (("a" * 64, "unavailable"), ("b" * 64, None)):
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
    assert "没处理成的消息 1" in page
    assert "有一部分系统没有回答" in page
    assert "text-a" not in page
    assert "私密内容" not in page


def test_what_nobody_could_read_is_listed_without_its_content(sign_in: SignIn, ports: Ports) -> None:
    browser = sign_in("operator")
    assert "没有读不懂的消息" in browser.get("/console/delivery").text
    inbox.quarantine(ports, reason="duplicate Content", digest="d" * 64, length=4711)
    page = browser.get("/console/delivery").text
    assert "读不懂的消息 1" in page
    assert "同一项写了两次" in page
    assert "duplicate" not in page
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


ROOT = Path(__file__).resolve().parents[2]
REFUSALS = {
    "PushRefused",
    "PushLater",
    "PushUnknown",
    "_give_up",
    "_put_off",
    "_wait",
    "_doubted",
    "Refused",
    "Unavailable",
}
LATIN = re.compile(r"[A-Za-z_]{3,}")


def _words(*places: str) -> set[str]:
    """Every reason that stands as a word in these sources: what is refused with, assigned, or given back last."""
    found: set[str] = set()
    for node in (node for place in places for node in ast.walk(ast.parse((ROOT / place).read_text()))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS:
            found |= _strings(*node.args)
        elif isinstance(node, ast.keyword) and node.arg in {"last_error", "error"}:
            found |= _strings(node.value)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason":
            found |= _strings(*getattr(node.value, "values", []))
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            found |= _strings(node.value.elts[-1])
    return found


def _strings(*nodes: ast.expr) -> set[str]:
    parts = [part for node in nodes for part in ((node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,))]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def test_every_reason_is_told_in_words() -> None:
    sources = ("bot/push/ladder.py", "bot/push/calls.py", "bot/host/push.py", "bot/services/broadcast_steps.py")
    said = _words(*sources) | {rule.reason for rule in (*RULES.values(), UNKNOWN)} | NO_ANSWER
    said |= {error.code for error in (Refused, Unavailable, HisUnavailable, PayUnavailable)}
    said |= {f"consent_{state}" for state in ("never", "withdrawn", "outdated")} | {
        AWAITED,
        "user block",
        "sending fail",
    }
    assert {"no_way", "too_many_attempts", "no_phone", "not_allowed", "nothing_to_say", "stopped"} <= said
    for reason in said - {"", "lease"}:  # another worker's by now: it writes nothing
        words = meaning(f"45015 {reason}")
        assert "原因不明" not in words, reason
        assert not LATIN.search(words), reason
    assert meaning("partly 0 network") == "只发出了一部分"
    assert meaning("not_shown:place_gone") == "内容已经变了，不用再发"
    assert meaning("45015 window_closed") == "患者48小时内没有来过消息（微信代码 45015）"
    assert "原因不明" in meaning("something else")


def test_every_failure_and_every_unreadable_post_is_told_in_words() -> None:
    for failure in ("unavailable", "his_unavailable", "pay_unavailable", "IntegrityError", ""):
        assert not LATIN.search(failing(failure))
    sources = "".join(path.read_text() for path in (ROOT / "connectors/wechat").glob("*.py"))
    said = set(re.findall(r'Malformed\(f?"([^"{]+)', sources))
    assert {"dtd", "duplicate ", "MsgType"} <= said
    for reason in said:
        assert reason == "MsgType" or reason.split()[0] in reasons.UNREADABLE
        assert not LATIN.search(unreadable(reason).replace("XML", "").replace("JSON", ""))


def test_every_state_and_way_has_a_word() -> None:
    assert set(STATES) == {*FAILED, "sent"}
    assert set(RUNGS) == set(kinds.RUNGS)
    assert set(TRIES) == set(TRY_STATES)
    assert set(KINDS) | {"unsupported", "unknown"} == set(get_args(Kind))


def _undelivered(ports: Ports, person_id: int) -> int:
    facts = {"dedupe_key": "k", "person_id": person_id, "kind": "stopped", "state": "undelivered", "attempts": 1}
    facts |= {"payload_sealed": ports.crypto.seal("{}"), "due_at": NOW, "created_at": NOW}
    with ports.transaction() as session:
        row = Notice(last_error="45015 window_closed", **facts)
        session.add(row)
        session.flush()
        return int(row.id)
