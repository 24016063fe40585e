from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.text import NEUTRAL, clean, fold


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("我要掛ＣＴ", "我要挂ct"),
        ("您好！！！請問骨科在几楼呀😀", "骨科在几楼呀"),
        ("医生您好，请问怎么挂号？？？谢谢医生", "怎么挂号"),
        ("你好", "你好"),
        ("谢谢", "谢谢"),
        ("好的，谢谢", "好的,谢谢"),  # nothing is left that he wants: it is the thanks
        ("对，我妈", "对,我妈"),
        ("好的，我要挂号，谢谢", "我要挂号"),
        ("您好医生", "您好医生"),
        ("[微笑]挂号/::)", "挂号"),
        ("  挂   号 ", "挂 号"),
        ("⟦phone:v_0123456789ab⟧是我电话", f"{NEUTRAL}是我电话"),
        ("😀", ""),
    ],
)
def test_cleaning_for_the_classifier(typed: str, read: str) -> None:
    assert clean(typed) == read
