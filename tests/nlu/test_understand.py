"""The whole language half: rasa trains a small model with our config.yml, and `understand` reads with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import clock
from bot.errors import ConfigError
from bot.nlu import spacy_model
from bot.nlu.understand import Reader, understand

ROOT = Path(__file__).parents[2]
EXAMPLES = {
    "book": ["我要挂骨科的号", "预约明天的号", "帮我挂号", "挂个专家号", "我想约王医生"],
    "price_exam": ["CT多少钱", "做个胃镜要多少", "B超价格", "抽血收费", "核磁贵不贵"],
    "greet": ["你好", "您好", "早上好", "在吗", "嗨"],
}
SATURDAY = datetime(2026, 11, 20, 23, 30)  # naive UTC; 07:30 on Saturday 21 November in Shanghai


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model trained by rasa itself from our pipeline."""
    from rasa.model_training import train_nlu

    home = tmp_path_factory.mktemp("nlu")
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    for step in config["pipeline"]:
        if step["name"] == "SpacyNLP":
            step["model"] = str(spacy_model.build(home / "zh"))
        for key in {"folder", "lookups"} & set(step):
            step[key] = str(ROOT / step[key])
    blocks = [{"intent": i, "examples": "".join(f"- {t}\n" for t in texts)} for i, texts in EXAMPLES.items()]
    (home / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    (home / "nlu.yml").write_text(
        yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RASA_CACHE_DIRECTORY", str(home / "cache"))
        for _ in range(2):  # the second comes out of rasa's cache, a path of its own
            assert train_nlu(str(home / "config.yml"), str(home / "nlu.yml"), str(home / "models"))
    return home / "models"


@pytest.fixture(scope="module")
def reader(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    directory = tmp_path_factory.mktemp("directory") / "directory.json"
    content = {"departments": [{"id": "yh.d1", "name": "骨科"}], "doctors": []}
    directory.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PEIZHEN_DIRECTORY", str(directory))
        reader = Reader(folder)
    yield reader
    reader.close()


def entities(answer: dict[str, Any]) -> list[tuple[str, object]]:
    return [(e["entity"], e["value"]) for e in answer["entities"]]


def test_intent_and_entities_of_a_booking(reader: Reader) -> None:
    with clock.frozen(SATURDAY):
        answer = reader.read("下周三上午挂骨科李医生的号")
    assert answer["intent"] == "book"
    assert 0 < answer["confidence"] <= 1
    assert entities(answer) == [
        ("date", "2026-11-25"),
        ("period", "am"),
        ("department", "yh.d1"),
        ("doctor", "surname:李"),
    ]


def test_the_day_follows_the_hospitals_clock(reader: Reader) -> None:
    with clock.frozen(datetime(2027, 1, 31, 4)):
        assert ("date", "2027-02-01") in entities(reader.read("预约明天的号"))


def test_everyday_names_and_exams(reader: Reader) -> None:
    answer = reader.read("做個ＣＴ多少钱")
    assert (answer["intent"], entities(answer)) == ("price_exam", [("exam", "CT")])


def test_nothing_to_read_is_out_of_scope_without_confidence(reader: Reader) -> None:
    for text in ("😀", "⟦phone:v_0123456789ab⟧", "。。。"):
        answer = reader.read(text)
        assert (answer["intent"], answer["confidence"]) == ("out_of_scope", 0.0)


def test_a_placeholder_is_an_entity_and_leaves_the_intent_alone(reader: Reader) -> None:
    answer = reader.read("帮我挂号⟦phone:v_0123456789ab⟧")
    assert (answer["intent"], entities(answer)) == ("book", [("phone", "v_0123456789ab")])


def test_understand_answers_in_order(folder: Path) -> None:
    assert [a["intent"] for a in understand(["你好", "帮我挂号"], folder)] == ["greet", "book"]


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        Reader(tmp_path)
    assert raised.value.code == "no_model"
