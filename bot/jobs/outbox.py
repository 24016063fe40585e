"""Send what is due."""

from __future__ import annotations

import logging
import os

from bot import wiring
from bot.push import ladder, outbox
from bot.services import audit, views

log = logging.getLogger(__name__)

BATCH = 50


def run() -> int:
    ports = wiring.ports()
    due = outbox.claim_due(ports, limit=BATCH, worker=f"jobs-{os.getpid()}")
    for notice in due:
        try:
            with audit.tracing(f"notice/{notice.id}"):
                ladder.deliver(ports, notice, views.drawn)
        except Exception as error:  # its claim runs out and it is tried again; the others go out now
            log.error("notice %s: %s", notice.id, type(error).__name__)
    return len(due)
