"""A second wish in one message: 帮我退号,顺便问下停车场在哪.

The whole message has one intent. Where two of its clauses, each read alone, are two different services and both
are sure, the one that the message was not read as is the second wish, for the dialogue to answer or offer next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.nlu.spans import Span

Read = Callable[[str, Sequence[Span]], list[tuple[str, float]]]

# What people say around a wish, and guesses that are no service.
NO_WISH = frozenset(
    {
        *("greet", "thanks", "bye", "affirm", "deny", "chitchat", "out_of_scope", "help", "repeat", "back", "menu"),
        *("triage", "faq_question", "next_step"),  # symptoms are told beside every wish
    }
)
# One wish in two sentences: 取消明天的,改成后天.
FAMILIES = (
    frozenset({"book", "book_same_day", "waitlist", "reschedule", "cancel_booking", "doctor_schedule"}),
    frozenset({"ask_expert", "my_questions"}),
    frozenset({"reports_list", "report_ready", "explain_report_item"}),
    frozenset({"pay_bill", "bills"}),
    frozenset({"hospital_address", "department_location", "parking_traffic"}),
    frozenset({"bind_card", "unbind", "switch_patient", "card_holders"}),
    frozenset({"complaint", "satisfaction", "appeal"}),
)
SURE = 0.6  # of each clause
MOST_CLAUSES, LONGEST = 4, 120  # characters; a story is no list of wishes
SHORTEST = 3
_BREAK = re.compile(r"[,。!?;~\n]+\s*|(?:顺便|另外|还有就是|还有|以及|对了|然后再|再帮我|再问)(?=.{2})")


@dataclass(frozen=True)
class Wish:
    """`text[start:end]` of the message asks for `intent`."""

    intent: str
    confidence: float
    start: int
    end: int


def second(folded: str, spans: Sequence[Span], first: str, read: Read) -> Wish | None:
    """The wish of another clause than the one that `first` came from; None when there is only one."""
    clauses = list(_clauses(folded)) if len(folded) <= LONGEST else []
    if not 1 < len(clauses) <= MOST_CLAUSES or first in NO_WISH:
        return None
    wishes = [wish for start, end in clauses for wish in [_wish(folded, spans, start, end, read)] if wish]
    if not any(_same(wish.intent, first) for wish in wishes):  # nothing says that the message asks for its first
        return None
    return next((wish for wish in wishes if not _same(wish.intent, first)), None)


def _same(intent: str, other: str) -> bool:
    return intent == other or any({intent, other} <= family for family in FAMILIES)


def _clauses(folded: str) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in [*((m.start(), m.end()) for m in _BREAK.finditer(folded)), (len(folded), len(folded))]:
        if start - at >= SHORTEST:
            yield at, start
        at = end


def _wish(folded: str, spans: Sequence[Span], start: int, end: int, read: Read) -> Wish | None:
    inside = [replace(s, start=s.start - start, end=s.end - start) for s in spans if start <= s.start and s.end <= end]
    ranked = read(folded[start:end], inside)
    if not ranked or ranked[0][1] < SURE or ranked[0][0] in NO_WISH:
        return None
    return Wish(ranked[0][0], ranked[0][1], start, end)
