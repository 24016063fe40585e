"""Two requests in one message: the second is named beside the first; a correction or a story holds only one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.nlu import wishes
from bot.nlu.spans import Span

WORDS = {
    "退号": "cancel_booking", "挂": "book", "改": "reschedule", "停车": "parking_traffic", "多少钱": "price_exam",
    "发票": "invoice", "谢谢": "thanks", "疼": "triage", "报告": "report_ready",
}  # fmt: skip


def read(text: str, _spans: Sequence[Span]) -> list[tuple[str, float]]:
    """A reader that is sure of a few words and of nothing else."""
    return next(([(intent, 0.9)] for word, intent in WORDS.items() if word in text), [("chitchat", 0.2)])


def second(text: str) -> str | None:
    wish = wishes.second(text, [], read(text, [])[0][0], read)
    return wish and wish.intent


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("帮我退号,顺便问下停车场在哪", "parking_traffic"),
        ("挂个骨科的号,另外胃镜多少钱", "price_exam"),
        ("停车方便吗?发票怎么开", "invoice"),
        ("报告出来了吗,还有发票怎么开", "report_ready"),
    ],
)
def test_the_other_of_two_wishes_is_named(text: str, other: str) -> None:
    assert second(text) == other


@pytest.mark.parametrize(
    "text",
    [
        "我要挂号",
        "我要挂号,谢谢",
        "腰疼好几天了,想挂骨科",
        "把明天的退号,改成后天",
        "报告出来了吗,我的报告",
        "挂号," * 40,
    ],
)
def test_one_wish_has_no_second(text: str) -> None:
    assert second(text) is None


def test_the_place_of_the_second_wish_is_told_and_entities_stay_with_their_clause() -> None:
    text, seen = "帮我退号,胃镜多少钱", []

    def watching(clause: str, spans: Sequence[Span]) -> list[tuple[str, float]]:
        seen.append((clause, [clause[s.start : s.end] for s in spans]))
        return read(clause, spans)

    wish = wishes.second(text, [Span(5, 7, "exam", "胃镜")], "cancel_booking", watching)
    assert wish is not None
    assert text[wish.start : wish.end] == "胃镜多少钱"
    assert seen == [("帮我退号", []), ("胃镜多少钱", ["胃镜"])]
