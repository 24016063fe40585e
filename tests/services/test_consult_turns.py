"""What is said after a question."""

from __future__ import annotations

import sqlalchemy as sa

from bot.db.consult import Question
from bot.ports import Ports
from bot.services import consult, consult_turns
from tests.factories import a_person, a_staff


def test_what_was_said_comes_in_its_order_and_each_key_once(ports: Ports) -> None:
    person, doctor = a_person(ports), a_staff(ports)
    facts = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False, "key": "q"}
    asked = consult.ask(ports, person_id=person, text="膝盖疼要拍片吗？", **facts)
    with ports.transaction() as session:
        question = session.scalars(sa.select(Question).where(Question.ref == asked.ref)).one()
        said = [("ask_back", "疼多久了？", doctor.id), ("reply", "两个月", None), ("reply", "两个月", None)]
        added = [
            consult_turns.add(ports, session, question=question, kind=kind, text=text, key=f"{kind}1", staff_id=by)
            for kind, text, by in said
        ]
        turns = consult_turns.of(ports, session, question_id=question.id)
    assert added == [True, True, False]
    assert [(turn.kind, turn.text, turn.by) for turn in turns] == [
        ("ask_back", "疼多久了？", doctor.name),
        ("reply", "两个月", None),
    ]
    assert "两个月" not in repr(turns)
