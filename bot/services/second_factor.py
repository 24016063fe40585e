"""The second factor of staff: a code of the half minute from a phone (RFC 6238), or a recovery code, once.

A secret lies sealed; recovery codes lie as keyed hashes. A code that was taken is not taken again, nor an older one.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.crypto import Crypto
from bot.db.staff import StaffMember, StaffRecovery
from bot.errors import BadInput, Conflict, NotFound
from bot.ports import Ports

STEP = 30  # seconds, as all authenticator apps take it
DRIFT = 1  # steps that a phone's clock may be off
SECRET_BYTES = 20  # RFC 4226, section 4
ISSUER = "陪诊工作台"
RECOVERY_CODES = 10
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what is misread
RECOVERY_LENGTH = 10  # of 31 signs: 49 bits


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs: `uri` for its camera, `secret` (base32) for hands."""

    uri: str = field(repr=False)
    secret: str = field(repr=False)


def fresh(crypto: Crypto) -> bytes:
    """Make a secret, sealed."""
    return crypto.seal(base64.b32encode(os.urandom(SECRET_BYTES)).decode())


def due(row: Any, rules: Any) -> bool:
    """Whether this account must set its second factor up before it may do anything."""
    return row.totp_sealed is None and row.role in rules["second_factor_roles"]


def passes(ports: Ports, row: Any, typed: str) -> bool:
    """Whether what was typed proves the second factor of this account, where it has one. Takes the code."""
    if row.totp_sealed is None:
        return True
    code = plain(typed)
    step = step_of(ports.crypto.open(row.totp_sealed), code)
    with ports.transaction() as session:
        return _take(session, row.id, step) if step is not None else _spend(ports, session, row.id, code)


def enrolment(ports: Ports, *, staff_id: int) -> Enrolment:
    """What is being set up. Raises NotFound: nothing is."""
    with ports.transaction() as session:
        row = session.get(StaffMember, staff_id)
    if row is None or row.totp_next_sealed is None:
        raise NotFound
    secret = ports.crypto.open(row.totp_next_sealed)
    return Enrolment(pyotp.TOTP(secret).provisioning_uri(name=row.username, issuer_name=ISSUER), secret)


def confirm(ports: Ports, session: Session, row: Any, code: str) -> list[str]:
    """Let what is being set up count from here on; gives new recovery codes, which nobody can read again.

    Raises BadInput('bad_totp'), Conflict (it was set up in another tab).
    """
    if row.totp_next_sealed is None:
        raise Conflict
    step = step_of(ports.crypto.open(row.totp_next_sealed), plain(code))
    if step is None:
        raise BadInput("bad_totp")
    values = {"totp_sealed": row.totp_next_sealed, "totp_next_sealed": None, "totp_step": step}
    same = StaffMember.totp_next_sealed == row.totp_next_sealed
    if not _update(session, row.id, same, **values):
        raise Conflict
    return new_recovery_codes(ports, session, row.id)


def renew(ports: Ports, session: Session, staff_id: int) -> None:
    """Begin to set up another phone; the old one counts until the new one is confirmed."""
    _update(session, staff_id, totp_next_sealed=fresh(ports.crypto))


def forget(ports: Ports, session: Session, staff_id: int) -> None:
    """Take phone and recovery codes away: the next to sign in sets up new ones."""
    _update(session, staff_id, totp_sealed=None, totp_step=None, totp_next_sealed=fresh(ports.crypto))
    session.execute(sa.delete(StaffRecovery).where(StaffRecovery.staff_id == staff_id))


def new_recovery_codes(ports: Ports, session: Session, staff_id: int) -> list[str]:
    """Ten new ones instead of the old, as `ABCDE-FGHJK`."""
    session.execute(sa.delete(StaffRecovery).where(StaffRecovery.staff_id == staff_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    rows = [{"code_hash": _digest(ports, staff_id, code), "staff_id": staff_id} for code in codes]
    session.execute(sa.insert(StaffRecovery), rows)
    half = RECOVERY_LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def recovery_left(ports: Ports, *, staff_id: int) -> int:
    """How many recovery codes are left."""
    with ports.transaction() as session:
        query = sa.select(sa.func.count()).select_from(StaffRecovery).where(StaffRecovery.staff_id == staff_id)
        return int(session.scalar(query) or 0)


def plain(typed: str) -> str:
    """A code as it is compared: half-width capitals without spaces and hyphens."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed[:64]).upper() if c.isalnum())


def step_of(secret: str, code: str) -> int | None:
    """The half minute whose code this is, within the drift; None = of none."""
    totp, now = pyotp.TOTP(secret), clock.wire_seconds() // STEP
    steps = (now, *(now + sign * off for off in range(1, DRIFT + 1) for sign in (-1, 1)))
    fitting = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())]
    return fitting[0] if fitting else None


def _take(session: Session, staff_id: int, step: int) -> bool:
    """Take the code of one step once, and none of before it; of two at once one wins."""
    later = sa.func.coalesce(StaffMember.totp_step, -1) < step
    return _update(session, staff_id, later, totp_step=step)


def _spend(ports: Ports, session: Session, staff_id: int, code: str) -> bool:
    mine = sa.delete(StaffRecovery).where(StaffRecovery.code_hash == _digest(ports, staff_id, code))
    return bool(session.execute(mine).rowcount == 1)


def _digest(ports: Ports, staff_id: int, code: str) -> str:
    return ports.crypto.digest("recovery", f"{staff_id}:{code}")


def _update(session: Session, staff_id: int, *conditions: Any, **values: Any) -> bool:
    change = sa.update(StaffMember).where(StaffMember.id == staff_id, *conditions).values(**values)
    done = session.execute(change.execution_options(synchronize_session=False))
    return bool(done.rowcount == 1)
