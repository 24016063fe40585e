"""Ways of speaking, stories, what was found to be nothing and denied lists stay quiet; their neighbours go on alarming.

Our own sayings, `figures.txt`, and `neighbours.txt`, in which the same words are meant; the second net learns from neither.
"""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from bot.triage import redflags, scope
from bot.triage.redflags.engine import idle
from bot.triage.redflags.rulebook import rulebook
from bot.triage.text import normalise

HERE = Path(__file__).parent
FIGURES = (HERE / "figures.txt").read_text(encoding="utf-8").splitlines()
NEIGHBOURS = (HERE / "neighbours.txt").read_text(encoding="utf-8").splitlines()


def test_there_are_as_many_of_both_as_make_a_guard() -> None:
    assert len(set(FIGURES)) >= 40
    assert len(set(NEIGHBOURS)) >= 40


@pytest.mark.parametrize("text", FIGURES)
def test_what_is_only_a_way_of_speaking_stays_quiet(text: str) -> None:
    assert not redflags.check(text).alarming


@pytest.mark.parametrize("text", NEIGHBOURS)
def test_the_same_words_meant_go_on_alarming(text: str) -> None:
    assert redflags.check(text).red_flag


def test_a_clause_that_is_only_a_way_of_speaking_weighs_nothing() -> None:
    normal = normalise("困得不省人事，陪护床几点能领")
    named = rulebook().matcher.find(normal)
    assert 0 in idle(normal, named)


def test_control_without_the_figures_many_of_them_alarm() -> None:
    with patch.object(scope, "FIGURE", "~no such cue"):
        assert sum(redflags.check(text).red_flag for text in FIGURES) >= 10


@pytest.mark.parametrize("more", ["", "这些都没有", "都没有，就是胃胀", "一样都没有"])
def test_a_clause_that_says_none_of_it_denies_the_clause_before(more: str) -> None:
    assert redflags.check(f"大夫问有没有吐血黑便，{more}").red_flag is (more == "")


def test_none_of_something_else_denies_nothing() -> None:
    for text in ("吐血了，一点办法都没有", "叫不醒，什么反应都没有", "吐血了，车都没有"):
        assert redflags.check(text).red_flag, text
