"""Questions whose time is over: handed from the doctor who was asked for to his whole department, once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.db import consult as rows
from bot.ports import Ports
from bot.services import desk_moves

AT_ONCE = 200
REASON = "超过回答期限，转给全科室"


def sweep(ports: Ports) -> int:
    """Open what is late to everybody of its department, where the rules say so; gives how many.

    Whoever holds one at this moment keeps it. Nothing changes for the patient, so he is not told.
    """
    if not ports.rules["overdue_to_department"]:
        return 0
    with ports.transaction() as session:
        due = list(session.scalars(_late(ports).limit(AT_ONCE)))
    return sum(_hand_on(ports, question_id) for question_id in due)


def _late(ports: Ports) -> Any:
    question, now = rows.Question, ports.now()
    named = sa.or_(question.doctor_id.is_not(None), question.preferred_by.is_not(None))
    free = sa.or_(question.state == "waiting", sa.and_(question.state == "claimed", question.claim_until < now))
    late = (question.due_at <= now, question.escalated_at.is_(None))
    return sa.select(question.id).where(free, *late, named).order_by(question.due_at)


def _hand_on(ports: Ports, question_id: int) -> bool:
    """False = somebody was quicker."""
    question, now = rows.Question, ports.now()
    open_ = {"state": "waiting", "claimed_by": None, "claim_until": None, "doctor_id": None, "preferred_by": None}
    with ports.transaction() as session:
        done = session.execute(
            sa.update(question)
            .where(question.id == question_id, question.id.in_(_late(ports)))
            .values(**open_, escalated_at=now, version=question.version + 1)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount != 1:
            return False
        row = session.get(question, question_id)
        to = {"department_name": row.department_name, "doctor_id": None}
        desk_moves.note(ports, session, row, before=row.department_name, to=to, reason=REASON, staff_id=None)
    return True
