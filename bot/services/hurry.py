"""Human timing: in the rush after the release nobody answers sooner than he can have read what he answers.

A word and a second try, never a lock: whoever reads the word has waited long enough. Turns (turns.py) are what keeps
scripts from winning; this keeps the crude ones from crowding the door (OWASP ASVS 5.0, V2.4.2).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import sqlalchemy as sa

from bot import clock
from bot.db.messages import Inbox
from bot.errors import Refused
from bot.ports import Ports


def check(ports: Ports, *, seconds: float) -> None:
    """`seconds`: from when something was shown to when its answer came. Raises Refused('too_hurried')."""
    if seconds < ports.rules["answer_least_seconds"] and rush(ports):
        raise Refused("too_hurried")


def check_message(ports: Ports, *, person_id: int, inbox_id: int) -> None:
    """The same for a message of the chat and the answer before it. Raises Refused('too_hurried')."""
    if not rush(ports):
        return
    before = Inbox.person_id == person_id, Inbox.id < inbox_id, Inbox.answered_at.is_not(None)
    with ports.transaction() as session:
        came = session.scalar(sa.select(Inbox.received_at).where(Inbox.id == inbox_id))
        shown = session.scalar(sa.select(Inbox.answered_at).where(*before).order_by(Inbox.id.desc()).limit(1))
    if came is not None and shown is not None:
        check(ports, seconds=(came - shown).total_seconds())


def rush(ports: Ports) -> bool:
    """Whether the release of today was within the last `release_rush_minutes`."""
    today = clock.local(ports.now()).date()
    released = clock.utc(datetime.combine(today, time.fromisoformat(str(ports.rules["release_time"]))))
    return timedelta() <= ports.now() - released < timedelta(minutes=ports.rules["release_rush_minutes"])
