from __future__ import annotations

import pytest

from bot.faq import text
from bot.faq.fold import LONGEST, fold


@pytest.mark.parametrize(
    ("said", "tokens"),
    [
        ("感冒药", ["感", "冒", "药", "感冒", "冒药"]),
        ("CT检查", ["ct", "检", "查", "检查"]),
        ("ＣＴ，Ｂ超", ["ct", "b", "超"]),
        ("维生素B12 片", ["维", "生", "素", "维生", "生素", "b12", "片"]),
        ("covid-19", ["covid-19"]),
        ("感 冒", ["感", "冒"]),
        ("，。！？😀", []),
        ("", []),
    ],
)
def test_characters_pairs_and_latin_runs(said: str, tokens: list[str]) -> None:
    assert text.tokens(fold(said)) == tokens


def test_a_query_has_each_token_once() -> None:
    assert text.query(fold("头疼头疼 CT ct")) == (("头", "疼"), ("头疼", "疼头"), ("ct",))


def test_a_story_without_end_is_cut() -> None:
    assert len(fold("头" * 20_000)) == LONGEST
