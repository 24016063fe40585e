"""What a notice says outside the chat, where others may read it: a masked name, a moment, and one approved sentence.

No illness, no drug, no result. A sensitive department is 门诊, and then its doctor and its floor are not named either.
What a notice is about its reference tells: a booking, a place on offer, a report, a question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.cards import Card
from bot.errors import HisUnavailable
from bot.his.port import Department
from bot.ports import Ports
from bot.push.brief import Brief
from bot.push.kinds import Kind
from bot.services import access, booking, masking, waitlist_offers, words

ANY_DEPARTMENT, ANYBODY = "门诊", "就诊人"
INBOX = "/h5/inbox"
SENSITIVE = ANY_DEPARTMENT  # what masking.department says instead
PATHS = {"c": "/h5/reports/{ref}", "q": INBOX, "s": "/h5/bookings"}
QUEUE = "queue_"  # kinds whose page is today's queue


def of(ports: Ports, *, person_id: int, kind: Kind, payload: Mapping[str, Any]) -> Brief:
    """The short form of one notice. Raises NotFound when what it is about is out of this person's sight."""
    ref = str(payload.get("ref") or "")
    told = FAMILIES.get(ref[:2], _plain)
    with access.unseen():
        brief = told(ports, person_id, ref)
    facts = {"name": ANYBODY, **brief.facts, "says": kind.says, "at": _moment(ports.now())}
    path = "/h5/queue" if kind.name.startswith(QUEUE) else brief.path
    phone = _phone(ports, person_id, brief.phone) if kind.must else ""
    return replace(brief, facts=facts, path=path, ref=ref, text=_text(facts), phone=phone)


def safe_department(ports: Ports, department_id: str, name: str) -> str:
    """The name as others may read it; `department_id` '' = the name is all we have.

    门诊 where it, or its standard name, tells too much, or nobody can say.
    """
    sensitive = ports.rules["sensitive_departments"]
    if masking.department(name, sensitive) != name:
        return SENSITIVE
    try:
        standard = next((d.standard_name for d in booking.departments(ports) if _is(d, department_id, name)), None)
    except HisUnavailable:
        return SENSITIVE
    return SENSITIVE if masking.department(standard or "", sensitive) != (standard or "") else name


def _is(found: Department, department_id: str, name: str) -> bool:
    return found.id == department_id if department_id else found.name == name


def _booking(ports: Ports, person_id: int, ref: str) -> Brief:
    made = booking.one(ports, person_id=person_id, ref=ref)
    place = f"{made.place} {made.room}".strip()
    facts = _visit(ports, made, made.start) | {"place": place}
    if facts["department"] == SENSITIVE:
        facts |= {"place": "", "doctor": ""}
    return Brief(facts, f"/h5/bookings/{ref}", phone=made.card_ref)


def _offer(ports: Ports, person_id: int, ref: str) -> Brief:
    place = waitlist_offers.one(ports, person_id=person_id, ref=ref)
    facts = {"name": place.masked_name, "when": _moment(place.start)}
    return Brief(facts | {"department": safe_department(ports, "", place.department_name)}, "/h5/waits")


def _visit(ports: Ports, made: booking.Booking, start: datetime) -> dict[str, str]:
    department = safe_department(ports, made.department_id, made.department_name)
    return {"name": made.masked_name, "department": department, "doctor": made.doctor_name, "when": _moment(start)}


def _plain(_ports: Ports, _person_id: int, ref: str) -> Brief:
    """A report, a question, a suspension, or words alone: that there is something to see, and where."""
    return Brief({}, PATHS.get(ref[:1], INBOX).format(ref=ref))


def _phone(ports: Ports, person_id: int, card_ref: str) -> str:
    """The phone of the card that the notice is about, else of his own card, else of the one he uses."""
    query = sa.select(Card.phone_sealed).where(Card.person_id == person_id, Card.active == 1)
    first = (Card.ref == card_ref).desc(), Card.own.is_(None), Card.is_default.desc(), Card.id
    with ports.transaction() as session:
        sealed = session.scalars(query.order_by(*first).limit(1)).first()
    return ports.crypto.open(sealed) if sealed is not None else ""


def _text(facts: Mapping[str, str]) -> str:
    shown = {"department": "", "when": ""} | dict(facts)
    return str(words.say("utter_sms_notice", **shown)["text"]).replace("。 。", "。")


def _moment(at: datetime) -> str:
    """As WeChat's field `time` wants it: 2026年11月24日 09:30."""
    local = clock.local(at)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


FAMILIES: dict[str, Callable[[Ports, int, str], Brief]] = {"b_": _booking, "o_": _offer}
