"""What members of staff do with their own account: password, second factor, the browsers they are signed in with.

Each change but the setting up asks for the password once more, ends all other sessions and is written down.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.staff import StaffMember
from bot.errors import BadInput, NotFound
from bot.ports import Ports
from bot.services import passwords, privacy, second_factor, staff, staff_sessions
from bot.services.staff import Staff


def change_password(ports: Ports, *, staff: Staff, here: int, password: str, new: str) -> None:
    """Raises BadInput: 'bad_password' (the old one), 'weak_password', 'same_password'."""
    _prove(ports, staff, password)
    passwords.demand(ports, username=staff.username, password=new)
    if new == password:
        raise BadInput("same_password")
    hashed = passwords.hashed(new)
    with ports.transaction() as session:
        _update(session, staff, password_hash=hashed, must_change=False)
        _settle(ports, session, staff, "staff.password", but=here)


def confirm_second_factor(ports: Ports, *, staff: Staff, here: int, code: str) -> list[str]:
    """The phone shows the right code: from here on it counts. Gives the recovery codes, to be kept at once.

    Raises BadInput('bad_totp'), Conflict (done in another tab), NotFound.
    """
    with ports.transaction() as session:
        row = session.get(StaffMember, staff.id)
        if row is None:
            raise NotFound
        codes = second_factor.confirm(ports, session, row, code)
        _settle(ports, session, staff, "staff.second_factor", but=here)
    return codes


def renew_second_factor(ports: Ports, *, staff: Staff, password: str) -> None:
    """Begin to set up another phone. Raises BadInput('bad_password')."""
    _prove(ports, staff, password)
    with ports.transaction() as session:
        second_factor.renew(ports, session, staff.id)


def new_recovery_codes(ports: Ports, *, staff: Staff, here: int, password: str) -> list[str]:
    """Instead of those that were lost or used. Raises BadInput('bad_password')."""
    _prove(ports, staff, password)
    with ports.transaction() as session:
        codes = second_factor.new_recovery_codes(ports, session, staff.id)
        _settle(ports, session, staff, "staff.recovery_codes", but=here)
    return codes


def end_others(ports: Ports, *, staff: Staff, here: int) -> None:
    """Sign out everywhere but here."""
    with ports.transaction() as session:
        _settle(ports, session, staff, "staff.end_others", but=here)


def has_second_factor(ports: Ports, *, staff: Staff) -> bool:
    with ports.transaction() as session:
        return session.scalar(sa.select(StaffMember.totp_sealed).where(StaffMember.id == staff.id)) is not None


def _prove(ports: Ports, member: Staff, password: str) -> None:
    staff.prove(ports, staff=member, password=password)


def _settle(ports: Ports, session: Session, staff: Staff, action: str, *, but: int) -> None:
    """End the other sessions and write down what was done."""
    staff_sessions.end_all(session, staff_id=staff.id, but=but)
    subject = f"staff/{staff.id}"
    privacy.audit(session, actor_kind="staff", actor_id=staff.id, action=action, subject=subject, at=ports.now())


def _update(session: Session, staff: Staff, **values: Any) -> None:
    change = sa.update(StaffMember).where(StaffMember.id == staff.id).values(**values)
    session.execute(change.execution_options(synchronize_session=False))
