"""A tap on an old message never does anything, with its id and without, for every payload there is."""

from __future__ import annotations

import ast
import json

import pytest
import yaml

from bot.services import choices, late_taps
from tests.architecture.source import ROOT, modules
from tests.factories import a_person
from tests.services.post import received

# Intents that a choice may carry and that only ask, show, or begin something with a question of its own. A new one
# must be put here or into late_taps.DOES.
WISHES = frozenset(
    "appeal ask_expert bind_card bills book cancel_booking check_in cut_holder deny department_location doctor_info"
    " erase_me explain_report_item follow_up_visit give_report help hide_report hospital_address human_agent my_bookings my_data my_questions"
    " other_times pay_bill prescriptions price_exam queue_position rate_answer reply_expert reports_list reschedule resume show_faq show_report"
    " show_article"
    " show_trend triage unbind waitlist withdraw_consent".split()
)
# Questions of forms whose answer only leads to the next one.
ASKED = frozenset(
    "ask_department ask_doctor booking card card_hospital code_for day department doctor faq_offer half_hour hospital"
    " medicines moved page question reply reply_to since triage_answer triage_other".split()
)


def payloads():
    """Every payload that code or words can offer, as (intent, the names it brings, its constant facts)."""
    for path in [ROOT / "domain.yml", *sorted((ROOT / "bot" / "domain").glob("*.yml"))]:
        for variants in (yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {}).values():
            for button in variants[0].get("buttons", ()):
                intent, _, facts = button["payload"].lstrip("/").partition("{")
                yield intent, json.loads("{" + facts) if facts else {}
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {
                "choice",
                "_choice",
            }:
                yield from _called(node)
            elif isinstance(node, ast.Dict):
                yield from _written(node)


def _called(node):
    """choice("确认取消", slot="confirm_cancel", value="yes") and choice("取消预约", "cancel_booking")."""
    given = node.args[1] if len(node.args) > 1 else ast.Constant("choose")
    facts = {k.arg: getattr(k.value, "value", "…") for k in node.keywords if k.arg}
    for name in [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value, facts
        elif isinstance(name, ast.JoinedStr):
            yield ast.literal_eval(name.values[0]) + "…", facts


def _written(node):
    """{"label": …, "payload": "/book"}."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "payload" and isinstance(value, ast.Constant):
            yield str(value.value).lstrip("/").partition("{")[0], {}


FOUND = [*payloads()]
DOING = [
    *(("/" + name + json.dumps({"value": "b_1"})) for name in sorted(late_taps.DOES)),
    *sorted({"/" + name + json.dumps({"sure": "yes"}) for name, facts in FOUND if facts.get("sure") == "yes"}),
    *("/choose" + json.dumps({"slot": slot, "value": "yes"}) for slot in sorted(late_taps.CONFIRMS)),
]


def test_behaviour_10_every_payload_is_known_to_do_something_or_not():
    assert len(FOUND) > 150
    intents = {name for name, _ in FOUND if name != "choose" and not name.endswith("…")}
    slots = {facts["slot"] for name, facts in FOUND if name == "choose" and "slot" in facts}
    assert intents - late_taps.DOES - WISHES == set()
    assert slots - late_taps.CONFIRMS - ASKED == set()
    assert {*"cut_holder erase_me unbind withdraw_consent rate_answer give_report hide_report".split()} == {
        name for name, facts in FOUND if facts.get("sure") == "yes"
    }
    assert {name for name in intents if name.startswith("agree_")} <= late_taps.DOES


@pytest.fixture
def person(ports):
    return a_person(ports)


def offer(ports, person, payload, label="确认把它办了"):
    row = received(ports, person=person)
    with ports.transaction() as session:
        replies = [{"text": "？", "choices": [{"label": label, "payload": payload}]}]
        (shown,) = choices.offer(ports, session, person_id=person, inbox_id=row, replies=replies)
    return shown["choices"][0]["id"]


@pytest.mark.parametrize("payload", DOING)
def test_behaviour_10_a_late_tap_on_what_does_something_does_nothing(ports, person, payload):
    """Not even as words, which would be heard as a yes to the question that is open by now."""
    menu_id = offer(ports, person, payload)
    assert choices.pick(ports, person_id=person, text="确认把它办了", menu_id=menu_id) == payload
    assert choices.pick(ports, person_id=person, text="确认把它办了", menu_id="") == payload
    offer(ports, person, '/choose{"slot": "confirm", "value": "yes"}', "确认挂号")
    assert choices.pick(ports, person_id=person, text="确认把它办了", menu_id=menu_id) == choices.LATE
    assert choices.pick(ports, person_id=person, text="确认把它办了", menu_id="") == choices.LATE
    assert choices.pick(ports, person_id=person, text="确认挂号", menu_id="") != choices.LATE


def test_behaviour_10_words_that_people_say_anyway_are_not_taken_for_a_late_tap(ports, person):
    offer(ports, person, "/agree_binding", "同意")
    offer(ports, person, "/book", "我要挂号")
    offer(ports, person, "/help", "帮助")
    assert choices.pick(ports, person_id=person, text="同意", menu_id="") is None
    assert choices.pick(ports, person_id=person, text="我要挂号", menu_id="") is None


def test_a_label_of_another_person_is_nobodys_late_tap(ports, person):
    offer(ports, a_person(ports), DOING[-1])
    offer(ports, person, "/help", "帮助")
    assert choices.pick(ports, person_id=person, text="确认把它办了", menu_id="") is None


@pytest.mark.parametrize(
    "shown", ["胸痛中心 王医生 明天上午", " 胸痛中心 王医生\n明天上午 ", "胸痛中心  王医生 明天上午"]
)
def test_behaviour_10_a_label_is_known_as_it_was_shown(ports, person, shown):
    offer(ports, person, "/one", "胸痛中心  王医生\n明天上午")
    assert choices.pick(ports, person_id=person, text=shown, menu_id="") == "/one"


def test_behaviour_10_a_label_that_was_cut_short_is_known_too(ports, person):
    label = "科" * 80
    offer(ports, person, "/one", label)
    assert choices.pick(ports, person_id=person, text="科" * 59 + "…", menu_id="") == "/one"
    assert choices.pick(ports, person_id=person, text="…", menu_id="") is None


@pytest.mark.parametrize(
    "text", ["1", "１", "一", "①", "⑴", "(1)", "第一个", "第1个", "1.", "选1", "我选第1个", "回复1", "1、"]
)
def test_behaviour_10_a_number_is_read_in_any_spelling(text):
    assert choices.number(text) == 1
