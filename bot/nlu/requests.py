"""Two requests in one message: 帮我挂明天骨科的号，再问下停车怎么收费.

A message is cut where a new sentence or 另外, 再, 顺便 begins. It holds two requests when both sides are surely
wishes, and for different things: 头晕三天了，挂什么科 is one. What opens a form comes first; the other is answered
beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.nlu.spans import Span

Rank = Callable[[str, Sequence[Span]], list[dict[str, Any]]]
Request = dict[str, Any]

LONGEST = 80  # characters of a message that is looked at; a longer one tells a story
SURE, SURER = 0.6, 0.8  # chance of each side, where the cut is plain and where it is but a comma
LEAST = {SURE: 2, SURER: 4}  # characters of each side: 现在呢，报告出来了吗 is one request
JOINS = "另外|还有|顺便|顺带|对了|然后|同时|还想|还要|也想|再(?:帮|问|查|看|给|挂|取|说)|以及|最后"
PLAIN = re.compile(rf"(?<=[^\s，,。？?！!；;])(?:[。？?！!；;\n]+|[，,、\s]*(?={JOINS}))[，,\s]*")
COMMA = re.compile("[，,]+")
LEADS = re.compile("^(?:另外|还有|顺便|顺带|对了|然后|同时|最后|以及|再|也|请|[，,、\\s])+")
# What opens a form of its own and so goes first.
OPENS = frozenset("book book_same_day bind_card triage ask_expert reply_expert cancel_booking reschedule".split())
# Talk, not wishes; of these a message may hold any number beside its wish.
TALK = frozenset(
    "greet thanks bye affirm deny repeat help menu back chitchat out_of_scope only_signs choose provide resume"
    " drop_paused nlu_fallback switch_patient".split()
)
# Two of one family are one wish with its reason or its details.
FAMILIES = (
    frozenset("book book_same_day waitlist doctor_info doctor_schedule department_info triage visit_guide".split()),
    frozenset("triage faq_question ask_expert department_info drug_guidance explain_report_item".split()),
    frozenset("reschedule book book_same_day my_bookings".split()),
    frozenset("cancel_booking my_bookings refund".split()),
    frozenset("reports_list report_ready explain_report_item".split()),
    frozenset("department_info department_location hospital_address phone_hours doctor_info".split()),
    frozenset("queue_position check_in".split()),
    frozenset("ask_expert my_questions faq_question reply_expert rate_answer".split()),
)


def find(text: str, spans: Sequence[Span], rank: Rank) -> list[Request]:
    """The two requests, each with text, intent, ranking and entities (places in its own text); empty = it is one."""
    best: list[Request] = []
    if len(text) > LONGEST:
        return best
    for at, after, sure in _cuts(text):
        sides = [_side(text, spans, rank, *ends, LEAST[sure]) for ends in ((0, at), (after, len(text)))]
        if all(side is not None and side["confidence"] >= sure for side in sides):
            found = [side for side in sides if side is not None]
            if _differ(*(side["intent"] for side in found)) and _least(found) > _least(best):
                best = found
    return sorted(best, key=lambda side: side["intent"] not in OPENS)


def _cuts(text: str) -> Iterator[tuple[int, int, float]]:
    """Where it may be cut: end of the left side, begin of the right one, how sure both must be."""
    for pattern, sure in ((PLAIN, SURE), (COMMA, SURER)):
        yield from ((m.start(), m.end(), sure) for m in pattern.finditer(text))


def _side(text: str, spans: Sequence[Span], rank: Rank, start: int, end: int, least: int) -> Request | None:
    lead = LEADS.match(text[start:end])
    start += lead.end() if lead else 0
    said = text[start:end].rstrip()
    if len(said) < least:
        return None
    own = [replace(s, start=s.start - start, end=s.end - start) for s in spans if start <= s.start and s.end <= end]
    ranking = rank(said, own)
    if not ranking or ranking[0]["name"] in TALK:
        return None
    return {
        "text": said,
        "intent": ranking[0]["name"],
        "confidence": ranking[0]["confidence"],
        "ranking": ranking,
        "entities": [{"entity": s.entity, "value": s.value, "start": s.start, "end": s.end, **s.extra} for s in own],
    }


def _differ(one: str, other: str) -> bool:
    return one != other and not any({one, other} <= family for family in FAMILIES)


def _least(sides: Sequence[Request]) -> float:
    return min((float(side["confidence"]) for side in sides), default=0.0)
