"""我的数据: what is kept of a person, what he agreed to, who looked at it, and how he ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import Base
from bot.db.booking import Booking
from bot.db.cards import Card
from bot.db.consult import Question
from bot.db.messages import Inbox, Person
from bot.db.privacy import Audit, last_consent
from bot.db.quotas import Quota
from bot.db.retention import RETENTION, key_of
from bot.db.sms import SmsCode
from bot.db.staff import StaffMember
from bot.db.waitlist import Wait, WaitOffer
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.services import (
    access,
    booking,
    cards,
    codes,
    consult,
    holders,
    inbox,
    parting,
    privacy,
    retention,
    texts,
    waitlist_offers,
)

GOES_AT_ONCE = frozenset({"operational", "transient", "vault"})  # the rest has to be kept by law, without a name
HELD = frozenset({"person", "card"})  # emptied, because what is kept longer points at them
OPEN_MESSAGES = ("received", "leased")
LISTED = 20


@dataclass(frozen=True)
class Consent:
    """One purpose: `state` given | outdated | withdrawn | never; `since` = when that came to be, naive UTC."""

    purpose: str
    state: str
    since: datetime | None


@dataclass(frozen=True)
class Look:
    """One look of a member of staff at something of this person's."""

    at: datetime
    role: str
    action: str
    reason: str


@dataclass(frozen=True)
class Overview:
    """How many things of each kind are kept, and what was agreed to."""

    cards: int
    bookings: int
    questions: int
    messages: int
    consents: tuple[Consent, ...]
    looks: tuple[Look, ...]

    @property
    def agreed(self) -> tuple[str, ...]:
        """The purposes of which a yes stands."""
        return tuple(c.purpose for c in self.consents if c.state in {"given", "outdated"})


@access.reads("mydata.look", why="own")
def overview(ports: Ports, *, person_id: int) -> Overview:
    """What is kept of one person, in numbers."""
    with ports.transaction() as session:
        return Overview(
            cards=_count(session, Card, person_id, Card.active == 1),
            bookings=_count(session, Booking, person_id),
            questions=_count(session, Question, person_id),
            messages=_count(session, Inbox, person_id),
            consents=tuple(_consent(ports, session, person_id, purpose) for purpose in privacy.PURPOSES),
            looks=tuple(Look(*row) for row in session.execute(_looks(person_id))),
        )


def unasked(ports: Ports, *, person_id: int, purpose: str) -> bool:
    """Whether he was never asked about this purpose, or only with older words; a no is not asked again."""
    with ports.transaction() as session:
        return privacy.standing(ports, session, person_id=person_id, purpose=purpose) in {"never", "outdated"}


def agree(ports: Ports, *, person_id: int, purpose: str) -> None:
    """Agree, or agree again. Raises Refused for a purpose that is none."""
    privacy.agree(ports, person_id=person_id, purpose=purpose)


def withdraw(ports: Ports, *, person_id: int, purpose: str) -> None:
    """Take a yes back, at once: binding lets all cards go, consult takes open questions back.

    Doing it twice is doing it once. Raises Refused for a purpose that is none.
    """
    if purpose not in privacy.PURPOSES:
        raise Refused
    privacy.refuse(ports, person_id=person_id, purpose=purpose)
    with access.unseen():
        if purpose == "binding":
            _let_cards_go(ports, person_id)
        if purpose == "consult":
            _take_questions_back(ports, person_id)


def erase(ports: Ports, *, person_id: int) -> None:
    """Erase a person: what the law does not keep goes now, what it keeps loses its name. He comes back as a stranger.

    Doing it twice is doing it once. Raises Refused('erase_open') while a number is still booked.
    """
    with access.unseen():
        if booking.mine(ports, person_id=person_id):
            raise Refused("erase_open")
    forget(ports, person_id=person_id, action="mydata.erase")


def forget(ports: Ports, *, person_id: int, action: str) -> None:
    """Erase, whatever is still booked; `action` is what the audit trail calls it."""
    for purpose in privacy.PURPOSES:
        withdraw(ports, person_id=person_id, purpose=purpose)
    with ports.transaction() as session:
        _forget_texts(ports, session, person_id)
        waitlist_offers.forget(ports, session, person_id=person_id)
        inbox.forget(ports, session, person_id=person_id)
        for table in reversed(Base.metadata.sorted_tables):
            if _goes(table):
                retention.let_go(session, table, list(session.scalars(_of(table, person_id))))
        _empty(ports, session, person_id)
        about = f"person/{person_id}"
        facts: dict[str, Any] = {"actor_kind": "person", "actor_id": person_id, "subject": about, "about": about}
        privacy.audit(session, action=action, at=ports.now(), **facts)


def _count(session: Session, table: Any, person_id: int, *conditions: Any) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.person_id == person_id, *conditions)
    return int(session.scalar(query) or 0)


def _consent(ports: Ports, session: Session, person_id: int, purpose: str) -> Consent:
    state = privacy.standing(ports, session, person_id=person_id, purpose=purpose)
    last = last_consent(session, person_id=person_id, purpose=purpose)
    return Consent(purpose, state, (last.withdrawn_at or last.given_at) if last is not None else None)


def _looks(person_id: int) -> Any:
    return (
        sa.select(Audit.at, StaffMember.role, Audit.action, Audit.reason)
        .join(StaffMember, sa.cast(StaffMember.id, sa.String) == Audit.actor_id)
        .where(Audit.about == f"person/{person_id}", Audit.actor_kind == "staff", Audit.result == "ok")
        .order_by(Audit.id.desc())
        .limit(LISTED)
    )


def _let_cards_go(ports: Ports, person_id: int) -> None:
    for card in cards.mine(ports, person_id=person_id):
        try:
            cards.unbind(ports, person_id=person_id, ref=card.ref)
        except NotFound:  # let go from another phone meanwhile
            continue


def _take_questions_back(ports: Ports, person_id: int) -> None:
    for asked in consult.mine(ports, person_id=person_id):
        if asked.state in {"waiting", "claimed"}:
            consult.withdraw(ports, person_id=person_id, ref=asked.ref)


def _forget_texts(ports: Ports, session: Session, person_id: int) -> None:
    """Text messages to his phones, and his own count of codes; a phone's count stays, so that nobody starts it anew."""
    found = session.execute(sa.select(Card.ref, Card.phone_sealed).where(Card.person_id == person_id)).all()
    asked = session.scalars(sa.select(SmsCode.phone_hash).where(SmsCode.person_id == person_id))
    phones = {*asked, *(ports.crypto.digest("phone", ports.crypto.open(sealed)) for _, sealed in found)}
    texts.forget(session, dedupe_keys=[holders.bound_key(ref) for ref, _ in found], phone_hashes=phones)
    session.execute(sa.delete(Quota).where(Quota.kind == codes.PERSON_QUOTA, Quota.subject == str(person_id)))


def _goes(table: Any) -> bool:
    kept = RETENTION.get(table.name)
    return kept is not None and kept.kind in GOES_AT_ONCE and table.name not in HELD and "person_id" in table.c


def _of(table: Any, person_id: int) -> Any:
    """Ids of this person's rows; the message that asks for it is still being answered and stays a while."""
    query = sa.select(key_of(table)).where(table.c.person_id == person_id)
    if table.name == Wait.__tablename__:  # a place is still to be given back for it
        return query.where(~sa.exists().where(WaitOffer.wait_id == table.c.id))
    return query.where(table.c.state.not_in(OPEN_MESSAGES)) if table.name == Inbox.__tablename__ else query


def _empty(ports: Ports, session: Session, person_id: int) -> None:
    columns = retention.emptied(ports, Card, RETENTION["card"].blank)
    session.execute(sa.update(Card).where(Card.person_id == person_id).values(columns))
    parting.part(ports, session, person_id=person_id)
    session.execute(sa.update(Person).where(Person.id == person_id).values(erased_at=clock.wire(), flagged_until=None))
