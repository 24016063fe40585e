"""Messages that were answered, as rows: what tests of the insight and of the review count and read."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot import clock
from bot.db.messages import Inbox
from bot.ports import Ports

_keys = itertools.count(1)


def said(ports: Ports, person_id: int, text: str = "你好", answer: str = "您好。", ago: float = 0, **facts: Any) -> int:
    """One answered message, `ago` days before now; gives its id."""
    at: datetime = clock.wire() - timedelta(days=ago)
    row = {"dedupe_key": f"talked-{next(_keys)}", "person_id": person_id, "kind": "text", "received_at": at}
    row |= {"body_sealed": ports.crypto.seal(json.dumps({"text": text})), "state": "delivered", "answered_at": at}
    row |= {"answer_sealed": ports.crypto.seal(json.dumps([{"text": answer}])), "outcome": "answered"}
    with ports.transaction() as session:
        return int(session.execute(sa.insert(Inbox).values(**row | facts)).inserted_primary_key[0])
