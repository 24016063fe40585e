"""SmsPort without a gateway: the demo's twin that keeps what it "sends", and production's honest no.

A hospital's own gateway is one more class with `send`, named in bot/wiring.py.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import clock
from bot.crypto import Crypto
from bot.db.base import insert_new
from bot.db.sms import SmsKept
from bot.errors import NotFound, Refused
from bot.ports import Ports, TextMessage
from bot.services.identity import parse_phone

SHOWN = 50


@dataclass(frozen=True)
class Kept:
    """One message that the twin "sent"; `sent_at` naive UTC of the machine."""

    id: int
    phone: str = field(repr=False)
    text: str = field(repr=False)
    sent_at: datetime


class ConsoleSms:
    """SmsPort of the demo: messages stay in our database, sealed, and are read by `peizhen sms last PHONE`."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Session]], crypto: Crypto) -> None:
        self._transaction, self._crypto = transaction, crypto

    def send(self, *, phone: str, message: TextMessage) -> None:
        sealed, now = self._crypto.seal, clock.wire()
        with self._transaction() as session:
            digest = self._crypto.digest("phone", phone)
            kept = {"phone_hash": digest, "phone_sealed": sealed(phone), "text_sealed": sealed(message.text)}
            insert_new(session, SmsKept, **kept, sent_at=now, key=message.key or None)


class NoGateway:
    """SmsPort where no gateway is connected: nothing is sent, and whoever waits for it is told."""

    def send(self, *, phone: str, message: TextMessage) -> None:
        raise Refused("no_sms")


def last(ports: Ports, *, phone: str) -> Kept:
    """The newest message to one phone. Raises BadInput('bad_phone') and NotFound."""
    digest = ports.crypto.digest("phone", parse_phone(phone))
    with ports.transaction() as session:
        row = session.scalars(_newest().where(SmsKept.phone_hash == digest).limit(1)).first()
    if row is None:
        raise NotFound
    return _kept(ports, row)


def recent(ports: Ports) -> list[Kept]:
    """The last messages to anybody, oldest first, for the simulator."""
    with ports.transaction() as session:
        rows = session.scalars(_newest().limit(SHOWN)).all()
    return [_kept(ports, row) for row in reversed(rows)]


def _newest() -> Any:
    return sa.select(SmsKept).order_by(SmsKept.id.desc())


def _kept(ports: Ports, row: Any) -> Kept:
    opened = ports.crypto.open
    return Kept(row.id, opened(row.phone_sealed), opened(row.text_sealed), row.sent_at)
