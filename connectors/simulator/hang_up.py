"""Closing the line under a request, so that the caller meets a broken connection and no answer."""

from __future__ import annotations

import socket
from typing import Any

from flask import Response, request

SOCKETS = ("werkzeug.socket", "gunicorn.socket")  # where servers keep the connection


def hang_up() -> Response:
    """Ends this request's connection. What cannot be ended (a test client has none) answers 502 without a body."""
    for name in SOCKETS:
        line: Any = request.environ.get(name)
        if line is not None:
            _shut(line)
    return Response(b"", 502, content_type="text/plain", headers={"Connection": "close"})


def _shut(line: Any) -> None:
    """Both directions; what the server writes afterwards goes nowhere."""
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
