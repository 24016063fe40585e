"""The training sentences are many, different from one another, and free of personal numbers."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from bot.nlu.text import clean

NLU_DATA = Path(__file__).parents[2] / "nlu_data"
LOOKUPS = NLU_DATA / "lookups"
LEAST = 25
ROOMY = {
    "queue_position": 60,
    "cancel_booking": 60,
    "reschedule": 60,
    "book": 70,
    "triage": 70,
    "faq_question": 70,
    "chitchat": 70,
    "out_of_scope": 70,
    "drug_guidance": 70,
    "price_exam": 70,
}
INTENTS = (
    "book book_same_day reschedule cancel_booking my_bookings waitlist queue_position check_in "
    "reports_list report_ready explain_report_item ask_expert my_questions faq_question triage "
    "doctor_info doctor_schedule department_info department_location hospital_address parking_traffic "
    "phone_hours visit_guide price_exam price_drug drug_guidance pay_bill refund invoice prescriptions "
    "bind_card switch_patient unbind satisfaction complaint follow_up_visit exam_booking "
    "inpatient_deposit record_copy_mail drug_delivery home_nursing health_articles human_agent greet "
    "thanks bye affirm deny repeat help chitchat out_of_scope hospital_intro facilities bills admission "
    "next_step menu back my_data my_messages"
).split()
DEPARTMENTS = (
    "心血管内科 呼吸内科 消化内科 神经内科 内分泌科 肾内科 血液科 风湿免疫科 感染科 肿瘤科 普外科 骨科 "
    "泌尿外科 神经外科 胸外科 肝胆外科 肛肠科 乳腺外科 甲状腺外科 血管外科 整形外科 妇科 产科 儿科 眼科 "
    "耳鼻咽喉科 口腔科 皮肤科 男科 精神心理科 中医科 康复科 疼痛科 急诊科 全科医学科 营养科"
).split()
LOOKUP_SIZES = {"departments": 36, "symptoms": 250, "drugs": 120, "exams": 100, "persons": 20, "words": 3}

DOCTOR = re.compile(r"[\u4e00-\u9fff](?:副?主任|医生|大夫|教授|专家|医师)")
NUMERAL = r"[\d几一二两三四五六七八九十]+"
WHEN = re.compile(
    r"大后天|[今明后昨前][天日晚早]|今儿个?|[这那下上本]?个?(?:周|星期|礼拜)[一二三四五六日天末几]?|周末"
    r"|[这下上本]个?月|月底|今年|去年|早上|上午|中午|下午|晚上|夜里|凌晨|傍晚|现在|国庆|春节|元旦|过年"
    rf"|{NUMERAL}(?:点钟?半?|月|[号日]|天后)",
)
PUNCTUATION = re.compile(r"[\W_]+")
PERSONAL_NUMBER = re.compile(r"\d{6,}|[\d零〇一二三四五六七八九幺]{11,}")


def lookup(name: str) -> dict[str, list[str]]:
    """Entries of one lookup file: standard term → everyday names."""
    content: dict[str, Any] = yaml.safe_load((LOOKUPS / f"{name}.yml").read_text(encoding="utf-8"))
    assert content["lookup"] == name
    entries: dict[str, list[str]] = content["entries"]
    return entries


def intent_files() -> list[Path]:
    return sorted((NLU_DATA / "intents").rglob("*.yml"))


@cache
def examples() -> dict[str, list[str]]:
    """Intent → its sentences, read as Rasa reads them."""
    found: dict[str, list[str]] = {}
    for path in intent_files():
        for message in RasaYAMLReader().read(str(path)).intent_examples:
            found.setdefault(message.get("intent"), []).append(message.get("text"))
    return found


@cache
def empty_words() -> re.Pattern[str]:
    """Department names, polite words, wishes and particles, the longest first."""
    departments, words = lookup("departments"), lookup("words")
    named = [*departments, *(name for names in departments.values() for name in names)]
    terms = {*named, *words["polite"], *words["wish"], *words["particle"]}
    return re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True))))


def bare(text: str) -> str:
    """What is left of a sentence without departments, doctors, dates, courtesies and punctuation."""
    for pattern in (DOCTOR, WHEN, empty_words(), PUNCTUATION):
        text = pattern.sub("", text)
    return text


def as_read(text: str) -> str:
    """An example in the classifier's spelling, without courtesies, punctuation and blanks."""
    return PUNCTUATION.sub("", clean(text)) or text


@pytest.mark.parametrize("intent", INTENTS)
def test_every_promised_intent_has_many_examples(intent: str) -> None:
    assert len(set(examples().get(intent, []))) >= ROOMY.get(intent, LEAST)


@pytest.mark.parametrize("intent", INTENTS)
def test_examples_of_an_intent_differ_by_more_than_names_and_courtesies(intent: str) -> None:
    left = Counter(filter(None, map(bare, examples()[intent])))
    assert [text for text, times in left.items() if times > 1] == []
    assert len(left) >= LEAST


def test_bare_would_notice_a_template() -> None:
    filled = ["请问明天骨科还有号吗", "下周三看牙的还有号", "王主任还有号吗,谢谢"]
    assert {bare(text) for text in filled} == {"还有号"}


def test_no_example_stands_twice_as_the_classifier_reads_it() -> None:
    """Not in two intents, and not twice in one: cross-validation would meet in a fold what it learnt in another."""
    homes = Counter(as_read(text) for texts in examples().values() for text in texts)
    assert [text for text, times in homes.items() if times > 1] == []


def test_as_read_sees_through_spelling_and_courtesy() -> None:
    assert {as_read(text) for text in ("退號", "退号！！", "退 号", "退号，谢谢")} == {"退号"}


@pytest.mark.parametrize("path", intent_files(), ids=lambda path: path.stem)
def test_a_file_is_named_as_its_only_intent(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [block["intent"] for block in content["nlu"]] == [path.stem]
    assert content["version"] == "3.1"


def test_no_intent_has_two_files() -> None:
    assert [name for name, times in Counter(path.stem for path in intent_files()).items() if times > 1] == []


def test_no_example_holds_a_number_of_a_person() -> None:
    texts = [text for texts in examples().values() for text in texts]
    assert [text for text in texts if PERSONAL_NUMBER.search(text)] == []


def test_examples_carry_no_inline_entities() -> None:
    raw = "".join(path.read_text(encoding="utf-8") for path in intent_files())
    assert not re.search(r"\]\s*[({]", raw)


def test_no_test_story_hides_among_the_training_data() -> None:
    assert list(NLU_DATA.rglob("test_*.y*ml")) == []


@pytest.mark.parametrize(("name", "least"), LOOKUP_SIZES.items())
def test_a_lookup_is_ours_alone_and_large_enough(name: str, least: int) -> None:
    assert not RasaYAMLReader.is_yaml_nlu_file(LOOKUPS / f"{name}.yml")
    entries = lookup(name)
    assert len(entries) >= least
    assert all(isinstance(word, str) and word.strip() == word for names in entries.values() for word in names)


@pytest.mark.parametrize("name", LOOKUP_SIZES)
def test_an_everyday_name_means_one_thing(name: str) -> None:
    entries = lookup(name)
    meanings = Counter([*entries, *(word for names in entries.values() for word in names)])
    assert [word for word, times in meanings.items() if times > 1] == []


def test_all_standard_departments_have_everyday_names() -> None:
    entries = lookup("departments")
    assert list(entries) == DEPARTMENTS
    assert [name for name, names in entries.items() if len(names) < 6] == []
