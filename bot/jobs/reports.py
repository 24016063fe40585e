"""Tell patients that a report can be read."""

from __future__ import annotations

from bot import wiring
from bot.services import report_notices


def run() -> int:
    return report_notices.tell(wiring.ports())
