"""导医: where things are, when they are open, who works here, what to bring. Facts come from the HIS and guide.yaml."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import directory
from actions.base import Heard, choice
from actions.digressions import responds_to
from actions.thread import ANOTHER_DOCTOR, of
from actions.times import day_label
from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import booking, guide

SHOWN = 8


@responds_to(*guide.TOPICS)
def topic(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """A page of the hospital's guide: address, parking, hours, what to bring."""
    text = guide.text(ports, topic=heard.intent)
    dispatcher.utter_message(response="utter_guide", text=text)


@responds_to("department_info", "department_location")
def department(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """What a department treats and where it is."""
    found = directory.departments_named(ports, heard.first("department") or "")
    if not found:
        names = "、".join(dict.fromkeys(d.name for d in booking.departments(ports)))
        dispatcher.utter_message(response="utter_departments", names=names)
        return
    for one in found[:2]:
        _say_department(ports, dispatcher, one)


@responds_to("doctor_info", "doctor_schedule")
def doctor(ports: Ports, dispatcher: CollectingDispatcher, tracker: Tracker, heard: Heard) -> None:
    """Who the doctor is and when he sees patients; a department's doctors when only that was named."""
    if heard.first("doctor"):
        found = directory.doctors_named(ports, str(heard.first("doctor")))
        if not found:
            dispatcher.utter_message(response="utter_doctor_nothing")
        elif len(found) == 1:
            _say_doctor(ports, dispatcher, found[0])
        else:
            _choose_doctor(ports, dispatcher, found)
        return
    named = directory.departments_named(ports, heard.first("department") or "")
    if named and ANOTHER_DOCTOR.search(heard.text):
        _others(ports, dispatcher, [d for n in named for d in booking.doctors_of(ports, department_id=n.id)], tracker)
    elif named:
        _choose_doctor(ports, dispatcher, [d for n in named for d in booking.doctors_of(ports, department_id=n.id)])
    else:
        dispatcher.utter_message(response="utter_want_which_doctor")


def _say_department(ports: Ports, dispatcher: CollectingDispatcher, one: Department) -> None:
    [(_, name)] = directory.department_labels(ports, [one])
    dispatcher.utter_message(
        response="utter_department",
        name=name,
        intro=one.intro,
        place=booking.place(ports, department=one),
        phone=one.phone,
        buttons=[choice(f"挂{name}", "book", department=one.id)],
    )


def _say_doctor(ports: Ports, dispatcher: CollectingDispatcher, one: Doctor) -> None:
    days = [s for s in booking.open_days(ports, doctor_id=one.id) if s.left > 0]
    dispatcher.utter_message(
        response="utter_doctor",
        name=one.name,
        title=one.title,
        department=booking.department(ports, department_id=one.department_id).name,
        specialty=one.specialty,
        fee=f"{one.fee_fen / 100:g}",
        days="、".join(day_label(s.day) for s in days[:5]) or "近14天已约满或停诊",
        buttons=[choice(f"挂{one.name}医生", "book", doctor=one.id)] if days else [],
    )


def _others(ports: Ports, dispatcher: CollectingDispatcher, here: list[Doctor], tracker: Tracker) -> None:
    """The colleagues of the doctor spoken of: 换一个医生."""
    him = next((d for d in here if d.id == of(tracker).get("doctor")), None)
    others = [d for d in here if d != him]
    response = "utter_other_doctors" if others else "utter_no_other_doctors"
    if him is None:
        response = "utter_choose_doctor"
    dispatcher.utter_message(response=response, doctor=him.name if him else "", buttons=_taps(ports, others))


def _choose_doctor(ports: Ports, dispatcher: CollectingDispatcher, found: list[Doctor]) -> None:
    dispatcher.utter_message(response="utter_choose_doctor", buttons=_taps(ports, found))


def _taps(ports: Ports, found: list[Doctor]) -> list[dict[str, str]]:
    return [choice(label, "doctor_info", doctor=d.id) for d, label in directory.doctor_labels(ports, found[:SHOWN])]
