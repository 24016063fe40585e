"""Every situation that docs/dialogue.md numbers, in at least six talks each (`talks/`); and how many turns it takes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from bot.ports import Ports
from bot.services import cards
from tests.conversations.house import InProcessRasa, Talk
from tests.conversations.script import Player, Script, scripts
from tests.factories import Someone, a_card, a_person

SCRIPTS = list(scripts())
DOCS = Path(__file__).resolve().parents[2] / "docs" / "dialogue.md"
FEWEST = 6
MOTHER = "武丽华"
NUMBERED = re.compile(r"^\| (D\d\d) \| ([^|]+) \|", re.MULTILINE)

Patients = list[dict[str, Any]]


@pytest.fixture
def phone(request: pytest.FixtureRequest, talk: Talk) -> Talk:
    """A patient's phone, by who it is: a stranger, one with his own card, one with his own and his mother's."""
    who = request.param
    if who == "stranger":
        return talk
    bound: Talk = request.getfixturevalue("bound")
    if who == "family":
        own = cards.mine(bound.ports, person_id=bound.person_id)[0]
        mother = next(p for p in request.getfixturevalue("patients") if p["name"] == MOTHER)
        hers = a_card(bound.ports, bound.person_id, Someone(mother["name"], mother["id_number"], mother["phone"]))
        for card, relation in ((own, "self"), (hers, "mother")):
            cards.set_relation(bound.ports, person_id=bound.person_id, ref=card.ref, relation=relation)
    return bound


@pytest.mark.parametrize(
    ("phone", "script"),
    [pytest.param(s.who, s, id=f"{s.situation}-{s.name}") for s in SCRIPTS],
    indirect=["phone"],
)
def test_situation(phone: Talk, script: Script, patients: Patients, rasa: InProcessRasa) -> None:
    Player(phone, patients[0], rasa).play(script)


# -- every number has its talks -----------------------------------------------------------------------------
def test_every_numbered_situation_has_six_different_talks() -> None:
    numbered = dict(NUMBERED.findall(DOCS.read_text(encoding="utf-8")))
    talks = Counter(s.situation for s in SCRIPTS)
    assert len(numbered) == 15
    assert {number for number in numbered if talks[number] < FEWEST} == set()
    assert set(talks) == set(numbered)


def test_no_two_talks_are_the_same() -> None:
    told = [tuple(do for do, _read in s.steps) for s in SCRIPTS]
    assert [steps for steps, times in Counter(told).items() if times > 1] == []
    assert [s.name for s in SCRIPTS if not any(read for _do, read in s.steps)] == [], "a talk that asserts nothing"


# -- how many turns -----------------------------------------------------------------------------------------
WAYS = {
    # From 挂号, answering what is asked, in the ways patients do.
    "挂号": (
        5,
        [
            ["挂号", "骨科", "明天", "1", "确认"],
            ["我要挂号", "眼科", "随便哪天", "最早的", "确认挂号"],
            ["挂号", "武强医生", "后天", "1", "好的"],
            ["挂号", "皮肤科，明天上午", "2", "确认"],
            ["想挂个号", "消化内科", "周五下午", "第一个", "是的"],
            ["预约挂号", "挂明天骨科最早的", "确认"],
        ],
    ),
    # From one sentence that says all of it.
    "one sentence": (
        2,
        [
            ["帮我挂明天上午消化内科武医生的号", "确认"],
            ["我想约后天上午武强主任的号", "好的"],
            ["挂明天骨科最早的号", "确认挂号"],
            ["明天上午九点眼科陈守正医生", "确认"],
            ["给我约周五上午的石素云医生", "是的"],
            ["挂皮肤科周桂英医生，明天上午的", "对"],
        ],
    ),
}
# From what hurts; every question after it is answered by a tap, or the day and the half hour by one word.
MOST_FROM_HURTS = 7
HURTS = (
    ("我头疼", "tap"),
    ("嗓子疼两天了，女，28岁", "tap"),
    ("脸上起疹子，很痒", "tap"),
    ("胃疼一周了，我40岁", "tap"),
    ("膝盖疼，上下楼梯更疼", "最早的"),
    ("眼睛干涩", "最早的"),
    ("头晕三天了，我35岁，男的", "最早的"),
    ("耳朵嗡嗡响，一个多月了", "随便，越早越好"),
)
FITTING = ("大人", "挂", "确认挂号")  # of several choices the one that is true of a grown-up who wants a number


@pytest.mark.parametrize("way", WAYS)
def test_average_turns_to_a_booked_slot(house: Ports, patients: Patients, way: str) -> None:
    most, talks = WAYS[way]
    adults = [p for p in patients if int(p["id_number"][6:10]) < 2000]
    turns = [_turns(Talk(house), who, steps) for who, steps in zip(adults, talks, strict=False)]
    print(f"turns from {way}: average={mean(turns):.2f} most={max(turns)} at_most={most} of {turns}")
    assert mean(turns) <= most


def test_average_turns_from_a_symptom_to_a_booked_slot_by_tapping(house: Ports, patients: Patients) -> None:
    adults = [p for p in patients if 1966 < int(p["id_number"][6:10]) < 2000]
    turns = [_tapping(Talk(house), who, *wish) for who, wish in zip(adults, HURTS, strict=False)]
    print(f"turns from a symptom: average={mean(turns):.2f} most={max(turns)} at_most={MOST_FROM_HURTS} of {turns}")
    assert mean(turns) <= MOST_FROM_HURTS


def _tapping(phone: Talk, who: dict[str, Any], wish: str, when: str) -> int:
    """Say what hurts, then tap; how many messages until the number is there."""
    a_card(phone.ports, a_person(phone.ports, phone.openid), Someone(who["name"], who["id_number"], who["phone"]))
    said = phone(wish)
    for number in range(1, 15):
        if "挂好了" in said:
            return number
        fitting = next((label for word in FITTING for label in phone.labels if label.startswith(word)), phone.labels[0])
        said = phone(when) if "哪天来" in said and when != "tap" else phone.tap(fitting)
    raise AssertionError(f"not booked: {wish}\n{phone.said}")


def _turns(phone: Talk, who: dict[str, Any], steps: list[str]) -> int:
    """Play one on a phone with a card; how many messages until the number is there."""
    a_card(phone.ports, a_person(phone.ports, phone.openid), Someone(who["name"], who["id_number"], who["phone"]))
    for number, step in enumerate(steps, start=1):
        if "挂好了" in phone(step):
            return number
    raise AssertionError(f"not booked: {steps}\n{phone.said}")
