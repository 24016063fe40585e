"""The linear model: what it learns from the features, and that storing changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import features, training
from bot.nlu.linear import WORDS, LinearModel
from bot.nlu.spans import Span

EXAMPLES = {
    "book": ["我要挂号", "帮我预约", "约个号", "挂专家号", "想挂明天的号", "预约一下医生"],
    "price_exam": ["多少钱", "什么价格", "怎么收费", "费用贵不贵", "要花多少", "单价是多少"],
    "department_location": ["在几楼", "在哪里", "怎么走", "在哪栋楼", "位置在哪", "怎么过去"],
}


@pytest.fixture(scope="module")
def model() -> LinearModel:
    pairs = [(text, intent) for intent, texts in EXAMPLES.items() for text in texts]
    return training.fit([features.blocks(t, []) for t, _ in pairs], [i for _, i in pairs])


def scores(model: LinearModel, text: str) -> dict[str, float]:
    found = model.scores(features.vector(features.blocks(text, []), model.vocabulary, model.idf))
    return dict(zip(model.classes, found.tolist(), strict=True))


def best(model: LinearModel, text: str) -> str:
    found = scores(model, text)
    return max(found, key=found.__getitem__)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("挂个号", "book"), ("这个多少钱呀", "price_exam"), ("请问骨科在几楼", "department_location")],
)
def test_a_like_sentence_gets_the_intent(model: LinearModel, text: str, intent: str) -> None:
    assert best(model, text) == intent


def test_a_stored_model_answers_exactly_as_before(model: LinearModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = LinearModel.load(tmp_path)
    for text in ("挂号", "胃镜多少钱", "在哪", "天气"):
        assert scores(loaded, text) == scores(model, text)
    assert np.array_equal(loaded.coef, model.coef)


def test_the_stored_files_hold_no_pickle(model: LinearModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".npz"]
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays} == {"f"}


def test_a_model_of_other_features_is_refused(model: LinearModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    words = json.loads((tmp_path / WORDS).read_text(encoding="utf-8"))
    (tmp_path / WORDS).write_text(json.dumps({**words, "version": features.VERSION - 1}), encoding="utf-8")
    with pytest.raises(ValueError, match="train again"):
        LinearModel.load(tmp_path)


def test_two_names_of_one_kind_look_alike_once_masked() -> None:
    one = features.blocks("骨科在几楼", [Span(0, 2, "department", "骨科")])
    other = features.blocks("眼科在几楼", [Span(0, 2, "department", "眼科")])
    assert one["m"] == other["m"]
    assert one["r"] != other["r"]


def test_a_message_of_one_entity_says_so() -> None:
    assert "only:D" in features.blocks("骨科", [Span(0, 2, "department", "骨科")])["k"]
    assert "only:D" not in features.blocks("骨科在哪", [Span(0, 2, "department", "骨科")])["k"]


def test_two_intents_are_enough() -> None:
    model = training.fit([features.blocks(t, []) for t in ("挂号", "挂个号", "多少钱", "价钱")], ["a", "a", "b", "b"])
    assert best(model, "挂号吧") == "a"
    assert best(model, "价钱呢") == "b"


@pytest.mark.parametrize("text", ["／restart", "/", "123", "。。。", "\u200b\u200d", "\x00\x07", "😀😀", "   "])
def test_what_holds_no_words_is_nothing_to_read(text: str) -> None:
    assert not any(features.blocks(text, []).values())


@pytest.mark.parametrize("piece", ["挂号", "a", "mingtian", "我要挂号,", "<script>", "😀", "\u200b"])
def test_a_message_of_ten_thousand_characters_costs_what_its_first_hundreds_cost(piece: str) -> None:
    def tokens(length: int) -> int:
        return sum(map(len, features.blocks((piece * length)[:length], []).values()))

    assert tokens(10_000) <= tokens(features.READ) + 50


def test_what_sounds_alike_is_alike() -> None:
    meant, misheard, typed = (features.blocks(text, [])["s"] for text in ("退号", "退好", "tuihao"))
    assert meant == misheard == typed


def test_a_concept_is_heard_in_whatever_spelling() -> None:
    for text in ("退号", "推毫", "tuihao"):
        assert "cancel" in features.blocks(text, [])["h"]


def test_latin_words_are_whole() -> None:
    assert set(features.blocks("Where is the CT", [])["w"]) == {
        "where", "is", "the", "ct", "where is", "is the", "the ct",
    }  # fmt: skip


def test_only_the_weightiest_features_are_kept(model: LinearModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "KEPT", 40)
    pairs = [(text, intent) for intent, texts in EXAMPLES.items() for text in texts]
    lean = training.fit([features.blocks(t, []) for t, _ in pairs], [i for _, i in pairs])
    assert len(lean.vocabulary) == len(lean.idf) == len(lean.coef) == 40
    assert all(lean.idf[i] == model.idf[model.vocabulary[word]] for word, i in lean.vocabulary.items())
    assert best(lean, "多少钱") == "price_exam"
