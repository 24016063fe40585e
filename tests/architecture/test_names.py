"""Each name is declared once; every promise of words is kept."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections import Counter

import pytest
import yaml

from actions.forms import DOING, SWITCHES, ServiceForm
from actions.static import SAID_AS_THEY_ARE
from bot.errors import PATIENT_CODES
from bot.nlu.requests import OPENS
from bot.settings import ALL, INTERNAL, RASA, SETTINGS
from bot.triage.questions import questions
from tests.architecture.source import ROOT, modules

DOMAINS = [ROOT / "domain.yml", *sorted((ROOT / "bot" / "domain").glob("*.yml"))]


def parts(kind):
    for path in DOMAINS:
        found = yaml.safe_load(path.read_text(encoding="utf-8")).get(kind) or []
        yield from (n if isinstance(n, str) else next(iter(n)) for n in found)


RESPONSES = set(parts("responses"))


@pytest.mark.parametrize("kind", ["intents", "entities", "slots", "forms", "actions", "responses"])
def test_each_name_is_declared_once(kind):
    assert [name for name, times in Counter(parts(kind)).items() if times > 1] == []


def test_every_error_code_of_a_patient_has_words():
    assert {f"utter_error_{code}" for code in PATIENT_CODES} - RESPONSES == set()


def test_no_words_for_codes_that_do_not_exist():
    assert {r for r in RESPONSES if r.startswith("utter_error_")} - {f"utter_error_{c}" for c in PATIENT_CODES} == set()


def test_every_response_that_code_names_exists():
    named = set()
    for _module, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("utter_"):
                named.add(node.value)
    named -= {name for name in named if name.endswith("_")}  # prefixes of f-strings
    assert named - RESPONSES - {"utter_message"} == set()


def test_every_static_answer_has_its_response():
    assert {f"utter_{intent}" for intent in SAID_AS_THEY_ARE} - RESPONSES == set()


def test_every_slot_of_a_form_is_declared_also_under_its_stored_name():
    forms = set(descendants(ServiceForm))
    stored = {form.stored + slot for form in forms for slot in form.slots}
    assert len(forms) >= len(SWITCHES) - 1
    assert stored - set(parts("slots")) == set()


def test_every_form_that_can_be_put_aside_has_words_for_it():
    named = {f"utter_{word}_{form}" for word in ("pause", "resume") for form in SWITCHES.values()}
    assert named - RESPONSES == set()
    assert set(SWITCHES.values()) - set(DOING) == set()


def test_every_wish_that_opens_a_form_leads_a_message_with_two_requests():
    assert set(SWITCHES) == OPENS


def test_every_question_of_a_form_can_be_explained():
    forms = set(descendants(ServiceForm))
    asked = {slot for form in forms for slot in form.slots if hasattr(form, f"ask_{slot}")}
    assert len(asked) > len(forms)
    of_the_person = {f"triage_{key}" for key, question in questions().items() if question.kind == "person"}
    assert {f"utter_why_{question}" for question in asked | of_the_person} - RESPONSES == set()


def descendants(base):
    for module in pkgutil.iter_modules([str(ROOT / "actions")]):
        importlib.import_module(f"actions.{module.name}")
    for child in base.__subclasses__():
        yield child
        yield from descendants(child)


def test_every_setting_is_documented():
    documented = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [s.name for s in SETTINGS if f"\n{s.name}=" not in documented and f"\n# {s.name}=" not in documented] == []


def test_env_example_names_no_setting_that_does_not_exist():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    names = {
        line.lstrip("# ").split("=")[0] for line in lines if "=" in line and line.lstrip("# ").split("=")[0].isupper()
    }
    assert names - {s.name for s in SETTINGS} == set()


def test_rasa_sees_no_key_of_wechat_pay_or_the_hospital():
    seen = {s.name for s in SETTINGS if RASA in s.processes} | {n for n, who in INTERNAL.items() if RASA in who}
    assert [
        n for n in seen if n.startswith(("WECHAT", "WXPAY", "PEIZHEN_HIS", "PEIZHEN_SECRET", "PEIZHEN_DATABASE"))
    ] == []
    assert {p for s in SETTINGS for p in s.processes} <= set(ALL)


def test_environment_variables_are_read_in_settings_alone():
    readers = {m for m, path in modules() if "os.environ" in path.read_text(encoding="utf-8")}
    allowed = {
        "bot.settings",
        "bot.cli",
        "bot.clock",
        "bot.lean",
        "bot.supervise",
        "bot.train",
        "bot.jobs.directory",
        "actions.server",
    }
    assert {m for m in readers if m not in allowed and not m.startswith("bot.nlu.")} == set()
