"""Whom one can ask: departments and their doctors with specialty, title, price and usual time to an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.db import consult as rows
from bot.db.staff import StaffMember
from bot.errors import PeizhenError
from bot.his.port import Department, Doctor
from bot.ports import Ports
from bot.services import booking, desk_deadlines, prices, recommended, service_hours

MOST = 5000  # newest answers that are looked at
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Expert:
    """One doctor who can be asked. `fee_fen` 0 = free; `answers` in words; `why` '' = not recommended this month."""

    doctor: Doctor
    fee_fen: int
    answers: str
    why: str


@dataclass(frozen=True)
class Choice:
    """One department that can be asked."""

    department: Department
    answers: str


def departments(ports: Ports) -> list[Choice]:
    """Departments in the hospital's own order. Raises HisUnavailable."""
    times = _times(ports)[0]
    return [Choice(each, _answers(ports, times.get(each.id), each)) for each in booking.departments(ports)]


def of_department(ports: Ports, *, department_id: str) -> list[Expert]:
    """A department's doctors, the recommended ones first. Raises NotFound, HisUnavailable."""
    department = booking.department(ports, department_id=department_id)
    found = booking.doctors_of(ports, department_id=department_id)
    return _experts(ports, found, {department.id: department})


def this_month(ports: Ports) -> list[Expert]:
    """The doctors who are recommended now, in the order of the list. Raises HisUnavailable."""
    names = recommended.now(ports)
    known = {doctor.id: doctor for doctor in booking.doctors(ports) if doctor.id in names}
    places = {each.id: each for each in booking.departments(ports)}
    return _experts(ports, [known[doctor_id] for doctor_id in names if doctor_id in known], places)


def fees(ports: Ports) -> Mapping[str, int]:
    """Price of a question by a doctor's title, '' = whatever the title, from the hospital's own list."""
    item = str(ports.rules["fee_item"])
    try:
        listed = prices.find(ports, text=item)
    except PeizhenError:  # a hospital without a price list over the port charges nothing here
        return {}
    return {price.name.removeprefix(item).strip(): price.fen for price in listed if price.name.startswith(item)}


def _experts(ports: Ports, doctors: Sequence[Doctor], places: Mapping[str, Department]) -> list[Expert]:
    named, costs, times = recommended.now(ports), fees(ports), _times(ports)[1]
    found = [
        Expert(
            doctor,
            costs.get(doctor.title, costs.get("", 0)),
            _answers(ports, times.get(doctor.id), places.get(doctor.department_id)),
            named.get(doctor.id, ""),
        )
        for doctor in doctors
    ]
    return sorted(found, key=lambda expert: not expert.why)


def _times(ports: Ports) -> tuple[dict[str, timedelta], dict[str, timedelta]]:
    """Median time to the first answer, by department and by doctor; only where there were enough of them."""
    asked, answer = rows.Question, rows.Answer
    since = ports.now() - timedelta(days=int(ports.rules["answer_times_days"]))
    query = sa.select(asked.department_id, StaffMember.doctor_id, asked.asked_at, answer.at)
    query = query.join(answer, answer.question_id == asked.id).join(StaffMember, StaffMember.id == answer.staff_id)
    with ports.transaction() as session:
        found = session.execute(query.where(answer.at >= since).order_by(answer.id.desc()).limit(MOST)).all()
    by_department, by_doctor = defaultdict(list), defaultdict(list)
    for department_id, doctor_id, began, ended in found:
        by_department[department_id].append(ended - began)
        by_doctor[doctor_id].append(ended - began)
    least = int(ports.rules["answer_times_least"])
    return _medians(by_department, least), _medians(by_doctor, least)


def _medians(spans: Mapping[str, list[timedelta]], least: int) -> dict[str, timedelta]:
    enough = {key: sorted(each) for key, each in spans.items() if len(each) >= least}
    return {key: each[len(each) // 2] for key, each in enough.items()}


def _answers(ports: Ports, usual: timedelta | None, department: Department | None) -> str:
    """一般2小时内回答, measured; else by when it is promised."""
    if usual is None:
        due = desk_deadlines.due(ports, at=ports.now(), department=department.name if department else "")
        return f"{service_hours.moment_in_words(ports, due)}前回答"
    if usual < HOUR:
        return "一般1小时内回答"
    hours = -(-usual // HOUR)
    return f"一般{hours}小时内回答" if usual <= DAY else f"一般{-(-usual // DAY)}天内回答"
