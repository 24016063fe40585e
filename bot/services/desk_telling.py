"""Word to the patient from the desk: an answer, a question back, a refusal, another department."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.ports import Ports
from bot.push import outbox

ANSWER, ANSWER_FURTHER, ASKED_BACK, REFUSED, MOVED = (
    "answer",
    "answer_further",
    "asked_back",
    "question_refused",
    "question_moved",
)
KINDS = {  # view → the kind of its notice (`notice_kinds` of the rules)
    ANSWER: "answer",
    ANSWER_FURTHER: "answer",
    ASKED_BACK: "asked_back",
    REFUSED: "question_refused",
    MOVED: "question_moved",
}


def tell(ports: Ports, session: Session, question: Any, *, view: str, key: str) -> None:
    """Write the notice in the transaction of the act; the same key is told once. Drawn, and checked, when it leaves."""
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=question.person_id,
        kind=KINDS[view],
        payload={"view": view, "ref": question.ref},
        dedupe_key=key,
        due_at=ports.now(),
    )


def first_key(ref: str) -> str:
    """The key of the notice of a question's first answer."""
    return f"answer:{ref}"


def turn_key(view: str, key: str) -> str:
    """The key of the notice of what was said later, by the turn's own key."""
    return f"{view}:{key}"[:80]
