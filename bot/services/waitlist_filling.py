"""What comes free goes to the first in line: kept at the hospital, offered with a deadline, then the next.

    asked ──► offered ──► accepting ──► accepted
                 │            │
                 ▼            ▼  the hospital had given it away
               ending ──►   ended

Where a hospital cannot keep a place (it offers no holds) the place is offered all the same, and the offer says so: it
has no `appointment_id`, a yes books the place as everybody books, and may come too late.

`ending`: declined, lapsed or left, and the place is given back at the hospital. An `asked` that the hospital refuses
was no offer, and its row goes.

One place has one offer because the hospital keeps it once; a line keeps its order because it is asked for one entry at
a time (`asking`); a second jobs process finds every step taken.
"""

from __future__ import annotations

import logging
import math
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new, new_ref
from bot.db.cards import Card
from bot.db.waitlist import Wait, WaitOffer
from bot.errors import HisRefused, HisUnavailable
from bot.his.port import Appointment, Slot
from bot.ports import Ports
from bot.push import outbox, quiet
from bot.services import booking, booking_steps, offered, offers, returned, turns, waitlist
from bot.services.waitlist_offers import move, settle_accepting

log = logging.getLogger(__name__)
NOT_HIS = frozenset({"already_booked", "not_found"})  # refusals that say: this patient needs no place


def tick(ports: Ports) -> int:
    """Settle what is open, end what is over, offer what is free; gives how many places were offered.

    Raises HisUnavailable when the hospital does not answer: the next tick goes on.
    """
    _settle_asked(ports)
    _lapse(ports)
    waitlist.close_past(ports)
    returned.forget(ports)
    for offer in _rows(ports, WaitOffer.state == "accepting"):
        settle_accepting(ports, offer)
    for offer in _rows(ports, WaitOffer.state == "ending"):
        give_back(ports, offer)
    return sum(_fill(ports, department_id, day) for department_id, day in _lines(ports))


def _lines(ports: Ports) -> list[tuple[str, date]]:
    with ports.transaction() as session:
        query = sa.select(Wait.department_id, Wait.day).where(Wait.state == "waiting").distinct()
        found = session.execute(query.order_by(Wait.day, Wait.department_id)).all()
    return [(row.department_id, row.day) for row in found if turns.over(ports, day=row.day)]


def _fill(ports: Ports, department_id: str, day: date) -> int:
    """Offer every free place of one department and day while somebody waits for it."""
    made = 0
    for slot in ports.his.slots(first=day, last=day, department_id=department_id):
        for _ in range(slot.left - _promised(ports, slot.id)):
            if not _offer(ports, slot):
                break
            made += 1
    return made


def _promised(ports: Ports, slot_id: str) -> int:
    """Places of a half hour that are on offer and, because the hospital cannot keep them, still counted as free."""
    open_here = (WaitOffer.slot_id == slot_id, WaitOffer.state.in_(("offered", "accepting")))
    query = sa.select(sa.func.count()).select_from(WaitOffer).where(*open_here, WaitOffer.appointment_id.is_(None))
    with ports.transaction() as session:
        return int(session.scalar(query) or 0)


def _offer(ports: Ports, slot: Slot) -> bool:
    """Keep one place for the first whom it suits; False = nobody, not now, or somebody else is at it."""
    until = deadline(ports, slot.start)
    if until is None:
        return False
    shown = offers.offer(ports, slot_id=slot.id)
    asked = _ask(ports, shown, until, prepay=booking.prepaid(ports, offer=shown))
    return asked is not None and _keep(ports, asked)


def deadline(ports: Ports, start: datetime) -> datetime | None:
    """When the answer to an offer made now is due; None = there is no time for one, or not yet."""
    now, rules = ports.now(), ports.rules
    begins = quiet.waking(rules, now)
    until = min(
        begins + timedelta(minutes=rules["waitlist_offer_minutes"]),
        start - timedelta(minutes=rules["waitlist_travel_minutes"]),
    )
    if until - begins < timedelta(minutes=rules["waitlist_least_minutes"]):
        return None
    longest = timedelta(minutes=rules["waitlist_hold_minutes"] - rules["waitlist_grace_minutes"])
    return until if until - now <= longest else None


def _ask(ports: Ports, shown: offers.Offer, until: datetime, *, prepay: bool) -> Any:
    """Write the intention for the first in line; None = nobody waits, or the line is being asked for."""
    names = set(vars(shown)) & set(WaitOffer.__table__.columns.keys())
    ref = new_ref("o")
    facts = {name: getattr(shown, name) for name in names}
    facts |= {"ref": ref, "key": f"{booking_steps.WAITLIST_KEYS}{ref}", "asked_at": ports.now(), "until": until}
    facts |= {"prepay": prepay}
    facts |= {"asking": f"{shown.department_id}|{shown.day.isoformat()}"}
    with ports.transaction() as session:
        first = _first(session, shown)
        if first is None or not insert_new(session, WaitOffer, **facts, wait_id=first.id, open=first.id):
            return None
        return _read(session, ref)


def _first(session: Session, shown: offers.Offer) -> Any:
    """The earliest entry that this half hour suits, of a card that is bound."""
    half = "am" if clock.local(shown.start).hour < offers.NOON else "pm"
    bound = sa.select(Card.id).where(
        Card.person_id == Wait.person_id, Card.patient_id == Wait.patient_id, Card.active == 1
    )
    query = sa.select(Wait).where(
        Wait.state == "waiting",
        Wait.department_id == shown.department_id,
        Wait.day == shown.day,
        sa.or_(Wait.doctor_id.is_(None), Wait.doctor_id == shown.doctor_id),
        sa.or_(Wait.period.is_(None), Wait.period == half),
        bound.exists(),
    )
    return session.scalars(query.order_by(Wait.id).limit(1)).first()


def _keep(ports: Ports, asked: Any) -> bool:
    """Have the hospital keep the place and tell the patient. Raises HisUnavailable: settled later."""
    patient_id = _wait_of(ports, asked).patient_id
    held_for = asked.until - ports.now() + timedelta(minutes=ports.rules["waitlist_grace_minutes"])
    minutes = math.ceil(held_for.total_seconds() / 60)
    if asked.prepay:  # whoever says yes in the last second still has his time to pay
        minutes += ports.rules["hold_minutes"] + ports.rules["pay_grace_minutes"]
        minutes = min(minutes, ports.rules["waitlist_hold_minutes"])
    try:
        answer = ports.his.hold(slot_id=asked.slot_id, patient_id=patient_id, key=asked.key, minutes=minutes)
    except HisRefused as refusal:
        if refusal.code == offered.NOT_OFFERED:
            return _promise(ports, asked)
        _refused(ports, asked, refusal.code)
        return False
    return _kept(ports, asked, answer)


def _promise(ports: Ports, asked: Any) -> bool:
    """Offer a place that the hospital cannot keep; False = the patient left the line meanwhile."""
    wait = _wait_of(ports, asked)
    with ports.transaction() as session:
        if not move(session, asked.id, {"asked"}, state="offered", asking=None):
            return False
        if _in_line(session, wait.id):
            _tell(ports, session, wait.person_id, asked)
            return True
        return not move(session, asked.id, {"offered"}, state="ended", open=None)


def _kept(ports: Ports, asked: Any, answer: Appointment) -> bool:
    wait = _wait_of(ports, asked)
    if (answer.key, answer.patient_id, answer.slot_id) != (asked.key, wait.patient_id, asked.slot_id):
        log.error("the HIS answered offer %s with another appointment", asked.ref)
        raise HisUnavailable
    facts = {"appointment_id": answer.id, "asking": None, "fee_fen": answer.fee_fen}
    with ports.transaction() as session:
        known = move(session, asked.id, {"asked"}, state="offered", **facts)
        if known:
            returned.offered(ports, session, slot_id=asked.slot_id)
        if known and _in_line(session, wait.id):
            _tell(ports, session, wait.person_id, asked)
            return True
        if known:  # the patient left the line while the hospital was asked
            move(session, asked.id, {"offered"}, state="ending")
    if known:
        give_back(ports, _one(ports, asked.id))
    else:  # a yes that came after we had given up on it
        ports.his.cancel(appointment_id=answer.id, key=f"{asked.key}:back")
    return False


def _in_line(session: Session, wait_id: int) -> bool:
    done = session.execute(
        sa.update(Wait)
        .where(Wait.id == wait_id, Wait.state == "waiting")
        .values(state="offered")
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def _tell(ports: Ports, session: Session, person_id: int, asked: Any) -> None:
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=person_id,
        kind="wait_offer",
        payload={"view": "place", "ref": asked.ref},
        dedupe_key=f"wait_offer:{asked.ref}",
        due_at=quiet.waking(ports.rules, ports.now()),
        expires_at=asked.until,
    )


def _refused(ports: Ports, asked: Any, code: str) -> None:
    """The hospital keeps no place: the entry stays in line unless the patient needs none."""
    gone = sa.delete(WaitOffer).where(WaitOffer.id == asked.id, WaitOffer.state == "asked")
    with ports.transaction() as session:
        mine = session.execute(gone.execution_options(synchronize_session=False)).rowcount == 1
        if mine and code in NOT_HIS:
            waitlist.end(session, asked.wait_id, ports.now(), {"waiting"}, "over")


def _settle_asked(ports: Ports) -> None:
    """Find out what became of holds whose answer was lost."""
    before = ports.now() - timedelta(minutes=ports.rules["settle_after_minutes"])
    for asked in _rows(ports, WaitOffer.state == "asked", WaitOffer.asked_at <= before):
        answer = ports.his.appointment_by_key(asked.key)
        if answer is None or answer.state != "held":
            _refused(ports, asked, "slot_full")
        else:
            _kept(ports, asked, answer)


def _lapse(ports: Ports) -> None:
    for offer in _rows(ports, WaitOffer.state == "offered", WaitOffer.until <= ports.now()):
        with ports.transaction() as session:
            if move(session, offer.id, {"offered"}, state="ending"):
                waitlist.end(session, offer.wait_id, ports.now(), {"offered"}, "lapsed")


def give_back(ports: Ports, offer: Any) -> None:
    """Free a place at the hospital; the next tick offers it on. Raises HisUnavailable: tried again."""
    wait = _wait_of(ports, offer)
    with ports.transaction() as session:
        if offer.appointment_id is None:  # it was never taken
            move(session, offer.id, {"ending"}, state="ended", open=None)
            return
        if not move(session, offer.id, {"ending"}, state="ending"):
            return
        facts = {"slot_id": offer.slot_id, "patient_id": wait.patient_id, "start": offer.start}
        returned.note(ports, session, cause=offer.ref, **facts)
    try:
        ports.his.cancel(appointment_id=offer.appointment_id, key=f"{offer.key}:back")
    except HisRefused as refusal:
        log.warning("offer %s was not given back: %s", offer.ref, refusal.code)
        with ports.transaction() as session:
            returned.stays(session, cause=offer.ref)
    with ports.transaction() as session:
        move(session, offer.id, {"ending"}, state="ended", open=None)


def _wait_of(ports: Ports, offer: Any) -> Any:
    with ports.transaction() as session:
        return session.get(Wait, offer.wait_id)


def _one(ports: Ports, offer_id: int) -> Any:
    with ports.transaction() as session:
        return session.get(WaitOffer, offer_id)


def _read(session: Session, ref: str) -> Any:
    return session.scalars(sa.select(WaitOffer).where(WaitOffer.ref == ref)).one()


def _rows(ports: Ports, *conditions: Any) -> list[Any]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(WaitOffer).where(*conditions).order_by(WaitOffer.id)))
