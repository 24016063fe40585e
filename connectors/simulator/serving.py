"""A WSGI app on a loopback port of its own, for tests: it can be looked at before there is an app to serve."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

Wsgi = Any  # an application as PEP 3333 has it


def _nobody(_environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"nothing is served here yet"]


class _Quiet(WSGIRequestHandler):
    """Addresses carry tokens and signatures: no line of them is logged."""

    def log(self, *_args: Any, **_named: Any) -> None:
        return


class Serving:
    """Listens at once, answers from `start` to `stop`, each request in a thread."""

    def __init__(self, app: Wsgi = _nobody) -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def mount(self, app: Wsgi) -> None:
        """Serve this app from now on."""
        self._server.app = app

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
