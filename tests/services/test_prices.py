from __future__ import annotations

import pytest

from bot.errors import HisUnavailable
from bot.ports import Ports
from bot.services import prices
from tests.factories import FakeHis


def test_items_by_part_of_their_name_and_kind(ports: Ports) -> None:
    assert [p.name for p in prices.find(ports, text=" 超声 ")] == ["腹部超声", "超声心动图"]
    assert [p.fen for p in prices.find(ports, text="奥美拉唑", kind="drug")] == [1580]
    assert prices.find(ports, text="奥美拉唑", kind="exam") == []
    assert prices.find(ports, text="没有这个") == []


def test_nothing_asked_is_nothing_found_and_endless_texts_are_cut(ports: Ports, his: FakeHis) -> None:
    assert prices.find(ports, text="  ") == []
    assert his.asked == []
    assert prices.find(ports, text="超" * 100_000) == []


def test_a_hospital_that_does_not_answer_says_so(ports: Ports, his: FakeHis) -> None:
    his.down = True
    with pytest.raises(HisUnavailable):
        prices.find(ports, text="超声")
