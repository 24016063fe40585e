"""A question comes back to the desk: after the patient's reply, and after what he asks further."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.consult import Question
from bot.ports import Ports
from bot.services import consult, consult_turns, desk_deadlines, desk_turns
from tests.factories import NOW, a_person, a_staff

LATER = NOW + timedelta(days=1, hours=1)


def a_question(ports: Ports) -> str:
    facts = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": uuid4().hex}
    return consult.ask(ports, person_id=a_person(ports), text="膝盖疼要拍片吗？", **facts).ref


def stored(session: Session, ref: str) -> Any:
    return session.scalars(sa.select(Question).where(Question.ref == ref)).one()


def row(ports: Ports, ref: str) -> Any:
    with ports.transaction() as session:
        return stored(session, ref)


def test_what_is_asked_further_waits_anew_for_whoever_answered(ports: Ports) -> None:
    doctor, ref = a_staff(ports), a_question(ports)
    consult.claim(ports, staff=doctor, ref=ref)
    consult.answer(ports, staff=doctor, ref=ref, text="先不用拍片。")
    with clock.frozen(LATER), ports.transaction() as session:
        assert desk_turns.reopen(ports, session, stored(session, ref))
        assert not desk_turns.reopen(ports, session, stored(session, ref))
    after = row(ports, ref)
    assert (after.state, after.claimed_by, after.preferred_by) == ("waiting", None, doctor.id)
    assert after.due_at == desk_deadlines.due(ports, at=LATER, department="骨科")


def test_a_reply_waits_anew_for_whoever_asked_back(ports: Ports) -> None:
    doctor, ref = a_staff(ports), a_question(ports)
    with ports.transaction() as session:
        assert not desk_turns.replied(ports, session, stored(session, ref))
        session.execute(sa.update(Question).values(state="asked_back"))
        consult_turns.add(
            ports,
            session,
            question=stored(session, ref),
            kind="ask_back",
            text="疼多久了？",
            key="a",
            staff_id=doctor.id,
        )
    with clock.frozen(LATER), ports.transaction() as session:
        assert desk_turns.replied(ports, session, stored(session, ref))
    after = row(ports, ref)
    assert (after.state, after.preferred_by) == ("waiting", doctor.id)
    assert after.due_at == desk_deadlines.due(ports, at=LATER, department="骨科")


@pytest.mark.parametrize("state", ["withdrawn", "refused", "closed", "asked_back"])
def test_what_is_over_does_not_come_back(ports: Ports, state: str) -> None:
    ref = a_question(ports)
    with ports.transaction() as session:
        session.execute(sa.update(Question).values(state=state))
        assert not desk_turns.reopen(ports, session, stored(session, ref))
    assert row(ports, ref).state == state
