"""One question as its asker follows it: all that was said, what stands beside it, and what he can do now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.ports import Ports
from bot.services import (
    access,
    consult,
    consult_facts,
    consult_more,
    consult_rating,
    consult_reports,
    consult_turns,
    consult_voices,
    desk_delivery,
    photos,
)
from bot.services.consult import Question
from bot.services.consult_facts import Told
from bot.services.consult_rating import Rating
from bot.services.consult_rows import OPEN, held
from bot.services.consult_turns import Turn

# Words a patient understands for each state; a question that came back after an answer has its own.
STATES = {
    "waiting": "等待医生回答",
    "claimed": "医生正在看",
    "asked_back": "医生想再了解一点，等您回复",
    "answered": "已回答",
    "refused": "没有受理",
    "withdrawn": "已撤回",
    "closed": "已结束",
}
AGAIN = {"waiting": "追问已送到，等待医生回答", "claimed": "医生正在看您的追问"}
FOLLOW_UP, REPLY, WITHDRAW, RATE, TELL, TALK = "follow_up", "reply", "withdraw", "rate", "tell", "talk"


@dataclass(frozen=True)
class Story:
    """`can`: what the asker may do now; `ask_next`: what is worth telling beside it; `left`: further questions."""

    question: Question
    state: str
    turns: tuple[Turn, ...]
    told: tuple[Told, ...]
    pictures: int
    voices: tuple[str, ...]
    reports: int
    rating: Rating | None
    can: frozenset[str]
    ask_next: str | None
    left: int
    late: bool

    @property
    def last(self) -> Turn | None:
        """What the staff wrote last after the first answer, or instead of one; what was said in a live talk is none."""
        written = (turn for turn in reversed(self.turns) if turn.by is not None and turn.kind != "talk")
        return next(written, None)


@access.reads("consult.read", why="own")
def story(ports: Ports, *, person_id: int, ref: str) -> Story:
    """Raises NotFound, the same for another person's and an unknown one."""
    question = consult.mine_one(ports, person_id=person_id, ref=ref)
    with ports.transaction() as session:
        row = held(session, person_id, ref)
        told = consult_facts.of(ports, session, question_id=row.id)
        return Story(
            question=question,
            state=words_of(question),
            turns=tuple(consult_turns.of(ports, session, question_id=row.id)),
            told=tuple(one for one in told if one.text),
            pictures=photos.count(session, row.id),
            voices=tuple(consult_voices.of(ports, session, question_id=row.id)),
            reports=consult_reports.given_to(session, question_id=row.id),
            rating=consult_rating.of(ports, session, question_id=row.id),
            can=_can(ports, session, row, question),
            ask_next=consult_facts.next_of(told) if row.state in OPEN else None,
            left=consult_more.left(ports, session, row),
            late=row.state in OPEN and row.due_at < ports.now(),
        )


def looked_at(ports: Ports, *, person_id: int, ref: str) -> Story:
    """The same where the patient looks himself: what was said to him counts as read. Raises NotFound."""
    found = story(ports, person_id=person_id, ref=ref)
    with ports.transaction() as session:
        desk_delivery.opened(ports, session, person_id=person_id, ref=ref)
    return found


def words_of(question: Question) -> str:
    """The state of a question in a patient's words."""
    again = AGAIN.get(question.state) if question.answer is not None else None
    return again or STATES[question.state]


def _can(ports: Ports, session: Session, row: Any, question: Question) -> frozenset[str]:
    open_now = row.state in OPEN
    possible = {
        FOLLOW_UP: consult_more.may_follow_up(ports, session, row),
        REPLY: row.state == "asked_back",
        WITHDRAW: question.answer is None and row.state in consult.TAKEN_BACK,
        RATE: question.answer is not None and consult_rating.may_rate(ports, session, row),
        TELL: open_now,
        TALK: row.state not in consult_reports.ENDED,
    }
    return frozenset(name for name, may in possible.items() if may)
