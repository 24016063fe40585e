"""Send what is due."""

from __future__ import annotations

import logging
import os

from bot import wiring
from bot.push import ladder, outbox, receipts
from bot.services import audit, briefs, views

log = logging.getLogger(__name__)

BATCH = 50


def run() -> int:
    ports = wiring.ports()
    receipts.apply(ports)
    due = outbox.claim_due(ports, limit=BATCH, worker=f"jobs-{os.getpid()}")
    for notice in due:
        try:
            with audit.tracing(f"notice/{notice.id}"):
                ladder.deliver(ports, notice, views.drawn, briefs.of)
        except Exception as error:  # its claim runs out and it is tried again; the others go out now
            log.error("notice %s: %s", notice.id, type(error).__name__)
    return len(due)
