"""One table says what each kind of notice says outside the chat; nothing else gets out there."""

from __future__ import annotations

import ast
from datetime import date
from typing import Any

import pytest

from bot.host import templates
from bot.host.push import WeChatPush
from bot.ports import Ports
from bot.push import kinds
from bot.push.port import Card
from bot.services import booking, briefs, desk_telling, queue_notices
from connectors.wechat.platform import Platform
from tests.architecture.source import ROOT
from tests.factories import RULES, FakeSms, a_card, a_person, someone

ROWS = RULES["notice_kinds"]
# Kinds that a variable names, by the module that writes them.
NAMED_ELSEWHERE = {
    "queue_notices": {f"queue_{kind}" for kind in queue_notices.USEFUL_MINUTES},
    "booking_steps": {"unpaid", "money_back", "paid_booked", "pay_lapsed", "pay_called_off"},  # its `tell`
    "broadcast_sending": {"broadcast"},
    "booking_lost": {"booking_cancelled", "stopped"},
    "desk_telling": set(desk_telling.KINDS.values()),
    "handoff_rows": {"follow_up"},
    "holders": {"card_shared", "card_cut"},
    "replying": {"late_answer"},
    "report_notices": {"report_ready"},
    "reminders": {"visit_reminder", "visit_preparation", "after_visit"},
}
CANARIES = ("肿瘤", "李雷", "阿莫西林", "阳性", "13900001111", "110101199003070011", "妇科")


def enqueued() -> dict[str, set[str]]:
    """module → the kinds that its `enqueue` calls name; a variable is looked up above."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "bot" / "services").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "enqueue":
                kind = next(k.value for k in node.keywords if k.arg == "kind")
                plain = {kind.value} if isinstance(kind, ast.Constant) else NAMED_ELSEWHERE[path.stem]
                found.setdefault(path.stem, set()).update(plain)
    return found


def test_every_kind_that_is_written_has_a_row_and_every_row_is_written() -> None:
    written = set().union(*enqueued().values())
    assert written - set(ROWS) == set()
    assert set(ROWS) - written == set()


def test_what_tell_in_booking_steps_is_called_with_is_in_the_table() -> None:
    views = set()
    for path in (ROOT / "bot" / "services").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and ast.unparse(node.func) in {"booking_steps.tell", "tell"}
            if named and len(node.args) > 3 and isinstance(node.args[3], ast.Constant):
                views.add(node.args[3].value)
    assert views <= NAMED_ELSEWHERE["booking_steps"]


def test_every_row_names_what_there_is() -> None:
    for name in ROWS:
        row = kinds.of(RULES, name)
        assert len(row.says) <= 20
        assert row.template in {"", *RULES["templates"]}
        assert row.subscription in {"", *RULES["templates"]}
        assert not (row.chat and row.must)
    assert {"stopped", "visit_changed", "wait_offer"} <= {name for name in ROWS if kinds.of(RULES, name).must}


class Said(Platform):
    """The account's API, as far as it hears what is said."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []

    def call(self, path: str, body: Any) -> dict[str, Any]:
        self.bodies.append((path, body))
        return {"msgid": 1}


@pytest.fixture
def visit(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> tuple[Ports, int, str]:
    """A number in a department that is nobody else's business."""
    person = a_person(ports)
    who = someone("李雷", phone="13900001111")
    card = a_card(ports, person, who)
    day = date(2026, 11, 24)
    slot = booking.offers(ports, department_id="yh.d01", day=day)[0]
    made = booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot.slot_id, key="b")
    departments = [d for d in ports.his.departments() if d.id != "yh.d01"]
    named = type(departments[0])("yh.d01", "骨科", "肿瘤科", "妇科楼", "3层", "", "")
    monkeypatch.setattr(ports.his, "departments", lambda: [named, *departments])
    return ports, person, made.ref


def everywhere(rules: Any) -> dict[str, Any]:
    """The rules of an account that has every way for every kind."""
    rows = {
        name: {**row, "care": "told", "subscription": row.get("subscription", "message")} for name, row in ROWS.items()
    }
    care = {
        "told": {"status": 1501001, "fields": {"pat_name": "name", "dept_name": "department", "doc_name": "doctor"}}
    }
    return {**templates.of_demo(rules), "notice_kinds": rows, "care_messages": care}


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"late_answer", "follow_up", "trend_picture"}))
def test_nothing_but_the_row_leaves_the_chat(visit: tuple[Ports, int, str], name: str) -> None:
    ports, person, ref = visit
    rules, platform = everywhere(ports.rules), Said()
    push = WeChatPush(platform, rules=rules, app_id="wx")
    kind = kinds.of(rules, name)
    payload = {"view": name, "ref": ref, "text": "肿瘤标志物阳性，阿莫西林，妇科"}
    brief = briefs.of(ports, person_id=person, kind=kind, payload=payload)
    card = Card(name, key="n1", order=ref, facts=brief.facts, url="http://localhost/h5")
    rungs = [rung for rung in (kinds.TEMPLATE, kinds.CARE, kinds.SUBSCRIPTION) if kind.goes(rung)]
    for rung in rungs:
        assert push.offers(rung, name)
        push.notify(openid="o-one", rung=rung, card=card)
    assert len(platform.bodies) == len(rungs) >= 2
    said = f"{platform.bodies} {brief.text}"
    assert [word for word in CANARIES if word in said] == []
    assert kind.says in said
    assert "http://localhost/h5" in said


def test_a_department_that_is_anybodys_business_is_named(ports: Ports) -> None:
    person = a_person(ports)
    card = a_card(ports, person)
    slot = booking.offers(ports, department_id="yh.d01", day=date(2026, 11, 24))[0]
    made = booking.book(ports, person_id=person, card_ref=card.ref, slot_id=slot.slot_id, key="b")
    brief = briefs.of(ports, person_id=person, kind=kinds.of(RULES, "stopped"), payload={"ref": made.ref})
    assert (brief.facts["department"], brief.path) == ("骨科", f"/h5/bookings/{made.ref}")
    assert brief.facts["when"].startswith("2026年11月24日 ")
    assert brief.phone


def test_when_nobody_can_say_what_a_department_is_it_is_not_named(ports: Ports, his: Any) -> None:
    assert briefs.safe_department(ports, "yh.d01", "骨科") == "骨科"
    his.down = True
    assert briefs.safe_department(ports, "yh.d01", "骨科") == "门诊"


def test_text_messages_go_to_nobodys_phone_where_none_is_known(ports: Ports) -> None:
    assert isinstance(ports.sms, FakeSms)
    brief = briefs.of(ports, person_id=a_person(ports), kind=kinds.of(RULES, "stopped"), payload={"text": "停诊"})
    assert brief.phone == ""
