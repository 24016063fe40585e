"""What counts one single time, whoever brings it and to whichever process."""

from __future__ import annotations

from datetime import datetime

from bot.ports import Ports
from bot.services import quotas


def spend(ports: Ports, *, kind: str, value: str, issued: datetime) -> bool:
    """Use up a value that we gave out at a moment (naive UTC); False = it was used before. Kept as a keyed hash."""
    subject = ports.crypto.digest(kind, value)
    with ports.transaction() as session:
        return quotas.take(session, kind=kind, subject=subject, at=issued, limit=1)
