"""Steps of a visit that many conversations begin with, and where to look afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa
from rasa.shared.core.trackers import DialogueStateTracker

from bot import wiring
from bot.his.port import Appointment
from bot.jobs import outbox
from bot.ports import Ports
from bot.services import consult, staff
from bot.services.staff import Staff
from tests.conversations.house import InProcessRasa, Talk

# Talk that no intent fits; which of it the model gives up on changes with its training data.
MUMBLED = (
    "呼啦圈巴拉 咕噜咕噜魔仙堡 蓝天白云 那个那个 刚才那个东西怎么搞的呀 他们说要先弄那个 潜水 放了支架"
    " 就是那样子的嘛 嗯那个啥来着 东边西边 红的绿的黄的 一会儿这样一会儿那样 你懂的那个 隔壁老王的那个事 三三两两"
    " 七零八落的 上次那个谁 滴溜溜转 那头的那个 方的圆的 两头的 弯弯绕绕 轻飘飘的一片"
).split()


def mumble(rasa: InProcessRasa) -> list[str]:
    """Texts that this model does not understand, four at least."""

    def intent(text: str) -> str:
        parsed = asyncio.run_coroutine_threadsafe(rasa.agent.parse_message(text), rasa.loop).result(timeout=60)
        return str(parsed["intent"]["name"])

    found = [text for text in MUMBLED if intent(text) == "nlu_fallback"]
    assert len(found) >= 4, "the model claims to understand nonsense"
    return found


def rows(ports: Ports, model: Any, **equal: Any) -> list[Any]:
    """All rows of one of our tables with these values, oldest first."""
    with ports.transaction() as session:
        query = sa.select(model).filter_by(**equal).order_by(model.id)
        return list(session.scalars(query))


def tracker_of(rasa: InProcessRasa, talk: Talk) -> DialogueStateTracker:
    """What rasa remembers of this patient: his last session."""
    from bot.db.messages import Person

    [person] = rows(talk.ports, Person, id=talk.person_id)
    found = asyncio.run_coroutine_threadsafe(rasa.agent.tracker_store.retrieve(person.conversation), rasa.loop).result(
        timeout=60
    )
    assert found is not None
    return found


def said_to(rasa: InProcessRasa, talk: Talk) -> str:
    """Everything in that memory as one text."""
    return "\n".join(str(event.as_dict()) for event in tracker_of(rasa, talk).events)


def patient_id(talk: Talk) -> str:
    """The HIS's id behind the newest card."""
    from bot.db.cards import Card

    return str(rows(talk.ports, Card, person_id=talk.person_id)[-1].patient_id)


def book_today(talk: Talk, half_hour: str, department: str = "心内科") -> Appointment:
    """Book today's first number that begins at this time, typed as a time."""
    assert "几点来" in talk(f"挂今天{department}的号")
    assert "请核对" in talk(half_hour)
    assert "挂好了" in talk("确认")
    return newest(talk)


def newest(talk: Talk) -> Appointment:
    """The appointment of our last booking, as the hospital has it."""
    from bot.db.booking import Booking

    ref = rows(talk.ports, Booking, person_id=talk.person_id)[-1].appointment_id
    return next(a for a in talk.ports.his.appointments(patient_id(talk)) if a.id == ref)


def doctor_of(ports: Ports, department_id: str) -> Staff:
    """The demo's account of a department."""
    from bot.db.staff import StaffMember

    account = rows(ports, StaffMember, role="doctor", department_id=department_id)[0]
    return staff.of_row(account)


def editor(ports: Ports) -> Staff:
    from bot.db.staff import StaffMember

    return staff.of_row(rows(ports, StaffMember, username="editor")[0])


def answer(ports: Ports, doctor: Staff, ref: str, text: str) -> None:
    """The doctor takes the question and answers it."""
    consult.claim(ports, staff=doctor, ref=ref)
    consult.answer(ports, staff=doctor, ref=ref, text=text)


def ask(talk: Talk, text: str) -> str:
    """Send the question that was asked for, passing over earlier answers."""
    said = talk(text)
    return seen(talk, talk.tap("还是要问医生") if "还是要问医生" in talk.labels else said)


def seen(talk: Talk, said: str) -> str:
    """Say that a doctor saw this before, where that is asked."""
    return talk.tap("看过") if "看过" in talk.labels else said


def send_due() -> int:
    """One run of the jobs' outbox; how many notices were tried."""
    return outbox.run()


def sent_to(talk: Talk) -> list[str]:
    """What this patient got outside his own turns."""
    return [str(reply.get("text", "")) for openid, reply in wiring.ports().push.sent if openid == talk.openid]
