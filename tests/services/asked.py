"""A question and what a doctor does to it, in the smallest words, for tests of the asker's side."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.db.consult import Question
from bot.ports import Ports
from bot.services import consult, consult_turns
from bot.services.staff import Staff

TEXT = "膝盖疼了两周，上下楼梯更明显，需要拍片吗？"
URGENT = "我爸突然半边身子没劲，嘴也歪了"


def ask(ports: Ports, person_id: int, **changes: Any) -> consult.Question:
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "text": TEXT, "red_flag": False}
    return consult.ask(ports, person_id=person_id, **{"key": uuid4().hex, **facts, **changes})


def answer(ports: Ports, doctor: Staff, ref: str, text: str = "先拍个片，来门诊看看。") -> None:
    consult.claim(ports, staff=doctor, ref=ref)
    consult.answer(ports, staff=doctor, ref=ref, text=text)


def ends(ports: Ports, doctor: Staff, ref: str, state: str, kind: str, text: str) -> None:
    """The doctor asks back, or refuses, or answers once more."""
    with ports.transaction() as session:
        question = session.scalars(sa.select(Question).where(Question.ref == ref)).one()
        moved: dict[str, Any] = {"state": state, "claimed_by": None, "claim_until": None}
        moved |= {"answered_at": ports.now()} if state == "answered" else {}
        session.execute(sa.update(Question).where(Question.ref == ref).values(**moved))
        consult_turns.add(ports, session, question=question, kind=kind, text=text, key=uuid4().hex, staff_id=doctor.id)


def row(ports: Ports, ref: str) -> Any:
    with ports.transaction() as session:
        return session.scalars(sa.select(Question).where(Question.ref == ref)).one()
