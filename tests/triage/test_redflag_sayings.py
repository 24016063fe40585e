"""How people may say it: our own sayings, a file for each category, thought up before the words that find them.

They show that rules go on working; how much is found of what others say is measured elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.triage import redflags
from bot.triage.redflags.rulebook import rulebook

SAYINGS = sorted((Path(__file__).parent / "sayings").glob("*.txt"), key=lambda path: int(path.stem))


@pytest.mark.parametrize("path", SAYINGS, ids=lambda path: path.stem)
def test_every_saying_of_a_category_alarms(path: Path) -> None:
    sayings = path.read_text(encoding="utf-8").splitlines()
    assert len(sayings) > 1
    assert [saying for saying in sayings if not redflags.check(saying).red_flag] == []


@pytest.mark.parametrize("path", SAYINGS, ids=lambda path: path.stem)
def test_most_sayings_are_answered_as_what_they_are(path: Path) -> None:
    numbers = rulebook().numbers
    sayings = path.read_text(encoding="utf-8").splitlines()
    found = [{numbers[rule.split(".")[0]] for rule in redflags.check(saying).rules} for saying in sayings]
    right = sum(int(path.stem) in one for one in found)
    assert right >= 0.7 * len(sayings)


@pytest.mark.parametrize("text", ["老公又打我，打得我鼻青脸肿", "昨晚被同事灌醉后侵犯了", "女儿说被老师摸了下面"])
def test_who_was_hurt_by_somebody_hears_warm_words_and_where_to_go(text: str) -> None:
    advice = redflags.check(text).advice
    for word in ("谢谢您愿意说出来", "不是您的错", "110", "急诊", "72 小时", "证据"):
        assert word in advice
    for blame in ("为什么", "应该早", "怎么不", "不小心"):
        assert blame not in advice


@pytest.mark.parametrize("text", ["我不想活了", "孩子手臂上全是划痕，说划了心里舒服", "室友发了告别的话电话不接"])
def test_suicide_and_self_harm_have_words_and_lines_of_their_own(text: str) -> None:
    advice = redflags.check(text).advice
    for word in ("谢谢您愿意说出来", "12356", "24 小时有人接", "陪"):
        assert word in advice
