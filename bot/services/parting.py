"""The bond between a WeChat user and what we keep of a person: cut, and nothing he does later leads back to it."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.db.messages import Person
from bot.ports import Ports


def part(ports: Ports, session: Session, *, person_id: int) -> None:
    """Take the openid off a person, and the name under which rasa knew him; doing it twice is doing it once."""
    nobody = {"openid_sealed": ports.crypto.seal(""), "openid_hash": ports.crypto.digest("gone", f"gone/{person_id}")}
    left = {"subscribed": False, "unsubscribed_at": clock.wire(), "expects": None, "conversation": uuid.uuid4().hex}
    here = sa.update(Person).where(Person.id == person_id, Person.openid_hash != nobody["openid_hash"])
    session.execute(here.values(**nobody, **left))
