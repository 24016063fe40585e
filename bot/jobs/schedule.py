"""The jobs process: what happens without a patient asking. A ticking scheduler; every claim is in the database,
so a second jobs process is harmless.
"""

from __future__ import annotations

import bot.lean  # noqa: F401  isort:skip

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.background import BackgroundScheduler

from bot import logs, wiring
from bot.errors import PeizhenError
from bot.jobs import (
    attendance,
    broadcasts,
    changes,
    desk,
    directory,
    faq,
    handoff,
    hospital,
    inbox,
    outbox,
    payment,
    queue,
    reminders,
    retention,
    settle,
    sms,
    vault,
    waitlist,
    watch,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One doorway and how often it opens; `demo` jobs play the part of hospital staff."""

    name: str
    run: Callable[[], object]
    seconds: float
    demo: bool = False


JOBS = (
    Job("outbox", outbox.run, 1),
    Job("inbox", inbox.run, 3),
    Job("settle", settle.run, 20),
    Job("sms", sms.run, 10),
    Job("directory", directory.run, 15),
    Job("vault", vault.run, 600),
    Job("retention", retention.run, 3600),
    Job("queue", queue.run, 10),
    Job("paces", queue.learn, 300),
    Job("attendance", attendance.run, 600),
    Job("reminders", reminders.run, 300),
    Job("waitlist", waitlist.run, 10),
    Job("changes", changes.run, 15),
    Job("unheard", changes.unheard, 900),
    Job("payment", payment.run, 5),
    Job("broadcasts", broadcasts.run, 5),
    Job("handoff", handoff.run, 30),
    Job("faq", faq.run, 60),
    Job("desk", desk.run, 30),
    Job("schedules", hospital.schedules, 600, demo=True),
    Job("calls", hospital.calls, 10, demo=True),
)


def watched(job: Job) -> Callable[[], None]:
    """A failure is written down by its type and never stops the clock."""

    def once() -> None:
        try:
            job.run()
        except PeizhenError as error:
            watch.failed(job.name, error.code)
            log.warning("job %s: %s", job.name, error.code)
        except Exception as error:
            watch.failed(job.name, type(error).__name__)
            log.error("job %s: %s", job.name, type(error).__name__)
        else:
            watch.succeeded(job.name)

    return once


def scheduler() -> BackgroundScheduler:
    """All jobs of this installation, not started."""
    clockwork = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60})
    for job in JOBS:
        if wiring.settings().demo or not job.demo:
            clockwork.add_job(watched(job), "interval", seconds=job.seconds, id=job.name)
    return clockwork


def main() -> None:
    """Tick until stopped."""
    logs.begin()
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    directory.run()
    clockwork = scheduler()
    clockwork.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    clockwork.shutdown(wait=False)
    outbox.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
