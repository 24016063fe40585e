"""The waitlist (候补): joining the line for a full day, seeing where one stands, leaving.

What happens when a place comes free stands in waitlist_filling.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new, new_ref
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.db.messages import hold_person
from bot.db.waitlist import Wait as Row
from bot.db.waitlist import WaitOffer
from bot.errors import BadInput, NotFound, Refused
from bot.ports import Ports
from bot.services import access, cards, limits, masking, offers, turns
from bot.services.offers import Period

OPEN = ("waiting", "offered")


@dataclass(frozen=True)
class Wait:
    """One place in a line; `ahead` counts who stands before it for the same places, `day` is the hospital's.

    `doctor_id` and `period` None = any. `offer_ref` is set while a place is offered.
    """

    ref: str
    card_ref: str
    masked_name: str
    department_id: str
    department_name: str
    doctor_id: str | None
    doctor_name: str
    day: date
    period: str | None
    ahead: int
    state: str
    offer_ref: str | None = None


def join(
    ports: Ports,
    *,
    person_id: int,
    card_ref: str,
    department_id: str,
    doctor_id: str | None = None,
    day: date,
    period: Period | None = None,
    key: str,
) -> Wait:
    """Stand in line for one day; the same key gives the same place in it.

    Raises NotFound, BadInput('bad_day'), HisUnavailable, Refused('not_released' | 'not_your_turn' | 'waiting_already' |
    'wait_limit' | 'department_limit': the patient has his number of that day).
    """
    earlier = _by_key(ports, person_id, key)
    if earlier is None:
        facts = _facts(ports, department_id, doctor_id, day, period)
        _insert(ports, person_id, card_ref, facts | {"key": key})
        earlier = _by_key(ports, person_id, key)
    return one(ports, person_id=person_id, ref=earlier.ref)


@access.reads("waits.list", why="own")
def mine(ports: Ports, *, person_id: int) -> list[Wait]:
    """List the open entries of this person's cards, nearest day first."""
    with ports.transaction() as session:
        query = visible(person_id).where(Row.state.in_(OPEN)).order_by(Row.day, Row.id)
        return [_wait(ports, session, row, card) for row, card in session.execute(query).all()]


@access.reads("waits.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Wait:
    """Give one entry. Raises NotFound, the same for another person's and an unknown one."""
    with ports.transaction() as session:
        return _wait(ports, session, *held(session, person_id, ref))


def leave(ports: Ports, *, person_id: int, ref: str) -> Wait:
    """Leave the line; leaving twice is leaving once. A place on offer is given back by the next tick.

    Raises NotFound.
    """
    with ports.transaction() as session:
        row, _card = held(session, person_id, ref)
        if end(session, row.id, ports.now(), {"waiting", "offered"}, "left"):
            session.execute(
                sa.update(WaitOffer)
                .where(WaitOffer.wait_id == row.id, WaitOffer.state == "offered")
                .values(state="ending")
                .execution_options(synchronize_session=False)
            )
    return one(ports, person_id=person_id, ref=ref)


def end(session: Session, wait_id: int, at: Any, before: set[str], state: str) -> bool:
    """Take an entry out of the line if it still stands where we saw it."""
    done = session.execute(
        sa.update(Row)
        .where(Row.id == wait_id, Row.state.in_(before))
        .values(state=state, guard=None, ended_at=at)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def close_past(ports: Ports) -> int:
    """End the entries of days that are over, and of cards that are not bound any more."""
    today = clock.local(ports.now()).date()
    bound = sa.select(Card.id).where(
        Card.person_id == Row.person_id, Card.patient_id == Row.patient_id, Card.active == 1
    )
    with ports.transaction() as session:
        query = sa.select(Row.id).where(Row.state == "waiting", sa.or_(Row.day < today, ~bound.exists()))
        return sum(end(session, found, ports.now(), {"waiting"}, "over") for found in session.scalars(query).all())


def visible(person_id: int) -> Any:
    """Select entries with the card as it is bound now: after unbinding they are out of sight."""
    return (
        sa.select(Row, Card)
        .join(Card, sa.and_(Card.person_id == Row.person_id, Card.patient_id == Row.patient_id))
        .where(Row.person_id == person_id, Card.active == 1)
    )


def held(session: Session, person_id: int, ref: str) -> Any:
    """Read (entry, card) of this person. Raises NotFound."""
    found = session.execute(visible(person_id).where(Row.ref == str(ref)[:32])).first()
    if found is None:
        raise NotFound
    return found


def _by_key(ports: Ports, person_id: int, key: str) -> Any:
    with ports.transaction() as session:
        row = session.scalars(sa.select(Row).where(Row.key == key)).first()
    if row is not None and row.person_id != person_id:
        raise NotFound
    return row


def _facts(ports: Ports, department_id: str, doctor_id: str | None, day: date, period: Period | None) -> dict[str, Any]:
    """What is waited for, by the hospital's own names.

    Raises NotFound, BadInput('bad_day'), Refused('not_released').
    """
    today = clock.local(ports.now()).date()
    if not today <= day <= today + timedelta(days=ports.rules["days_ahead"]):
        raise BadInput("bad_day")
    limits.check_day(ports.rules, ports.now(), day)
    department = offers.department(ports, department_id=department_id)
    doctor = offers.doctor(ports, doctor_id=doctor_id) if doctor_id else None
    if doctor and doctor.department_id != department.id:
        raise NotFound
    return {
        "department_id": department.id,
        "department_name": department.name,
        "doctor_id": doctor.id if doctor else None,
        "doctor_name": doctor.name if doctor else "",
        "day": day,
        "period": period,
    }


def _insert(ports: Ports, person_id: int, card_ref: str, facts: dict[str, Any]) -> None:
    """Count and add under the person's row. Raises NotFound, Refused."""
    with ports.transaction() as session:
        hold_person(session, person_id)
        card = cards.held(session, person_id=person_id, ref=card_ref)
        if session.scalar(sa.select(Row.id).where(Row.key == facts["key"])):
            return
        turns.check(ports, patient_id=card.patient_id, day=facts["day"])
        line = f"{card.patient_id}|{facts['department_id']}|{facts['day'].isoformat()}"
        if session.scalar(sa.select(Booking.id).where(Booking.guard.startswith(f"{line}|", autoescape=True))):
            raise Refused("department_limit")
        mine = sa.select(sa.func.count()).select_from(Row).where(Row.person_id == person_id, Row.state.in_(OPEN))
        guarded = session.scalar(sa.select(Row.id).where(Row.guard == line))
        if not guarded and session.scalar(mine) >= ports.rules["waitlist_open_limit"]:
            raise Refused("wait_limit", limit=ports.rules["waitlist_open_limit"])
        who = {"ref": new_ref("w"), "person_id": person_id, "patient_id": card.patient_id, "guard": line}
        if not insert_new(session, Row, **facts, **who, joined_at=ports.now()):
            raise Refused("waiting_already")


def _wait(ports: Ports, session: Session, row: Any, card: Any) -> Wait:
    offered = sa.select(WaitOffer.ref).where(WaitOffer.wait_id == row.id, WaitOffer.state == "offered")
    return Wait(
        ref=row.ref,
        card_ref=card.ref,
        masked_name=masking.name(ports.crypto.open(card.name_sealed)),
        department_id=row.department_id,
        department_name=row.department_name,
        doctor_id=row.doctor_id,
        doctor_name=row.doctor_name,
        day=row.day,
        period=row.period,
        ahead=_ahead(session, row),
        state=row.state,
        offer_ref=session.scalar(offered),
    )


def _ahead(session: Session, row: Any) -> int:
    """Who joined before and would take a place that fits this entry too."""
    query = sa.select(sa.func.count()).select_from(Row)
    query = query.where(
        Row.state.in_(OPEN), Row.department_id == row.department_id, Row.day == row.day, Row.id < row.id
    )
    for column, wish in ((Row.doctor_id, row.doctor_id), (Row.period, row.period)):
        if wish is not None:
            query = query.where(sa.or_(column.is_(None), column == wish))
    return session.scalar(query) or 0
