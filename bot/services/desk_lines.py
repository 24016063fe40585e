"""How a question looks to those who answer it: one line of a list, with a masked name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot import clock
from bot.ports import Ports
from bot.services import masking
from bot.services.staff import Staff

PREVIEW = 60  # characters of a question in a list


@dataclass(frozen=True)
class Waiting:
    """One question in a doctor's list; `text` is its beginning, age in years, None without a bound card.

    `mine`: he spoke with this patient before, or is the doctor who was asked for.
    """

    ref: str
    department_name: str
    doctor_id: str | None
    text: str = field(repr=False)
    red_flag: bool
    state: str
    asked_at: datetime
    due_at: datetime
    holder: str | None
    held_by_me: bool
    claim_until: datetime | None
    masked_name: str | None
    age: int | None
    sex: str | None
    mine: bool = False


def line(ports: Ports, staff: Staff, question: Any, card: Any, holder: str | None) -> Waiting:
    """One row of the tables as a line for this member of staff."""
    return Waiting(
        ref=question.ref,
        department_name=question.department_name,
        doctor_id=question.doctor_id,
        text=_preview(text(ports, question)),
        red_flag=bool(question.red_flag),
        state=question.state,
        asked_at=question.asked_at,
        due_at=question.due_at,
        holder=holder,
        held_by_me=question.claimed_by == staff.id,
        claim_until=question.claim_until,
        masked_name=masking.name(ports.crypto.open(card.name_sealed)) if card is not None else None,
        age=_age(card.birth_date, clock.local(ports.now()).date()) if card is not None else None,
        sex=card.sex if card is not None else None,
        mine=question.preferred_by == staff.id or bool(staff.doctor_id and question.doctor_id == staff.doctor_id),
    )


def text(ports: Ports, question: Any) -> str:
    """The whole question."""
    return ports.crypto.open(question.text_sealed)


def _preview(whole: str) -> str:
    return whole if len(whole) <= PREVIEW else f"{whole[:PREVIEW]}…"


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
