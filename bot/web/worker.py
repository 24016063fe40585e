"""gunicorn's worker and log, with one difference: what a stranger sent is neither shown nor logged.

gunicorn's own error page, log lines and tracebacks quote the request line, header names and chunk sizes.
"""

from __future__ import annotations

import sys
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders, ParseException
from gunicorn.workers.gthread import ThreadWorker

from bot.web.errors import place

BOOT = "Exception in worker process"  # gunicorn's words when the app does not load: ours to read whole


class Log(Logger):
    """A failure in a request is its type and place."""

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        if error is None or msg.startswith(BOOT):
            super().exception(msg, *args, **kwargs)
        else:
            self.error("%s at %s", type(error).__name__, place(error))


SILENCE = 3.0  # seconds that a peer may keep a thread waiting for its next byte; a proxy in front buffers slow phones


class Worker(ThreadWorker):
    """Threads, as gunicorn's gthread, of which half-open requests cannot take all for as long as they like."""

    def handle(self, conn: Any) -> Any:
        """One connection's next request."""
        conn.sock.settimeout(SILENCE)
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what never reached the app: 431 or 400 for what cannot be parsed, else 500."""
        status, reason = _answer(exc)
        self.log.warning("%s before the app: %s at %s", status, type(exc).__name__, place(exc))
        try:
            util.write_error(client, status, reason, "")
        except OSError:
            self.log.debug("nobody left to tell")


def _answer(error: BaseException) -> tuple[int, str]:
    if isinstance(error, LimitRequestHeaders):
        return 431, "Request Header Fields Too Large"
    return (400, "Bad Request") if isinstance(error, ParseException) else (500, "Internal Server Error")
