"""The second net: it adds where rules are silent, says so, and nothing around a text can silence it."""

from __future__ import annotations

import random
from array import array

import pytest

from bot.services import emergency
from bot.triage import redflags
from bot.triage.redflags import similar
from bot.triage.text import normalise
from tests.factories import RULES, make_ports
from tests.gates.redflags import CORPORA, read
from tests.triage.voices import QUIET

OPEN = [str(row["text"]) for row in read(CORPORA / "open_positives.jsonl")]
ONLY_ALIKE = [text for text in OPEN if redflags.check(text).rules == (similar.ID,)]


def test_it_catches_emergencies_that_no_rule_knows_and_has_its_own_id_and_words():
    assert ONLY_ALIKE
    found = redflags.check(ONLY_ALIKE[0])
    assert found.words == ()
    assert found.category == similar.ID
    assert found.advice.startswith("听起来可能是急症")
    assert "120" in found.advice


def test_it_is_asked_only_where_rules_are_silent_and_lowers_nothing(monkeypatch):
    before = [redflags.check(text, similar=False) for text in OPEN]
    for text, found in zip(OPEN, before, strict=True):
        assert redflags.check(text) == found or found == redflags.CLEAR
    monkeypatch.setattr(similar, "alike", lambda _: False)
    assert [redflags.check(text) for text in OPEN] == before


@pytest.mark.parametrize(
    "text", [*QUIET, "我要挂号", "停车场在哪", "谢谢医生", "3", "女", "", "疼" * 3000, "没有" * 3000, "血" * 3000]
)
def test_ordinary_messages_and_mere_repetition_stay_quiet(text):
    assert not similar.alike(normalise(text).text)


def test_nothing_before_or_after_can_silence_it():
    pick = random.Random(3)
    for text in ONLY_ALIKE[:60]:
        around = "".join(pick.sample(QUIET, 2))
        for changed in (around + text, text + around, around + text + around):
            assert similar.alike(normalise(changed).text), changed


def test_the_best_stretch_is_what_counts():
    of = array("b", [0, 5, -9, 4])
    assert similar.best([[1], [2], [3], [1]], of, cost=1) == 4 - 1 + 5 - 1
    assert similar.best([[2], [2]], of, cost=1) == 0


def test_one_line_of_the_rules_takes_it_out(engine):
    ports = make_ports(engine)
    assert RULES["red_flag_similar"] is True
    assert emergency.check(ports, text=ONLY_ALIKE[0])
    ports.rules["red_flag_similar"] = False
    assert emergency.check(ports, text=ONLY_ALIKE[0]) is None
