"""The desk at the door: the connector's Store and Handler, fulfilled by our inbox and a bounded pool.

A web thread waits for an answer only while one of `WAITERS` places is free; beyond that the message is kept, worked
on in turn, and answered as a customer message, so that slow dialogue can never take all threads of the web. Another
attempt at a row that is worked on waits for the same answer, and takes no place from anybody.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from bot import logs
from bot.ports import Ports, Reply
from bot.services import inbox, messages, replying, signatures
from connectors.wechat.ports import Inbound

WORKERS = 16  # turns of the dialogue at once
WAITERS = 40  # web threads that wait for one: all of a web worker's but sixteen (bot/supervise.py)
LOOK_AGAIN = 0.05  # seconds between two looks at a row that another thread or process works on
TRY_AGAIN = 0.3  # seconds between two tries at a row whose dialogue did not answer
PATIENCE = 4.0  # seconds of trying in this process; then the jobs take the row over

NOTHING_MORE = b"success"  # to the retry of a message whose sender was erased

log = logging.getLogger(__name__)

Work = Future[Sequence[Reply] | None]


class Desk:
    """Store and Handler of connectors.wechat."""

    def __init__(self, ports: Ports, typing: Callable[[int], None] = lambda _row: None) -> None:
        """`typing` shows the patient of a row that his answer is on its way; it must come back at once."""
        self._ports, self._typing = ports, typing
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="desk")
        self._places = threading.BoundedSemaphore(WAITERS)
        self._working: dict[int, Work] = {}  # by row: those in the pool, waiting ones too
        self._joining = threading.Lock()

    # -- Store --------------------------------------------------------------------------------------------
    def vouched(self, signature: str, content: str) -> bool:
        return signatures.vouched(self._ports, signature=signature, content=content)

    def accept(self, message: Inbound) -> tuple[int, bool]:
        body = {
            "kind": message.kind,
            "text": message.text,
            "event": message.event,
            "event_key": message.event_key,
            "menu_id": message.menu_id,
            "media_id": message.media_id,
            "extra": dict(message.extra),
        }
        row, new = inbox.accept(
            self._ports,
            key=message.key,
            openid=message.openid,
            kind=message.kind,
            body=body,
            created=message.created,
        )
        who = logs.tag(self._ports.crypto.digest("openid", message.openid))
        log.info("row %s of %s: %s%s", row, who, message.event or message.kind, "" if new else " again")
        return row, new

    def given(self, row: int) -> bytes | None:
        return replying.given(self._ports, inbox_id=row) if row != inbox.FORGOTTEN else NOTHING_MORE

    def settle(
        self, row: int, body: bytes, rest: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]] = ()
    ) -> bool:
        more = {"rest": [dict(m) for m in rest], "kept": [dict(m) for m in kept]}
        return replying.settle_passive(self._ports, inbox_id=row, body=body, **more)

    def too_late(self, row: int) -> None:
        replying.settle_late(self._ports, inbox_id=row)
        self._typing(row)

    def keep(self, row: int, body: bytes) -> bool:
        return replying.settle_kept(self._ports, inbox_id=row, body=body)

    def quarantine(self, reason: str, raw: bytes) -> None:
        digest = hashlib.sha256(raw).hexdigest()
        inbox.quarantine(self._ports, reason=reason, digest=digest, length=len(raw))

    # -- Handler ------------------------------------------------------------------------------------------
    def answer(self, row: int, *, timeout: float) -> Sequence[Reply] | None:
        """Start or join the work on a row.

        None = not ready in time, no place free to wait, or the answer must follow one that is just leaving.
        """
        if len(self._working) >= WORKERS:  # every worker waits for the dialogue: an emergency does not
            alarm = messages.alarm(self._ports, inbox_id=row)
            if alarm is not None:
                return alarm
        working, first = self._join(row, timeout)
        replies = self._with_place(working, timeout) if first else self._wait(working, timeout)
        return None if replies and messages.out_of_order(self._ports, inbox_id=row) else replies

    def _join(self, row: int, timeout: float) -> tuple[Work, bool]:
        """The work on a row, and whether it began here and now."""
        with self._joining:
            known = self._working.get(row)
            if known is not None:
                return known, False
            working = self._working[row] = self._pool.submit(self._work, row, timeout)
        working.add_done_callback(lambda _: self._done(row))
        return working, True

    def _done(self, row: int) -> None:
        with self._joining:
            self._working.pop(row, None)

    def _with_place(self, working: Work, timeout: float) -> Sequence[Reply] | None:
        if not self._places.acquire(blocking=False):
            return None
        try:
            return self._wait(working, timeout)
        finally:
            self._places.release()

    @staticmethod
    def _wait(working: Work, timeout: float) -> Sequence[Reply] | None:
        try:
            return working.result(timeout=max(timeout, 0))
        except NotYet:
            return None

    def _work(self, row: int, timeout: float) -> Sequence[Reply] | None:
        """Answer the row, or wait for whoever does as long as the request may.

        While nobody can, it gives up after PATIENCE and leaves the row to the jobs.
        """
        began = time.monotonic()
        while True:
            try:
                replies = messages.work(self._ports, inbox_id=row)
            except Exception as error:
                log.error("row %s: %s", row, type(error).__name__)
                replies = None
            if replies is None:
                replies = replying.answer_of(self._ports, inbox_id=row)
            if replies is not None:
                return replies
            held = inbox.held(self._ports, inbox_id=row)
            if time.monotonic() >= began + (max(PATIENCE, timeout) if held else PATIENCE):
                return None
            time.sleep(LOOK_AGAIN if held else TRY_AGAIN)
