"""有结果马上告诉您: what became of a message that could only be answered with "we are asking the hospital"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from bot.ports import Ports
from bot.push import outbox, quiet

Outcome = Literal[
    "booked",
    "rebooked",
    "not_booked",
    "place_gone",
    "not_moved",
    "not_moved_and_lost",
    "given_back",
    "not_given_back",
]
PROMISED = frozenset({"unknown", "cancelling"})  # states in which somebody was told to wait for word
MADE = frozenset({"booked", "rebooked"})
PAGE_KEYS = "h5:"  # confirming.py


def tell(ports: Ports, session: Session, row: Any, outcome: Outcome) -> None:
    """Write word of one booking's end in the transaction that settles it, if its person was promised word.

    `row` is the booking as it was read before: whoever asks and is answered at once has not waited. By day at once, at
    night in the morning.
    """
    if row.key.startswith(PAGE_KEYS) and outcome in MADE and not _promised(ports, row):
        _confirm(ports, session, row, outcome)
        return
    if not _promised(ports, row):
        return
    now = ports.now()
    again = f":{now:%m%d%H%M}" if outcome == "not_given_back" else ""  # what stands can be given back another time
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind="booking_outcome",
        payload={"view": outcome, "ref": row.ref},
        dedupe_key=f"outcome:{row.ref}:{outcome}{again}",
        due_at=min(quiet.waking(ports.rules, now), max(now, row.start - timedelta(hours=1))),
        expires_at=max(row.end, now + timedelta(hours=1)),
    )


def _confirm(ports: Ports, session: Session, row: Any, outcome: Outcome) -> None:
    """Booked or moved on a page: the chat has the number too, as whoever books in the chat has it."""
    outbox.enqueue(
        session,
        crypto=ports.crypto,
        person_id=row.person_id,
        kind="booked",
        payload={"view": outcome, "ref": row.ref},
        dedupe_key=f"booked:{row.ref}",
        due_at=ports.now(),
        expires_at=row.end,
    )


def _promised(ports: Ports, row: Any) -> bool:
    """Also whoever asked in a process that died: no one else tells him what the sweep finds. A no is no wait."""
    overdue = ports.now() - timedelta(minutes=ports.rules["settle_after_minutes"])
    waits = row.state in PROMISED or (row.state == "asked" and row.asked_at <= overdue)
    return row.refusal is None and waits
