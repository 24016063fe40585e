"""Patients who wait in line, on a small hospital with few places."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.db.booking import Booking
from bot.db.push import Notice
from bot.db.waitlist import Wait, WaitOffer
from bot.ports import Ports
from bot.push import ladder, outbox
from bot.services import booking, briefs, views, waitlist, waitlist_offers
from tests.factories import a_card, a_person, someone

BONES, TUESDAY = "yh.d01", date(2026, 11, 24)
SLOT = "yh.s01-20261124-0900"
DOCTOR = "yh.p01"


class Waiting:
    """One person with one card: books, moves, waits, takes, lets go."""

    def __init__(self, ports: Ports, name: str = "李雷") -> None:
        self.ports, self.person_id = ports, a_person(ports)
        self.card = a_card(ports, self.person_id, someone(name))

    def book(self, slot_id: str = SLOT, key: str | None = None) -> booking.Booking:
        facts: dict[str, Any] = {"person_id": self.person_id, "card_ref": self.card.ref, "slot_id": slot_id}
        return booking.book(self.ports, key=key or uuid4().hex, **facts)

    def cancel(self, made: booking.Booking) -> None:
        booking.cancel(self.ports, person_id=self.person_id, ref=made.ref, key=uuid4().hex)

    def move(self, made: booking.Booking, slot_id: str) -> booking.Booking:
        facts: dict[str, Any] = {"person_id": self.person_id, "ref": made.ref, "slot_id": slot_id}
        return booking.reschedule(self.ports, key=uuid4().hex, **facts)

    def join(self, key: str | None = None, **changes: Any) -> waitlist.Wait:
        facts: dict[str, Any] = {"department_id": BONES, "day": TUESDAY, "card_ref": self.card.ref}
        return waitlist.join(self.ports, person_id=self.person_id, key=key or uuid4().hex, **facts | changes)

    def offer(self) -> str | None:
        """The place on offer."""
        return next((w.offer_ref for w in waitlist.mine(self.ports, person_id=self.person_id) if w.offer_ref), None)

    def accept(self, ref: str | None = None) -> booking.Booking:
        return waitlist_offers.accept(self.ports, person_id=self.person_id, ref=ref or str(self.offer()))

    def decline(self, ref: str | None = None) -> None:
        waitlist_offers.decline(self.ports, person_id=self.person_id, ref=ref or str(self.offer()))

    def mine(self) -> list[booking.Booking]:
        return booking.mine(self.ports, person_id=self.person_id)


def sold_out(ports: Ports, keep: str = SLOT) -> tuple[Waiting, booking.Booking]:
    """A hospital with one place in each half hour, all of Tuesday's in 骨科 sold; who holds `keep` may give it back."""
    ports.his.capacity = 1
    holder = Waiting(ports, "王芳")
    made = holder.book(keep)
    for offer in booking.offers(ports, department_id=BONES, day=TUESDAY):
        Waiting(ports).book(offer.slot_id)
    return holder, made


def waits(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(Wait.state).order_by(Wait.id)))


def offered(ports: Ports) -> list[str]:
    with ports.transaction() as session:
        return list(session.scalars(sa.select(WaitOffer.state).order_by(WaitOffer.id)))


def booked(ports: Ports, slot_id: str = SLOT) -> int:
    with ports.transaction() as session:
        query = sa.select(sa.func.count()).select_from(Booking)
        return session.scalar(query.where(Booking.slot_id == slot_id, Booking.state == "booked"))


def due(ports: Ports) -> list[tuple[str, Any, Any]]:
    """(kind, when due, when worthless) of every notice."""
    with ports.transaction() as session:
        return [(n.kind, n.due_at, n.expires_at) for n in session.scalars(sa.select(Notice).order_by(Notice.id))]


def delivered(ports: Ports) -> list[dict[str, Any]]:
    """Send what is due; gives the replies as they left."""
    before = len(ports.push.sent)
    for notice in outbox.claim_due(ports, limit=50, worker="test"):
        ladder.deliver(ports, notice, views.drawn, briefs.of)
    return [reply for _openid, reply in ports.push.sent[before:]]
