"""Places given back: the waitlist's first, then for a random time nobody's, so that they cannot be passed on.

The hospital frees such a place at once; here it is counted as not yet for sale (docs/decisions/0014).
"""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import insert_new
from bot.db.booking import Booking
from bot.db.returned import ReturnedPlace
from bot.ports import Ports
from bot.push import quiet

_chance = random.SystemRandom()  # nobody can work out when a place comes back
FLYING = ("asked", "unknown")


def note(ports: Ports, session: Session, *, cause: str, slot_id: str, patient_id: str, start: datetime) -> bool:
    """Write down, before the hospital hears of it, that a place comes back; the same `cause` is one place."""
    return insert_new(
        session,
        ReturnedPlace,
        cause=cause,
        slot_id=slot_id,
        patient_id=patient_id,
        returned_at=ports.now(),
        visible_at=_visible_at(ports, start),
    )


def _visible_at(ports: Ports, start: datetime) -> datetime:
    """A random moment inside the rules' span, counted from the morning; within what is left when that is less."""
    now = ports.now()
    awake = min(quiet.waking(ports.rules, now), max(now, start))
    most = min(timedelta(minutes=ports.rules["returned_most_minutes"]), max(start - awake, timedelta()) / 2)
    least = min(timedelta(minutes=ports.rules["returned_least_minutes"]), most / 2)
    return awake + least + (most - least) * _chance.random()


def kept_back(ports: Ports, slot_ids: Collection[str]) -> dict[str, int]:
    """Places by slot that are not yet for everybody."""
    if not slot_ids:
        return {}
    query = sa.select(ReturnedPlace.slot_id, sa.func.count()).group_by(ReturnedPlace.slot_id)
    with ports.transaction() as session:  # all that are kept back anywhere are few; a department's slots are many
        found = session.execute(query.where(ReturnedPlace.visible_at > ports.now())).all()
    return {slot_id: count for slot_id, count in found if slot_id in slot_ids}


def for_sale(ports: Ports, session: Session, *, slot_id: str, patient_id: str, left: int, read_at: datetime) -> bool:
    """Whether a patient may ask the hospital for a place of which it said at `read_at` that `left` are free.

    Places kept back count as sold, and so do those that others of us have asked for since: of two free places one of
    which is kept back, only one is sold. The rows kept back are held until commit, so askers come one by one.
    Whoever gave a place back may have it again.
    """
    pending = ReturnedPlace.slot_id == slot_id, ReturnedPlace.visible_at > ports.now()
    session.execute(sa.update(ReturnedPlace).where(*pending).values(slot_id=slot_id).execution_options(**_BLIND))
    others = session.scalar(sa.select(sa.func.count()).where(*pending, ReturnedPlace.patient_id != patient_id)) or 0
    return left > 0 if others == 0 else left - others - _asked_for(session, slot_id, read_at) > 0


def _asked_for(session: Session, slot_id: str, since: datetime) -> int:
    recent = sa.or_(Booking.state.in_(FLYING), Booking.settled_at >= since)
    query = sa.select(sa.func.count()).select_from(Booking).where(Booking.slot_id == slot_id, recent)
    return session.scalar(query.where(Booking.state.in_((*FLYING, "booked", "unpaid", "paid")))) or 0


def offered(ports: Ports, session: Session, *, slot_id: str) -> None:
    """One place of this half hour went to the waitlist: the one kept back longest is back in use."""
    pending = ReturnedPlace.slot_id == slot_id, ReturnedPlace.visible_at > ports.now()
    oldest = sa.select(sa.func.min(ReturnedPlace.id)).where(*pending).scalar_subquery()
    session.execute(sa.delete(ReturnedPlace).where(ReturnedPlace.id == oldest).execution_options(**_BLIND))


def taken_again(session: Session, *, slot_id: str, patient_id: str) -> None:
    """Whoever gave a place of this half hour back has one again."""
    his = ReturnedPlace.slot_id == slot_id, ReturnedPlace.patient_id == patient_id
    session.execute(sa.delete(ReturnedPlace).where(*his).execution_options(**_BLIND))


def stays(session: Session, *, cause: str) -> None:
    """The place did not come back after all."""
    session.execute(sa.delete(ReturnedPlace).where(ReturnedPlace.cause == cause).execution_options(**_BLIND))


def forget(ports: Ports) -> None:
    """Drop what has been everybody's for a day."""
    old = ReturnedPlace.visible_at < ports.now() - timedelta(days=1)
    with ports.transaction() as session:
        session.execute(sa.delete(ReturnedPlace).where(old).execution_options(**_BLIND))


_BLIND: dict[str, Any] = {"synchronize_session": False}
