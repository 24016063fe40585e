from __future__ import annotations

import pytest

from bot.nlu import times
from bot.nlu.text import fold

TIMES = [
    ("下午两点半", ["pm", "14:30"]),
    ("后天下午两点半到四点", ["pm", "14:30/16:00"]),
    ("早上8点半", ["am", "08:30"]),
    ("周五下午三点", ["pm", "15:00"]),
    ("三点半", ["15:30"]),
    ("8:30", ["08:30"]),
    ("14:00-16:30", ["14:00/16:30"]),
    ("上午十点一刻", ["am", "10:15"]),
    ("晚上7点", ["evening", "19:00"]),
    ("中午12点", ["pm", "12:00"]),
    ("9点到10点", ["09:00/10:00"]),
    ("11点到1点", ["11:00/13:00"]),
    ("明早", ["am"]),
    ("周五晚", ["evening"]),
    ("两点钟", ["14:00"]),
    ("有一点疼", []),
    ("早点来", []),
    ("25:70", []),
    ("几点开门", []),
]


@pytest.mark.parametrize(("phrase", "expected"), TIMES)
def test_parts_of_the_day_and_clock_times(phrase: str, expected: list[str]) -> None:
    assert [span.value for span in times.find(fold(phrase))] == expected
