"""A place on offer to the first in line: what its patient sees and says. How it comes to be: waitlist_filling.py."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.booking import Booking as BookingRow
from bot.db.waitlist import Wait, WaitOffer
from bot.errors import HisUnavailable, NotFound, Refused
from bot.ports import Ports
from bot.services import access, booking, booking_steps, returned, settling, waitlist
from bot.services.booking import Booking


@dataclass(frozen=True)
class Place:
    """A place on offer as its patient may see it; moments naive UTC, `until` when his time ends, money in fen.

    `kept` = the hospital keeps it until then; False = somebody else may be faster.
    """

    ref: str
    masked_name: str
    department_name: str
    doctor_name: str
    day: date
    start: datetime
    end: datetime
    fee_fen: int
    prepay: bool
    until: datetime
    state: str
    kept: bool


@access.reads("offers.read", why="own")
def one(ports: Ports, *, person_id: int, ref: str) -> Place:
    """Give one offer. Raises NotFound, the same for another person's and an unknown one."""
    with ports.transaction() as session:
        offer, wait, _card = _held(session, person_id, ref)
    entry = waitlist.one(ports, person_id=person_id, ref=wait.ref)
    facts = {name: getattr(offer, name) for name in Place.__dataclass_fields__ if hasattr(offer, name)}
    return Place(**facts, masked_name=entry.masked_name, kept=offer.appointment_id is not None)


def accept(ports: Ports, *, person_id: int, ref: str) -> Booking:
    """Take the place: it becomes a booking of ours. Accepting twice is once.

    Raises NotFound, Refused('place_gone' | 'department_limit' | 'week_limit') and HisUnavailable: settled later then.
    """
    with ports.transaction() as session:
        offer, _wait, card = _held(session, person_id, ref)
        begun = _begin(ports, session, offer, card)
    with suppress(HisUnavailable):  # another call may have had an answer: `outcome` says
        if begun and offer.appointment_id is None:
            settling.book_at_his(ports, _booking(ports, offer))
        elif begun:
            settling.confirm_at_his(ports, _booking(ports, offer), appointment_id=offer.appointment_id)
    settle_accepting(ports, offer)
    return booking.outcome(ports, person_id=person_id, key=offer.key)


def decline(ports: Ports, *, person_id: int, ref: str) -> None:
    """Let the place go, and the line with it; twice is once. Raises NotFound."""
    with ports.transaction() as session:
        offer, wait, _card = _held(session, person_id, ref)
        if move(session, offer.id, {"offered"}, state="ending"):
            waitlist.end(session, wait.id, ports.now(), {"offered"}, "left")


def forget(ports: Ports, session: Session, *, person_id: int) -> None:
    """Leave all lines of somebody who is erased, and drop what was offered to him and is over.

    What the hospital still keeps for him goes back with the next tick, which needs its rows until then.
    """
    mine = sa.select(Wait.id).where(Wait.person_id == person_id)
    for wait_id in session.scalars(mine.where(Wait.state.in_(waitlist.OPEN))).all():
        waitlist.end(session, wait_id, ports.now(), set(waitlist.OPEN), "left")
    his = WaitOffer.wait_id.in_(mine)
    held = sa.update(WaitOffer).where(his, WaitOffer.state == "offered").values(state="ending")
    over = sa.delete(WaitOffer).where(his, WaitOffer.state.in_(("ended", "accepted")))
    for statement in (held, over):
        session.execute(statement.execution_options(synchronize_session=False))


def _begin(ports: Ports, session: Session, offer: Any, card: Any) -> bool:
    """Decide between this yes, another one and the deadline by one conditional UPDATE; False = it was said before."""
    if move(session, offer.id, {"offered"}, WaitOffer.until > ports.now(), state="accepting"):
        booking.begin(ports, session, card=card, wanted=offer, key=offer.key, prepay=offer.prepay)
        return True
    session.refresh(offer)
    if offer.state not in {"accepting", "accepted"}:
        raise Refused("place_gone")
    return False


def settle_accepting(ports: Ports, offer: Any) -> None:
    """Follow the booking to its end; while that is open, so is the offer. Its patient hears of it from the booking."""
    made = _booking(ports, offer)
    if made.state in booking_steps.OPEN:
        return
    won = made.state != "refused"
    with ports.transaction() as session:
        values = {"state": "accepted" if won else "ended", "open": None}
        if move(session, offer.id, {"accepting"}, **values):
            waitlist.end(session, offer.wait_id, ports.now(), {"offered"}, "filled" if won else "over")
            if won and offer.appointment_id is None:
                returned.offered(ports, session, slot_id=offer.slot_id)


def move(session: Session, offer_id: int, before: set[str], *more: Any, **values: Any) -> bool:
    done = session.execute(
        sa.update(WaitOffer)
        .where(WaitOffer.id == offer_id, WaitOffer.state.in_(before), *more)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def _held(session: Session, person_id: int, ref: str) -> Any:
    found = session.scalars(sa.select(WaitOffer).where(WaitOffer.ref == str(ref)[:32])).first()
    if found is None:
        raise NotFound
    mine = session.execute(waitlist.visible(person_id).where(Wait.id == found.wait_id)).first()
    if mine is None:
        raise NotFound
    return found, *mine


def _booking(ports: Ports, offer: Any) -> Any:
    with ports.transaction() as session:
        return session.scalars(sa.select(BookingRow).where(BookingRow.key == offer.key)).one()
