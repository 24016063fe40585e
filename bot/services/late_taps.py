"""Taps on an earlier message, and what they must not do.

A choice whose question is over does nothing any more. With its id that is plain; a tap that came without is told by
the words, because 确认挂号 of yesterday would else be heard as a yes to what is asked now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.messages import ChoiceSet

SHOWN, PARAM = ChoiceSet.__table__, sa.bindparam
SETS = 20  # newest answers looked through
OVER = (
    sa.select(SHOWN.c.options_json)
    .where(SHOWN.c.person_id == PARAM("person"), SHOWN.c.used.is_(True))
    .order_by(SHOWN.c.id.desc())
    .limit(SETS)
)
LONG = 20  # characters; shorter labels are shown whole
# Payloads that do something at once, beside those that bring a `sure`, and the questions of a form that end in one.
# Tapped late they do nothing; what is not named here and tapped late is the same wish said again.
DOES = frozenset(
    "agree_binding agree_reports agree_consult agree_push take_place pass_place move_stopped leave_wait set_kin"
    " travel_time drop_paused share_summary keep_summary faq_vote".split()
)
CONFIRMS = frozenset("confirm confirm_cancel question_sure guardian wait ask_seen ask_guardian".split())
A_WORD = 2  # characters: 同意 and 接受 are said without any tap


def confirms(session: Session, *, person_id: int, text: str) -> bool:
    """Whether these are the words of a choice of an earlier message that would do something."""
    if len(text.strip()) <= A_WORD:
        return False
    over = session.scalars(OVER, {"person": person_id})
    return any(same(str(o["label"]), text) and changes(o) for options in over for o in options)


def changes(option: Mapping[str, Any]) -> bool:
    """Whether rasa would do something at once on this choice's payload."""
    intent, brace, facts = str(option["payload"]).lstrip("/").partition("{")
    said = json.loads(brace + facts) if brace else {}
    if intent == "choose":
        return said.get("slot") in CONFIRMS and said.get("value") not in {"", "no"}
    return intent in DOES or said.get("sure") == "yes"


def same(label: str, text: str) -> bool:
    """Whether a text is this label as it was shown: in one line, a long one cut short with …"""
    shown, said = " ".join(label.split()), " ".join(text.split())
    return bool(said) and (shown == said or (len(said) >= LONG and said.endswith("…") and shown.startswith(said[:-1])))
