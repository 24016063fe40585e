"""Labelled texts into the training data: checked whole, added once, and what changed is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.nlu import learn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Training data of two intents."""
    (tmp_path / "data/booking").mkdir(parents=True)
    for intent, text in (("book", "挂号"), ("cancel_booking", "退号")):
        (tmp_path / f"data/booking/{intent}.yml").write_text(learn.written({intent: [text]}), encoding="utf-8")
    return tmp_path / "data"


def a_file(folder: Path, **examples: list[str]) -> Path:
    path = folder.parent / "labelled.yml"
    path.write_text(learn.written(examples), encoding="utf-8")
    return path


def test_new_texts_are_added_once(folder: Path) -> None:
    file = a_file(folder, book=["弄个号", "挂号", "弄个号"], cancel_booking=["号不要了"])
    assert learn.apply(file, folder) == {"book": ["弄个号"], "cancel_booking": ["号不要了"]}
    assert learn.apply(file, folder) == {}
    assert learn.read(folder) == {"book": ["挂号", "弄个号"], "cancel_booking": ["退号", "号不要了"]}


@pytest.mark.parametrize(
    ("examples", "code"),
    [({"nothing": ["嗯"]}, "bad_intent"), ({"book": ["新的", "退号"]}, "taken")],
)
def test_a_file_with_a_fault_changes_nothing(folder: Path, examples: dict[str, list[str]], code: str) -> None:
    before = learn.read(folder)
    with pytest.raises(BadInput) as raised:
        learn.apply(a_file(folder, **examples), folder)
    assert raised.value.code == code
    assert learn.read(folder) == before


@pytest.mark.parametrize("content", ["", "nlu: 3", "nlu:\n- intent: book", "{", "\x00"])
def test_what_is_no_file_of_examples_is_refused(folder: Path, content: str) -> None:
    path = folder.parent / "odd.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput):
        learn.apply(path, folder)


def test_a_text_stays_one_line(folder: Path) -> None:
    learn.apply(a_file(folder, book=["第一行\n- intent: x"]), folder)
    assert learn.read(folder)["book"] == ["挂号", "第一行 - intent: x"]


def test_what_is_understood_differently_is_told() -> None:
    told = learn.changes(["甲", "乙"], ["book", "book"], ["book", "triage"])
    assert told == [learn.Change("乙", "book", "triage")]
