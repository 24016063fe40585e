"""Who is asking: what rasa and the pages hold of a person, and the person behind it."""

from __future__ import annotations

import sqlalchemy as sa

from bot import clock
from bot.db.base import reading
from bot.db.messages import Person
from bot.errors import NotFound
from bot.ports import Ports

TOKEN_SECONDS = 3600  # how long actions may act for a message


def token(ports: Ports, *, person_id: int, inbox_id: int) -> str:
    """`person.inbox.expiry.mac`: the only thing about a person that rasa ever holds."""
    value = f"{person_id}.{inbox_id}.{clock.wire_seconds() + TOKEN_SECONDS}"
    return f"{value}.{ports.crypto.sign(f'inbox:{value}')}"


def caller(ports: Ports, *, token: str) -> tuple[int, int]:
    """(person id, inbox id) of a token. Raises NotFound when forged or expired."""
    value, _, mac = token.rpartition(".")
    parts = value.split(".")
    if len(parts) != 3 or not ports.crypto.verify(f"inbox:{value}", mac):  # noqa: PLR2004 - person, inbox, expiry
        raise NotFound("expired")
    person_id, inbox_id, expiry = (int(part) for part in parts)
    if expiry < clock.wire_seconds():
        raise NotFound("expired")
    return person_id, inbox_id


def person_of(ports: Ports, *, openid: str) -> int | None:
    """The person behind an openid, if he follows the account."""
    with ports.transaction() as session:
        return session.scalar(
            sa.select(Person.id).where(
                Person.openid_hash == ports.crypto.digest("openid", openid), Person.subscribed.is_(True)
            )
        )


def person_here(ports: Ports, *, person_id: int) -> bool:
    """Whether this person still follows the account."""
    with reading(), ports.transaction() as session:
        return session.scalar(sa.select(Person.subscribed).where(Person.id == person_id)) is True
