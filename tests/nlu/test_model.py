"""The intent model: two that read a text speak for an intent together, in chances, and storing changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.charcnn import learning, reading
from bot.nlu import features, model
from bot.nlu.model import IntentModel

TEXTS = {
    "book": ["我要挂号", "帮我预约", "约个号", "挂专家号"],
    "price_exam": ["多少钱", "什么价格", "怎么收费", "贵不贵"],
}
UNSURE = "挂号多少钱"
ALL = [(text, intent) for intent, texts in TEXTS.items() for text in texts]


def speaking_for(loudness: dict[int, float], characters: str = "挂号多少钱") -> dict[str, np.ndarray]:
    """The arrays of a network that says the same of every text."""
    sizes = {"signs": (3 + len(characters), 1), "narrow": (2, 1), "narrow_offset": (1,), "wide": (3, 1)}
    arrays = {name: np.zeros(size, dtype=np.float16) for name, size in (sizes | {"wide_offset": (1,)}).items()}
    offset = np.array([loudness.get(number, 0.0) for number in range(len(TEXTS))], dtype=np.float16)
    out = np.zeros((2, len(TEXTS)), dtype=np.float16)
    return {"characters": np.array(list(characters)), **arrays, "out": out, "out_offset": offset}


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the network is given to learn from; what it learns is to say nothing."""
    given: list[Any] = []

    def learn(*facts: Any) -> dict[str, np.ndarray]:
        given.append(facts)
        return speaking_for({})

    monkeypatch.setattr(learning, "learn", learn)
    return given


@pytest.fixture
def trained(learnt: list[Any]) -> IntentModel:
    return model.fit([text for text, _ in ALL], [features.blocks(text, []) for text, _ in ALL], [i for _, i in ALL])


def rank(trained: IntentModel, text: str) -> list[tuple[str, float]]:
    return trained.rank(text, features.blocks(text, []))


def with_net(trained: IntentModel, arrays: dict[str, np.ndarray]) -> IntentModel:
    return IntentModel(trained.linear, arrays, reading.of(arrays))


def test_both_learn_the_same_intents_from_the_same_texts(trained: IntentModel, learnt: list[Any]) -> None:
    ((texts, kinds, shape),) = learnt
    assert [text for (text,) in texts] == [text for text, _ in ALL]
    assert [trained.linear.classes[kind] for kind in kinds] == [intent for _, intent in ALL]
    assert shape.kinds == len(TEXTS)


def test_chances_are_ordered_and_add_up_to_one(trained: IntentModel) -> None:
    chances = [chance for _, chance in rank(trained, UNSURE)]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1.0)


def test_who_is_loud_enough_outvotes_the_other_where_that_is_not_sure(
    trained: IntentModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((best, chance), (other, _)) = rank(trained, UNSURE)
    against = trained.linear.classes.index(other)
    loud, quiet = (with_net(trained, speaking_for({against: loudness})) for loudness in (9000.0, 0.001))
    monkeypatch.setattr(model, "SURE", chance + 0.01)
    assert (rank(loud, UNSURE)[0][0], rank(quiet, UNSURE)[0][0]) == (other, best)
    monkeypatch.setattr(model, "SURE", chance - 0.01)
    assert rank(loud, UNSURE) == rank(trained, UNSURE)


def test_what_is_nothing_to_the_network_is_ranked_by_the_features_alone(
    trained: IntentModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    loud, counted = with_net(trained, speaking_for({0: 9000.0})), features.blocks(UNSURE, [])
    monkeypatch.setattr(model, "SURE", 1.1)
    assert loud.rank("", counted) == trained.rank("", counted)
    assert loud.rank("", counted) != loud.rank(UNSURE, counted)


def test_a_stored_model_answers_exactly_as_before(trained: IntentModel, tmp_path: Path) -> None:
    loud = with_net(trained, speaking_for({0: 0.7, 1: 1.3}))
    loud.save(tmp_path)
    for text in ("挂号", "胃镜多少钱", "在哪", "天气"):
        assert rank(IntentModel.load(tmp_path), text) == rank(loud, text)


def test_the_network_sees_numbers_as_such_and_no_placeholder() -> None:
    assert model.read("请问挂１２号多少钱😀") == "挂0号多少钱"
