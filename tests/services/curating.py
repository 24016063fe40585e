"""Words for tests of entries: an answered question full of people, the people around an entry."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from bot.ports import Ports
from bot.services import consult, faq, faq_drafting
from bot.services.staff import Staff
from tests.factories import a_card, a_person, a_staff, someone

ASKED = "我叫李雷，住在桂花路88号，电话幺三九零零零零幺幺幺幺，2024年3月5日找过林晓燕大夫，膝盖疼要不要拍片？"


def answered(
    ports: Ports, *, text: str = ASKED, answer: str = "李雷你好，先拍片，再来找陈建国看。"
) -> tuple[str, Staff]:
    """A question of a person with a card, answered by a doctor of yh.d01; gives its ref and the doctor."""
    person, doctor = a_person(ports), a_staff(ports)
    a_card(ports, person, someone("李雷"))
    facts: dict[str, Any] = {"department_id": "yh.d01", "doctor_id": None, "red_flag": False}
    asked = consult.ask(ports, person_id=person, text=text, key=uuid4().hex, **facts)
    consult.claim(ports, staff=doctor, ref=asked.ref)
    consult.answer(ports, staff=doctor, ref=asked.ref, text=answer)
    return asked.ref, doctor


def a_draft(
    ports: Ports, editor: Staff, question: str = "膝盖疼要拍片吗", answer: str = "先来门诊看看。", **more: Any
) -> faq.Entry:
    """A draft of nobody's question, in department yh.d01."""
    facts = {"department_id": "yh.d01", **more}
    return faq_drafting.create(ports, staff=editor, question=question, answer=answer, **facts)
