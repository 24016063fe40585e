"""A card as its holder may see it, and the rows behind it. Whoever holds a card now has its row with `active` 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db import cards as rows
from bot.errors import NotFound
from bot.ports import Ports
from bot.services import masking, privacy

BINDING = "binding"  # the purpose of the consent that every binding needs


@dataclass(frozen=True)
class Card:
    """One bound card as its holder may see it. The whole name and card number stay out of `repr`.

    `kind`: who pays, as the hospital said when it was bound. `opened`: the hospital did not know the patient, and this
    binding opened his card. `relation`: self | father | mother | child | spouse |
    other, who the patient is to the holder, None = not said yet.
    """

    ref: str
    patient_id: str
    name: str = field(repr=False)
    masked_name: str
    masked_id: str
    masked_phone: str
    card_no: str = field(repr=False)
    sex: str
    birth_date: date = field(repr=False)
    is_default: bool
    kind: str = "self_pay"
    opened: bool = False
    relation: str | None = None
    bound_at: datetime | None = None


def bound(person_id: int) -> Any:
    """Select the rows of the cards that a person holds now."""
    return sa.select(rows.Card).where(rows.Card.person_id == person_id, rows.Card.active == 1)


def held(session: Session, *, person_id: int, ref: str) -> Any:
    """Read the row of a card this person holds now. Raises NotFound."""
    row = session.scalars(bound(person_id).where(rows.Card.ref == str(ref)[:32])).first()
    if row is None:
        raise NotFound
    return row


def shown(ports: Ports, row: Any) -> Card:
    """A row with its sealed values opened and masked."""
    opened = ports.crypto.open
    name = opened(row.name_sealed)
    return Card(
        ref=row.ref,
        patient_id=row.patient_id,
        name=name,
        masked_name=masking.name(name),
        masked_id=masking.id_number(opened(row.id_sealed)),
        masked_phone=masking.phone(opened(row.phone_sealed)),
        card_no=opened(row.card_no_sealed),
        sex=row.sex,
        birth_date=row.birth_date,
        is_default=bool(row.is_default),
        kind=row.kind,
        opened=bool(row.opened),
        relation=row.relation,
        bound_at=row.bound_at,
    )


def set_default(session: Session, person_id: int, card_id: int) -> None:
    """Make one card the default and no other."""
    change(session, rows.Card.person_id == person_id, rows.Card.active == 1, is_default=rows.Card.id == card_id)


def let_go(session: Session, row: Any, *, at: datetime) -> None:
    """End one holding, at once for every later request; the default moves on, consents end with what they were for."""
    change(session, rows.Card.id == row.id, active=None, is_default=False, unbound_at=at)
    privacy.withdraw(session, person_id=row.person_id, purpose=guardian_purpose(row.ref), at=at)
    rest = session.scalars(bound(row.person_id).order_by(rows.Card.is_default.desc(), rows.Card.id)).first()
    if rest is None:
        privacy.withdraw(session, person_id=row.person_id, purpose=BINDING, at=at)
    elif not rest.is_default:
        set_default(session, row.person_id, rest.id)


def change(session: Session, *where: Any, **values: Any) -> bool:
    """Update cards where all conditions hold; whether any was."""
    statement = sa.update(rows.Card).where(*where).values(**values).execution_options(synchronize_session=False)
    return bool(session.execute(statement).rowcount)


def audit(session: Session, *, person_id: int, action: str, subject: str, at: datetime, reason: str = "") -> None:
    """One deed of a person, in the audit trail."""
    privacy.audit(
        session, actor_kind="person", actor_id=person_id, action=action, subject=subject, reason=reason, at=at
    )


def guardian_purpose(card_ref: str) -> str:
    """The purpose of a guardian's consent: it is for one child."""
    return f"guardian:{card_ref}"


def minor(ports: Ports, born: date) -> bool:
    """Whether a guardian has to agree today."""
    today = clock.local(ports.now()).date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age < int(ports.rules["guardian_under_years"])
