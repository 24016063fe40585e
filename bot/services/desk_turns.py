"""How a question comes back to the desk: the patient replied to a doctor who asked back, or asked further.

Both are one conditional UPDATE in the caller's transaction, which writes the turn (`consult_turns.add`) beside it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db import consult as rows
from bot.ports import Ports
from bot.services import desk_deadlines


def reopen(ports: Ports, session: Session, question: Any) -> bool:
    """answered → waiting, with a new deadline; whoever answered is preferred. False = it does not stand answered."""
    former = sa.select(rows.Answer.staff_id).where(rows.Answer.question_id == question.id).scalar_subquery()
    preferred = sa.func.coalesce(_last_speaker(question.id), former)
    return _back(ports, session, question, "answered", preferred_by=preferred)


def replied(ports: Ports, session: Session, question: Any) -> bool:
    """asked_back → waiting, with a new deadline; whoever asked back is preferred. False = nobody has asked back."""
    return _back(ports, session, question, "asked_back", preferred_by=_last_speaker(question.id))


def _back(ports: Ports, session: Session, question: Any, state: str, **values: Any) -> bool:
    asked, now = rows.Question, ports.now()
    values |= {"due_at": desk_deadlines.due(ports, at=now, department=question.department_name), "escalated_at": None}
    done = session.execute(
        sa.update(asked)
        .where(asked.id == question.id, asked.state == state)
        .values(state="waiting", version=asked.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def _last_speaker(question_id: int) -> Any:
    """Who of the staff said the last thing after the question."""
    turn = rows.QuestionTurn
    said = sa.select(turn.staff_id).where(turn.question_id == question_id, turn.staff_id.is_not(None))
    return said.order_by(turn.id.desc()).limit(1).scalar_subquery()
