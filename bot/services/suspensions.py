"""Patients who missed too many visits: suspended for a while, with a way to appeal, and staff who can lift it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.base import insert_new, new_ref
from bot.db.booking import Booking, Suspension
from bot.db.cards import Card
from bot.errors import NotFound, Refused
from bot.ports import Ports
from bot.push import outbox
from bot.services import limits, masking, privacy

LISTED = 200  # rows of the operators' page
LONGEST_APPEAL = 500  # characters


@dataclass(frozen=True)
class Suspended:
    """One suspension as an operator sees it; moments naive UTC. `words` are the patient's own, "" = none."""

    ref: str
    patient: str
    missed: int
    begun_at: datetime
    until: datetime
    appealed_at: datetime | None
    words: str = field(repr=False)
    lifted_at: datetime | None


def check(ports: Ports, session: Session, *, patient_id: str) -> None:
    """Raises Refused('suspended', until, missed) while one stands."""
    row = session.scalars(_standing(ports).where(Suspension.patient_id == patient_id)).first()
    if row is not None:
        until = limits.day_words(clock.local(row.until).date())
        raise Refused("suspended", until=until, missed=row.missed)


def judge(ports: Ports) -> int:
    """Suspend whoever has missed too many visits lately; gives how many are new. Each missed visit counts once."""
    with ports.transaction() as session:
        candidates = session.scalars(_frequent(ports)).all()
    return sum(_suspend(ports, patient_id) for patient_id in candidates)


def appeal(ports: Ports, *, person_id: int, words: str = "") -> int:
    """Note that a person asks to look at his patients' suspensions again; gives how many stand.

    Asking twice is asking once; the first words stay.
    """
    now = ports.now()
    with ports.transaction() as session:
        mine = sa.select(Card.patient_id).where(Card.person_id == person_id, Card.active == 1)
        found = session.scalars(_standing(ports).where(Suspension.patient_id.in_(mine))).all()
        facts = {"appealed_at": now, "appealed_by": person_id}
        facts["appeal_sealed"] = ports.crypto.seal(words[:LONGEST_APPEAL]) if words else None
        for row in found:
            if _change(session, row.id, Suspension.appealed_at.is_(None), **facts):
                _audit(session, "person", person_id, "suspension.appeal", row, now)
        return len(found)


def listed(ports: Ports) -> list[Suspended]:
    """What stands now, for operators: whoever appealed first, longest waiting on top."""
    with ports.transaction() as session:
        query = _standing(ports).order_by(Suspension.appealed_at.is_(None), Suspension.appealed_at, Suspension.id)
        return [_shown(ports, session, row) for row in session.scalars(query.limit(LISTED))]


def lift(ports: Ports, *, staff_id: int, ref: str) -> None:
    """End a suspension and tell everybody who holds the patient's card; twice is once. Raises NotFound."""
    now = ports.now()
    with ports.transaction() as session:
        row = session.scalars(sa.select(Suspension).where(Suspension.ref == str(ref)[:16])).first()
        if row is None:
            raise NotFound
        facts = {"lifted_at": now, "lifted_by": staff_id}
        if _change(session, row.id, Suspension.lifted_at.is_(None), **facts):
            _tell(ports, session, row, "suspension_lifted")
            _audit(session, "staff", staff_id, "suspension.lift", row, now)


def one(ports: Ports, *, person_id: int, ref: str) -> tuple[str, date, int]:
    """(masked name, last hospital day, missed visits) for somebody who holds the card. Raises NotFound."""
    with ports.transaction() as session:
        found = session.execute(
            sa.select(Suspension, Card)
            .join(Card, Card.patient_id == Suspension.patient_id)
            .where(Suspension.ref == ref, Card.person_id == person_id, Card.active == 1)
        ).first()
        if found is None:
            raise NotFound
        row, card = found
        return masking.name(ports.crypto.open(card.name_sealed)), clock.local(row.until).date(), row.missed


def _standing(ports: Ports) -> Any:
    return sa.select(Suspension).where(Suspension.lifted_at.is_(None), Suspension.until > ports.now())


def _window(ports: Ports) -> date:
    return clock.local(ports.now()).date() - timedelta(days=ports.rules["no_show_days"])


def _frequent(ports: Ports) -> Any:
    """Patients with enough missed visits in the window; what earlier suspensions stood for is taken off later."""
    query = sa.select(Booking.patient_id).where(Booking.state == "missed", Booking.day > _window(ports))
    return query.group_by(Booking.patient_id).having(sa.func.count() >= ports.rules["no_show_limit"])


def _suspend(ports: Ports, patient_id: str) -> bool:
    """Two workers that see the same visits try the same key, and one of them wins."""
    with ports.transaction() as session:
        before = session.scalars(sa.select(Suspension.counted_to).where(Suspension.patient_id == patient_id)).all()
        since = max([_window(ports), *before])
        missed = sa.select(Booking.day).where(Booking.patient_id == patient_id, Booking.state == "missed")
        days = session.scalars(missed.where(Booking.day > since)).all()
        if len(days) < ports.rules["no_show_limit"]:
            return False
        facts = _facts(ports, patient_id, days) | {"key": _key(patient_id, before)}
        if not insert_new(session, Suspension, **facts):
            return False
        row = session.scalars(sa.select(Suspension).where(Suspension.ref == facts["ref"])).one()
        _tell(ports, session, row, "suspended")
        _audit(session, "system", "attendance", "suspension.begin", row, facts["begun_at"])
        return True


def _key(patient_id: str, before: list[date]) -> str:
    """The name of a patient's next suspension: whoever has seen as many before it tries the same one."""
    return f"{patient_id}|{len(before)}"


def _facts(ports: Ports, patient_id: str, days: list[date]) -> dict[str, Any]:
    now = ports.now()
    return {
        "ref": new_ref("s"),
        "patient_id": patient_id,
        "missed": len(days),
        "counted_to": max(days),
        "begun_at": now,
        "until": now + timedelta(days=ports.rules["suspension_days"]),
    }


def _tell(ports: Ports, session: Session, row: Any, view: str) -> None:
    """Everybody who holds the patient's card now, once."""
    holders = sa.select(Card.person_id).where(Card.patient_id == row.patient_id, Card.active == 1)
    for person_id in session.scalars(holders):
        outbox.enqueue(
            session,
            crypto=ports.crypto,
            person_id=person_id,
            kind="suspension",
            payload={"view": view, "ref": row.ref},
            dedupe_key=f"{view}:{row.ref}:{person_id}",
            due_at=ports.now(),
        )


def _change(session: Session, suspension_id: int, condition: Any, **values: Any) -> bool:
    statement = sa.update(Suspension).where(Suspension.id == suspension_id, condition).values(**values)
    return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount)


def _shown(ports: Ports, session: Session, row: Any) -> Suspended:
    card = session.scalars(sa.select(Card).where(Card.patient_id == row.patient_id).order_by(Card.id.desc())).first()
    return Suspended(
        ref=row.ref,
        patient=masking.name(ports.crypto.open(card.name_sealed)) if card is not None else row.patient_id,
        missed=row.missed,
        begun_at=row.begun_at,
        until=row.until,
        appealed_at=row.appealed_at,
        words=ports.crypto.open(row.appeal_sealed) if row.appeal_sealed else "",
        lifted_at=row.lifted_at,
    )


def _audit(session: Session, kind: str, actor: object, action: str, row: Any, at: datetime) -> None:
    subject = f"{row.patient_id}/{row.ref}"
    privacy.audit(session, actor_kind=kind, actor_id=actor, action=action, subject=subject, at=at)
