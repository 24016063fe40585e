"""One-time codes by text message: whoever types the code reads the phone it went to.

The hospital is not asked before a phone is proven, so that what it knows of a number cannot be learnt by guessing:
up to there every guess gets the same answer by the same way.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.db.base import new_ref
from bot.db.messages import hold_person
from bot.db.sms import SmsCode
from bot.errors import BadInput, PeizhenError, Refused, Unavailable
from bot.ports import Ports
from bot.services import masking, quotas, texts

DIGITS = 6
CODE = re.compile(rf"\D*([0-9]{{{DIGITS}}})\D*", re.ASCII)
LONGEST_TEXT = 40  # characters; 我收到的验证码是123456
PHONE_QUOTA, PERSON_QUOTA = "code_phone", "code_person"


@dataclass(frozen=True)
class Sent:
    """A code is on its way; another one can be asked for after `resend_seconds`."""

    masked_phone: str
    minutes: int
    resend_seconds: int


def parse_code(text: str) -> str:
    """Give the six digits of a code, whatever stands around them. Raises BadInput('bad_code')."""
    plain = unicodedata.normalize("NFKC", text) if isinstance(text, str) and len(text) <= LONGEST_TEXT else ""
    found = CODE.fullmatch(re.sub(r"(?<=\d)[\s\-]+(?=\d)", "", plain))
    if not found:
        raise BadInput("bad_code")
    return found[1]


def send(ports: Ports, *, person_id: int, phone: str, key: str) -> Sent:
    """Send a new code to this phone; the same key sends one message.

    Raises Refused('code_too_soon' with `seconds` | 'too_many_codes' | 'no_sms') and Unavailable('sms_unavailable'):
    the two last ones do not count.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    with ports.transaction() as session:
        if not _write(ports, session, person_id, phone, code, key):
            return _sent(ports, phone)
    try:
        minutes = str(ports.rules["code_minutes"])
        ports.sms.send(phone=phone, message=texts.compose("code", {"code": code, "minutes": minutes}))
    except (Unavailable, Refused) as error:
        _undo(ports, person_id, phone, key)
        raise (error if error.code == "no_sms" else Unavailable("sms_unavailable")) from None
    return _sent(ports, phone)


def prove(ports: Ports, *, person_id: int, phone: str, code: str, key: str) -> None:
    """Check a code against the newest one that went to this phone; the same key and code is one try.

    Raises BadInput('bad_code'), Refused('code_wrong' with `left` tries | 'code_over': used up, too old or none).
    """
    plain = parse_code(code)
    with ports.transaction() as session:
        trouble = _try(ports, session, person_id, phone, plain, key)
    if trouble is not None:
        raise trouble


def waiting(ports: Ports, *, person_id: int) -> bool:
    """Whether a code is on its way to this person, or was a moment ago."""
    since = ports.now() - timedelta(minutes=ports.rules["proof_minutes"])
    sent = sa.select(SmsCode.id).where(SmsCode.person_id == person_id, SmsCode.made_at > since)
    with ports.transaction() as session:
        return session.scalar(sent.limit(1)) is not None


def proven(ports: Ports, session: Session, *, person_id: int, phone: str) -> Any:
    """The row of a proof that still stands, or None."""
    since = ports.now() - timedelta(minutes=ports.rules["proof_minutes"])
    of_phone = _of_phone(ports, person_id, phone)
    standing = of_phone.where(SmsCode.proven_at >= since, SmsCode.used_at.is_(None))
    return session.scalars(standing.order_by(SmsCode.id.desc()).limit(1)).first()


def use(session: Session, proof: Any, *, at: datetime) -> bool:
    """End a proof with the one deed it was given for; False = another was faster."""
    return _update(session, SmsCode.id == proof.id, SmsCode.used_at.is_(None), used_at=at)


def _write(ports: Ports, session: Session, person_id: int, phone: str, code: str, key: str) -> bool:
    """Write the code under the limits; False = this key has one already."""
    hold_person(session, person_id)
    if session.scalar(sa.select(SmsCode.id).where(SmsCode.key == key, SmsCode.person_id == person_id)):
        return False
    _take(ports, session, person_id, phone)
    ref, at = new_ref("k"), ports.now()
    row = SmsCode(
        ref=ref,
        key=key,
        person_id=person_id,
        phone_hash=_phone_hash(ports, phone),
        code_hash=_code_hash(ports, ref, code),
        made_at=at,
        expires_at=at + timedelta(minutes=ports.rules["code_minutes"]),
    )
    session.add(row)
    return True


def _take(ports: Ports, session: Session, person_id: int, phone: str) -> None:
    subject, at, gap = _phone_hash(ports, phone), ports.now(), int(ports.rules["code_resend_seconds"])
    limit = ports.rules["codes_per_phone_day"]
    if not quotas.take(session, kind=PHONE_QUOTA, subject=subject, at=at, limit=limit, gap_seconds=gap):
        seconds = quotas.seconds_left(session, kind=PHONE_QUOTA, subject=subject, at=at, gap_seconds=gap)
        raise Refused("code_too_soon", seconds=seconds) if seconds else Refused("too_many_codes")
    limit = ports.rules["codes_per_person_day"]
    if not quotas.take(session, kind=PERSON_QUOTA, subject=str(person_id), at=ports.now(), limit=limit):
        raise Refused("too_many_codes")


def _undo(ports: Ports, person_id: int, phone: str, key: str) -> None:
    """A code that never left counts for nothing."""
    with ports.transaction() as session:
        gone = sa.delete(SmsCode).where(SmsCode.key == key, SmsCode.person_id == person_id)
        if session.execute(gone.execution_options(synchronize_session=False)).rowcount:
            quotas.give_back(session, kind=PHONE_QUOTA, subject=_phone_hash(ports, phone), at=ports.now())
            quotas.give_back(session, kind=PERSON_QUOTA, subject=str(person_id), at=ports.now())


def _try(ports: Ports, session: Session, person_id: int, phone: str, code: str, key: str) -> PeizhenError | None:
    """Count one try and judge it; given back rather than raised, so that the count is kept."""
    hold_person(session, person_id)
    row = session.scalars(_of_phone(ports, person_id, phone).order_by(SmsCode.id.desc()).limit(1)).first()
    this = ports.crypto.digest("sms_try", f"{key}:{code}")
    if row is None or (row.last_try != this and not _count(ports, session, row, this)):
        return Refused("code_over")
    if hmac.compare_digest(str(row.code_hash), _code_hash(ports, row.ref, code)):
        _update(session, SmsCode.id == row.id, SmsCode.proven_at.is_(None), proven_at=ports.now())
        # Whoever reads the codes may ask for the next one at once: a mother and her child share a phone.
        quotas.rest(session, kind=PHONE_QUOTA, subject=_phone_hash(ports, phone), at=ports.now())
        return None
    tries = session.scalar(sa.select(SmsCode.tries).where(SmsCode.id == row.id))
    left = int(ports.rules["code_tries"]) - int(tries)
    return Refused("code_wrong", left=left) if left > 0 else Refused("code_over")


def _count(ports: Ports, session: Session, row: Any, this: str) -> bool:
    """Use one of the tries of a code that is neither used up nor too old."""
    open_code = (SmsCode.tries < ports.rules["code_tries"], SmsCode.expires_at > ports.now())
    fresh = (SmsCode.id == row.id, SmsCode.proven_at.is_(None), SmsCode.used_at.is_(None), *open_code)
    return _update(session, *fresh, tries=SmsCode.tries + 1, last_try=this)


def _update(session: Session, *where: Any, **values: Any) -> bool:
    statement = sa.update(SmsCode).where(*where).values(**values).execution_options(synchronize_session=False)
    return bool(session.execute(statement).rowcount)


def _of_phone(ports: Ports, person_id: int, phone: str) -> Any:
    return sa.select(SmsCode).where(SmsCode.person_id == person_id, SmsCode.phone_hash == _phone_hash(ports, phone))


def _phone_hash(ports: Ports, phone: str) -> str:
    return ports.crypto.digest("phone", phone)


def _code_hash(ports: Ports, ref: str, code: str) -> str:
    """Bound to its row, and worthless without the installation's key: six digits alone would soon be guessed."""
    return ports.crypto.digest("sms_code", f"{ref}:{code}")


def _sent(ports: Ports, phone: str) -> Sent:
    return Sent(masking.phone(phone), ports.rules["code_minutes"], ports.rules["code_resend_seconds"])
