"""The gates of the red flags at a small size: what they count, and that their controls notice."""

from __future__ import annotations

import pytest

from bot.errors import ConfigError
from bot.triage.redflags import rulebook
from tests.gates import metamorphic, redflags

OPEN = redflags.texts("open", "positives")[::40]
QUIET = [{"kind": kind, "text": text} for kind, text in (("ordinary", "我要挂号"), ("hard", "胸痛中心怎么走"))]


@pytest.mark.parametrize(("of", "misses"), [(600, 1), (1000, 4), (1200, 6), (1500, 8), (2000, 12), (3000, 20)])
def test_the_lower_bound_allows_the_misses_of_the_published_table(of, misses):
    assert redflags.lower_bound(of - misses, of) >= 0.99
    assert redflags.lower_bound(of - misses - 1, of) < 0.99


def test_what_is_counted_adds_up_and_names_no_sentence():
    found = redflags.score(OPEN, QUIET)
    assert found.recall == 1 - len(found.missed) / len(OPEN)
    printed = "\n".join(redflags.by_category(found))
    assert not any(row["text"] in printed for row in OPEN)


def test_control_words_side_by_side_are_not_enough():
    found, control = redflags.score(OPEN, QUIET), redflags.controlled(OPEN, QUIET)
    assert not control.good
    assert control.recall < found.recall - 0.15


def test_one_miss_of_a_stroke_or_of_a_named_way_to_die_fails_the_gate():
    rows = [{"category": 2, "text": "x"}, {"category": 19, "text": "药都买好了"}, {"category": 19, "text": "不想活"}]
    missed = redflags.Score(tuple(rows), tuple(rows * 1000), (), ())
    assert missed.unforgivable == 2
    assert not missed.good


def test_no_change_of_words_or_writing_lowers_an_alarm():
    found = metamorphic.check(metamorphic.texts(every=10), 1500, seed=5)
    assert (found.lost, found.softer) == ((), ())


def test_control_a_text_read_as_typed_loses_alarms():
    assert metamorphic.controlled(metamorphic.texts(every=10), 400, seed=5).violations > 40


def test_a_concept_named_in_two_files_is_refused_with_both_names(tmp_path, monkeypatch):
    concepts = tmp_path / "concepts"
    concepts.mkdir()
    for name in ("blood.yml", "head.yml"):
        (concepts / name).write_text("twice:\n  - 流血\n", encoding="utf-8")
    monkeypatch.setattr(rulebook, "HERE", tmp_path)
    with pytest.raises(ConfigError) as refused:
        rulebook._concepts()
    assert refused.value.facts["concept"] == "twice"
    assert refused.value.facts["files"] == ["blood.yml", "head.yml"]


def test_a_half_that_nobody_has_written_yet_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(redflags, "CORPORA", tmp_path)
    with pytest.raises(SystemExit) as ended:
        redflags.texts("closed", "positives")
    assert ended.value.code == 2
    assert "closed8_positives.jsonl" in capsys.readouterr().err
