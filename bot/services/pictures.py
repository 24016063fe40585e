"""Pictures that follow an answer: WeChat's own reply holds text alone, so they go out as messages of their own."""

from __future__ import annotations

from datetime import timedelta

from bot.ports import Ports
from bot.push import outbox

AFTER = timedelta(seconds=5)  # the words come first: WeChat's own reply takes at most 4.3 s
FRESH = timedelta(minutes=15)  # a picture that comes later answers nothing


def send_trend(ports: Ports, *, person_id: int, ref: str, place: int, key: str) -> bool:
    """Send one item's history as a picture, drawn and checked when it leaves; the same key sends one."""
    with ports.transaction() as session:
        return outbox.enqueue(
            session,
            crypto=ports.crypto,
            person_id=person_id,
            kind="trend_picture",
            payload={"view": "trend_picture", "ref": f"{ref}/{place}"},
            dedupe_key=f"trend:{key}"[:80],
            due_at=ports.now() + AFTER,
            expires_at=ports.now() + FRESH,
        )
