"""Text → n-gram features: what the builder counts and what the scorer looks up must be the same."""

from __future__ import annotations

import re

from bot.triage.text import normalise

LONGEST = 3  # characters of an n-gram
CHARACTERS = 600  # of a message that are read for the department; the rest is repetition
_DIGIT = re.compile(r"[0-9]")
# Talk around the complaint; it says nothing about a department. 没怀孕 is an answer, 两年没怀孕 a complaint.
_TALK = re.compile(
    r"您好|你好|请问|请教|医生|大夫|专家|谢谢|麻烦|帮我看看|帮忙看看|帮我|挂什么科|挂哪个科|挂啥科|看什么科|看哪个科|应该挂|"
    r"怎么办|怎么回事|是什么原因|什么原因|求助|我想问一下|想问一下|咨询一下|问一下|预约|挂号|挂个号|约个号|"
    r"(?<![年直还都月])(?:没有?|未)怀孕|不是孕妇"
)
_DECADES = (10, 20, 30, 40, 50, 60)


def grams(text: str) -> set[str]:
    """All 1–3-character n-grams of a message, folded, every digit as 0, 疼 as 痛."""
    folded = _DIGIT.sub("0", _TALK.sub("", normalise(text).text[:CHARACTERS])).replace("疼", "痛")
    return {folded[at : at + size] for size in range(1, LONGEST + 1) for at in range(len(folded) - size + 1)}


def age_feature(age: int | None) -> str | None:
    """`#age10` and the like; None when the age is not known. `#` never comes out of folded text."""
    if age is None:
        return None
    return f"#age{max((decade for decade in _DECADES if age >= decade), default=0)}"
